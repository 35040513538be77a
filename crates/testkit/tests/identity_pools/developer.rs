//! Identities of users whom a developer's own backend vouches for.

use super::provider::verified;
use super::world::given;
use super::*;

on_both_engines!(a_backend_vouches_for_its_users, a_token_with_tags, lookups, merges, unlinking, what_is_refused,);

const PROVIDER: &str = "login.example";

async fn world(engine: EngineKind) -> World {
    World::with(engine, json!({"DeveloperProviderName": PROVIDER})).await
}

async fn token(world: &World, user: &str, more: Value) -> stepwell_testkit::Answer {
    let mut input = json!({"IdentityPoolId": world.id, "Logins": {PROVIDER: user}});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.admin("GetOpenIdTokenForDeveloperIdentity", input).await
}

async fn identity(world: &World, user: &str) -> String {
    token(world, user, json!({})).await.ok()["IdentityId"].as_str().unwrap().to_owned()
}

async fn a_backend_vouches_for_its_users(engine: EngineKind) {
    let world = world(engine).await;
    let answer = token(&world, "u1", json!({})).await;
    let id = answer.ok()["IdentityId"].as_str().unwrap().to_owned();
    let open_id = answer.body["Token"].as_str().unwrap().to_owned();
    assert_eq!(
        verified(&world, &open_id).await,
        json!({
            "sub": id, "aud": world.id, "iss": "http://127.0.0.1:9229/identity",
            "amr": ["authenticated", PROVIDER, format!("{PROVIDER}:{}:u1", world.id)],
            "iat": 1_800_000_000, "exp": 1_800_000_900,
        })
    );
    assert_eq!(identity(&world, "u1").await, id);
    assert_ne!(identity(&world, "u2").await, id);
    let logins = json!({"cognito-identity.amazonaws.com": open_id});
    world.describe(&given(&world.credentials(&id, logins.clone()).await)).await.ok();
    // For its own identity, and no other.
    let other = identity(&world, "u2").await;
    assert_eq!(world.credentials(&other, logins.clone()).await.refusal(), LOGINS);
    let more = json!({"cognito-identity.amazonaws.com": open_id, world.provider(): "x"});
    assert_eq!(world.credentials(&id, more).await.error(), Some("InvalidParameterException"));
    for bad in ["arbitrary".to_owned(), format!("{open_id}x"), world.tokens("ann").await.id] {
        let logins = json!({"cognito-identity.amazonaws.com": bad});
        let refusal = (FORBIDDEN, "Invalid login token. Not a Cognito token.");
        assert_eq!(world.credentials(&id, logins).await.refusal(), refusal);
    }
    assert_eq!(world.credentials(&id, json!({})).await.error(), Some(FORBIDDEN));
    // A token for a day; the other one is over after a quarter of an hour.
    let day = token(&world, "u1", json!({"TokenDuration": 86_400})).await.ok()["Token"].clone();
    assert_eq!(token(&world, "u1", json!({"TokenDuration": 86_401})).await.error(), Some(INVALID));
    assert_eq!(token(&world, "u1", json!({"TokenDuration": 0})).await.error(), Some(INVALID));
    world.users.advance(900_000).await;
    let refusal = (FORBIDDEN, "Invalid login token. Token expired: 1800000900 >= 1800000900");
    assert_eq!(world.credentials(&id, logins).await.refusal(), refusal);
    let logins = json!({"cognito-identity.amazonaws.com": day});
    world.credentials(&id, logins.clone()).await.ok();
    // Unlinked or deleted, the token is worth nothing.
    world.admin("DeleteIdentities", json!({"IdentityIdsToDelete": [id]})).await.ok();
    assert_eq!(world.credentials(&id, logins).await.error(), Some("ResourceNotFoundException"));
}

async fn a_token_with_tags(engine: EngineKind) {
    let world = world(engine).await;
    let mut trust = world.trust("authenticated");
    trust["Statement"][0]["Action"] = json!(["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]);
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "cognito-idp:DescribeUserPool", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": "red"}},
    }]});
    world.role("authenticated", &trust, &policy).await;
    for (team, allowed) in [("red", true), ("blue", false)] {
        let answer = token(&world, "u1", json!({"PrincipalTags": {"team": team}})).await;
        let claims = verified(&world, answer.ok()["Token"].as_str().unwrap()).await;
        assert_eq!(claims["https://aws.amazon.com/tags"], json!({"principal_tags": {"team": [team]}}));
        let logins = json!({"cognito-identity.amazonaws.com": answer.body["Token"]});
        let id = answer.body["IdentityId"].as_str().unwrap();
        let credentials = given(&world.credentials(id, logins).await);
        assert_eq!(world.describe(&credentials).await.status == 200, allowed);
    }
    for (tags, code) in [
        (json!({"aws:x": "y"}), "InvalidParameterException"),
        (json!({"x": "a*"}), "InvalidParameterException"),
        (json!({"x": ""}), INVALID),
    ] {
        let answer = token(&world, "u1", json!({"PrincipalTags": tags})).await;
        assert_eq!(answer.error(), Some(code));
    }
}

async fn lookups(engine: EngineKind) {
    let world = world(engine).await;
    let id = identity(&world, "u1").await;
    for user in ["u3", "u2"] {
        token(&world, user, json!({"IdentityId": id})).await.ok();
    }
    let lookup = async |more: Value| {
        let mut input = json!({"IdentityPoolId": world.id});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.admin("LookupDeveloperIdentity", input).await
    };
    let all = json!(["u1", "u2", "u3"]);
    assert_eq!(lookup(json!({"IdentityId": id})).await.ok()["DeveloperUserIdentifierList"], all);
    let by_user = lookup(json!({"DeveloperUserIdentifier": "u2"})).await;
    assert_eq!((&by_user.ok()["IdentityId"], &by_user.body["DeveloperUserIdentifierList"]), (&json!(id), &all));
    let both = lookup(json!({"IdentityId": id, "DeveloperUserIdentifier": "u2"})).await;
    assert_eq!(both.ok()["DeveloperUserIdentifierList"], json!(["u2"]));
    let page = lookup(json!({"IdentityId": id, "MaxResults": 2})).await;
    assert_eq!(page.ok()["DeveloperUserIdentifierList"], json!(["u1", "u2"]));
    let rest = lookup(json!({"IdentityId": id, "MaxResults": 2, "NextToken": page.body["NextToken"]})).await;
    assert_eq!((&rest.ok()["DeveloperUserIdentifierList"], rest.body.get("NextToken")), (&json!(["u3"]), None));
    identity(&world, "u9").await;
    let conflict = lookup(json!({"IdentityId": id, "DeveloperUserIdentifier": "u9"})).await;
    assert_eq!(conflict.error(), Some("ResourceConflictException"));
    assert_eq!(lookup(json!({})).await.error(), Some("InvalidParameterException"));
    assert_eq!(lookup(json!({"DeveloperUserIdentifier": "u8"})).await.error(), Some("ResourceNotFoundException"));
    let unknown = "us-east-1:00000000-0000-4000-8000-000000000000";
    assert_eq!(lookup(json!({"IdentityId": unknown})).await.error(), Some("ResourceNotFoundException"));
}

async fn merges(engine: EngineKind) {
    let world = world(engine).await;
    let (source, destination) = (identity(&world, "old").await, identity(&world, "new").await);
    let merge = async |source: &str, destination: &str, provider: &str| {
        let input = json!({
            "IdentityPoolId": world.id, "DeveloperProviderName": provider,
            "SourceUserIdentifier": source, "DestinationUserIdentifier": destination,
        });
        world.admin("MergeDeveloperIdentities", input).await
    };
    assert_eq!(merge("old", "new", "other.example").await.error(), Some("InvalidParameterException"));
    assert_eq!(merge("nobody", "new", PROVIDER).await.error(), Some("ResourceNotFoundException"));
    let held = token(&world, "old", json!({})).await.ok()["Token"].clone();
    assert_eq!(merge("old", "new", PROVIDER).await.ok()["IdentityId"], destination.as_str());
    assert_eq!(identity(&world, "old").await, destination);
    assert_eq!(merge("old", "new", PROVIDER).await.ok()["IdentityId"], destination.as_str(), "again is no error");
    // The source is disabled: its token leads nowhere, the destination's leads on from there.
    let logins = json!({"cognito-identity.amazonaws.com": held});
    assert_eq!(world.credentials(&source, logins).await.error(), Some(FORBIDDEN));
    let logins = json!({"cognito-identity.amazonaws.com": token(&world, "old", json!({})).await.ok()["Token"]});
    assert_eq!(world.credentials(&source, logins).await.ok()["IdentityId"], destination.as_str());
    // So does the backend's own call with the id that was; not for somebody else, nor with anybody else's.
    for user in ["old", "new"] {
        let answer = token(&world, user, json!({"IdentityId": source})).await;
        assert_eq!(answer.ok()["IdentityId"], destination.as_str());
    }
    let third = identity(&world, "third").await;
    for (user, id) in [("third", &source), ("old", &third)] {
        let answer = token(&world, user, json!({"IdentityId": id})).await;
        assert_eq!(answer.error(), Some("DeveloperUserAlreadyRegisteredException"));
    }
    assert_eq!(token(&world, "fourth", json!({"IdentityId": source})).await.error(), Some(FORBIDDEN));

    // Nor does it matter how many merges ago that was.
    assert_eq!(merge("new", "third", PROVIDER).await.ok()["IdentityId"], third.as_str());
    let answer = token(&world, "old", json!({"IdentityId": source})).await;
    assert_eq!(answer.ok()["IdentityId"], third.as_str());
    let logins = json!({"cognito-identity.amazonaws.com": answer.body["Token"]});
    for id in [&source, &destination, &third] {
        assert_eq!(world.credentials(id, logins.clone()).await.ok()["IdentityId"], third.as_str());
    }

    // Two users of one public provider stay two.
    for user in ["ann", "bob"] {
        let logins = json!({PROVIDER: format!("d-{user}"), world.provider(): world.tokens(user).await.id});
        let input = json!({"IdentityPoolId": world.id, "Logins": logins});
        world.admin("GetOpenIdTokenForDeveloperIdentity", input).await.ok();
    }
    assert_eq!(merge("d-ann", "d-bob", PROVIDER).await.error(), Some("ResourceConflictException"));
    // Twenty logins at most.
    let many = identity(&world, "many-0").await;
    for n in 1..20 {
        token(&world, &format!("many-{n}"), json!({"IdentityId": many})).await.ok();
    }
    assert_eq!(token(&world, "many-20", json!({"IdentityId": many})).await.error(), Some("ResourceConflictException"));
    assert_eq!(merge("new", "many-1", PROVIDER).await.error(), Some("ResourceConflictException"));
}

async fn unlinking(engine: EngineKind) {
    let world = world(engine).await;
    let id = identity(&world, "u1").await;
    let held = token(&world, "u1", json!({})).await.ok()["Token"].clone();
    let logins = |token: &Value| json!({"cognito-identity.amazonaws.com": token});
    let shared = token(&world, "x:u1", json!({"IdentityId": id, "TokenDuration": 86_400})).await.ok()["Token"].clone();
    world.credentials(&id, logins(&shared)).await.ok();
    let unlink = async |user: &str| {
        let input = json!({
            "IdentityPoolId": world.id, "IdentityId": id, "DeveloperProviderName": PROVIDER,
            "DeveloperUserIdentifier": user,
        });
        world.admin("UnlinkDeveloperIdentity", input).await
    };
    assert_eq!(unlink("u2").await.error(), Some("ResourceNotFoundException"));
    // Who is unlinked has no part in the identity of another any more, whatever the names.
    unlink("x:u1").await.ok();
    assert_eq!(world.credentials(&id, logins(&shared)).await.error(), Some(FORBIDDEN), "another's");
    world.credentials(&id, logins(&held)).await.ok();
    unlink("u1").await.ok();
    assert_ne!(identity(&world, "u1").await, id);
    assert_eq!(world.credentials(&id, logins(&held)).await.error(), Some(FORBIDDEN), "nobody's any more");
    assert_eq!(world.credentials(&id, json!({})).await.error(), Some(FORBIDDEN), "nor a guest's");
}

async fn what_is_refused(engine: EngineKind) {
    let world = world(engine).await;
    let id = identity(&world, "u1").await;
    let other = identity(&world, "u2").await;
    assert_eq!(
        token(&world, "u2", json!({"IdentityId": id})).await.error(),
        Some("DeveloperUserAlreadyRegisteredException")
    );
    assert_eq!(identity(&world, "u2").await, other);
    let ask = async |pool: &str, logins: Value| {
        world.admin("GetOpenIdTokenForDeveloperIdentity", json!({"IdentityPoolId": pool, "Logins": logins})).await
    };
    let ann = world.tokens("ann").await.id;
    assert_eq!(ask(&world.id, json!({world.provider(): ann})).await.error(), Some("InvalidParameterException"));
    assert_eq!(ask(&world.id, json!({PROVIDER: "u1", world.provider(): "x"})).await.error(), Some(FORBIDDEN));
    assert_eq!(ask(&world.id, json!({PROVIDER: "x".repeat(1025)})).await.error(), Some("InvalidParameterException"));
    let plain = world.create(json!({})).await;
    assert_eq!(ask(&plain, json!({PROVIDER: "u1"})).await.error(), Some("InvalidParameterException"));
    assert_eq!(ask("us-east-1:0", json!({PROVIDER: "u1"})).await.error(), Some("ResourceNotFoundException"));
    // Unsigned, it is for nobody.
    let input = json!({"IdentityPoolId": world.id, "Logins": {PROVIDER: "u1"}});
    let unsigned = world.app("GetOpenIdTokenForDeveloperIdentity", input).await;
    assert_eq!(unsigned.error(), Some("MissingAuthenticationTokenException"));
    // A public login is linked, and leads to the same identity from then on.
    let logins = json!({PROVIDER: "u1", world.provider(): ann});
    assert_eq!(ask(&world.id, logins).await.ok()["IdentityId"], id.as_str());
    assert_eq!(world.id_of(world.logins(&ann)).await, id);
}
