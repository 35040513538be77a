//! Which role who has signed in gets, and whose trust it needs.

use super::world::{arn, given};
use super::*;
use stepwell_testkit::Answer;

on_both_engines!(
    a_role_must_trust_the_pool,
    groups_choose_the_role,
    rules_choose_the_role,
    role_mappings_are_checked,
    passing_a_role_needs_permission,
);

/// The role that credentials are of, by what they are denied.
async fn role_of(world: &World, answer: &Answer) -> String {
    let denied = world.signed(&given(answer), "DeleteUserPool", json!({"UserPoolId": world.users.id})).await;
    assert_eq!(denied.error(), Some("AccessDeniedException"), "{}", denied.body);
    let (_, rest) = denied.refusal().1.split_once("assumed-role/").unwrap();
    rest.split('/').next().unwrap().to_owned()
}

async fn a_role_must_trust_the_pool(engine: EngineKind) {
    let world = World::new(engine).await;
    let logins = world.logins(&world.tokens("ann").await.id);
    let identity = world.id_of(logins.clone()).await;
    assert_eq!(role_of(&world, &world.credentials(&identity, logins.clone()).await).await, "authenticated");
    let policy: Value = serde_json::from_str(POLICY).unwrap();
    let good = world.trust("authenticated");
    let with = |path: &str, value: Value| {
        let mut trust = good.clone();
        *trust.pointer_mut(path).unwrap() = value;
        trust
    };
    let aud = "cognito-identity.amazonaws.com:aud";
    let sub = "cognito-identity.amazonaws.com:sub";
    for (trust, why) in [
        (with("/Statement/0/Condition/StringEquals", json!({aud: "us-east-1:other"})), "another pool"),
        (world.trust("unauthenticated"), "guests alone"),
        (with("/Statement/0/Effect", json!("Deny")), "nobody"),
        (with("/Statement/0/Principal/Federated", json!("accounts.google.com")), "another provider"),
        (with("/Statement/0/Principal", json!({"AWS": "*"})), "users"),
        (with("/Statement/0/Action", json!("sts:AssumeRole")), "another action"),
        (with("/Statement/0/Condition/StringEquals", json!({aud: world.id, sub: "us-east-1:x"})), "another identity"),
        (
            with(
                "/Statement/0/Condition/ForAnyValue:StringLike",
                json!({"cognito-identity.amazonaws.com:amr": "graph.facebook.com"}),
            ),
            "another login",
        ),
    ] {
        world.role("authenticated", &trust, &policy).await;
        assert_eq!(world.credentials(&identity, logins.clone()).await.refusal(), ROLES, "a role that trusts {why}");
    }
    let mine = with("/Statement/0/Condition/StringEquals", json!({aud: world.id, sub: identity}));
    let login = format!("{}:CognitoSignIn:*", world.provider());
    let by_login =
        with("/Statement/0/Condition/ForAnyValue:StringLike", json!({"cognito-identity.amazonaws.com:amr": login}));
    for trust in [mine, by_login] {
        world.role("authenticated", &trust, &policy).await;
        world.credentials(&identity, logins.clone()).await.ok();
    }
    // A role that is not there, or none at all.
    world.set_roles(json!({"authenticated": arn("missing")}), json!({})).await.ok();
    assert_eq!(world.credentials(&identity, logins.clone()).await.refusal(), ROLES);
    world.set_roles(json!({"authenticated": "arn:aws:iam::999999999999:role/authenticated"}), json!({})).await.ok();
    assert_eq!(world.credentials(&identity, logins.clone()).await.refusal(), ROLES);
    world.set_roles(json!({}), json!({})).await.ok();
    assert_eq!(world.credentials(&identity, logins).await.refusal(), ROLES);
}

async fn groups_choose_the_role(engine: EngineKind) {
    let world = World::new(engine).await;
    let policy: Value = serde_json::from_str(POLICY).unwrap();
    for (group, precedence) in [("editors", 1), ("viewers", 2)] {
        world.role(group, &world.trust("authenticated"), &policy).await;
        let input = json!({"GroupName": group, "RoleArn": arn(group), "Precedence": precedence});
        world.users.admin("CreateGroup", input).await.ok();
    }
    let join = async |group: &str| {
        world.users.admin("AdminAddUserToGroup", json!({"Username": "ann", "GroupName": group})).await;
    };
    let custom = async |role: Option<&str>| {
        let logins = world.logins(&world.tokens("ann").await.id);
        let identity = world.id_of(logins.clone()).await;
        let mut input = json!({"IdentityId": identity, "Logins": logins});
        if let Some(role) = role {
            input["CustomRoleArn"] = json!(arn(role));
        }
        world.app("GetCredentialsForIdentity", input).await
    };
    let key = format!("{}:{}", world.own_provider(), world.users.client);
    let roles = json!({"authenticated": arn("authenticated"), "unauthenticated": arn("guest")});
    let mapping = |ambiguous: &str| json!({&key: {"Type": "Token", "AmbiguousRoleResolution": ambiguous}});
    let forbidden = |role: &str| format!("Access to Role '{}' is forbidden.", arn(role));

    // Without a mapping, groups mean nothing.
    join("editors").await;
    assert_eq!(role_of(&world, &custom(None).await).await, "authenticated");
    assert_eq!(custom(Some("editors")).await.refusal(), (FORBIDDEN, forbidden("editors").as_str()));

    world.set_roles(roles.clone(), mapping("Deny")).await.ok();
    assert_eq!(role_of(&world, &custom(None).await).await, "editors");
    join("viewers").await;
    assert_eq!(role_of(&world, &custom(None).await).await, "editors", "the preferred one");
    assert_eq!(role_of(&world, &custom(Some("viewers")).await).await, "viewers");
    for role in ["authenticated", "guest", "missing"] {
        assert_eq!(custom(Some(role)).await.refusal(), (FORBIDDEN, forbidden(role).as_str()));
    }

    // Bob is in no group.
    let logins = world.logins(&world.tokens("bob").await.id);
    let bob = world.id_of(logins.clone()).await;
    let provider = format!("{}:{}", world.provider(), world.users.client);
    let denied = format!("The ambiguous role mapping rules for: {provider} denied this request.");
    assert_eq!(world.credentials(&bob, logins.clone()).await.refusal(), (FORBIDDEN, denied.as_str()));
    world.set_roles(roles, mapping("AuthenticatedRole")).await.ok();
    assert_eq!(role_of(&world, &world.credentials(&bob, logins).await).await, "authenticated");
}

async fn rules_choose_the_role(engine: EngineKind) {
    let world = World::new(engine).await;
    let policy: Value = serde_json::from_str(POLICY).unwrap();
    for role in ["anns", "others"] {
        world.role(role, &world.trust("authenticated"), &policy).await;
    }
    let rule = |claim: &str, match_type: &str, value: &str, role: &str| json!({"Claim": claim, "MatchType": match_type, "Value": value, "RoleARN": arn(role)});
    let rules = json!([
        rule("custom:none", "NotEqual", "x", "missing"),
        rule("email", "StartsWith", "ann@", "anns"),
        rule("email", "Contains", "@example.", "others"),
    ]);
    let mapping = json!({
        "Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": {"Rules": rules},
    });
    let key = format!("{}:{}", world.provider(), world.users.client);
    world.set_roles(json!({}), json!({&key: mapping})).await.ok();
    for (user, role) in [("ann", "anns"), ("bob", "others")] {
        let logins = world.logins(&world.tokens(user).await.id);
        let identity = world.id_of(logins.clone()).await;
        assert_eq!(role_of(&world, &world.credentials(&identity, logins).await).await, role);
    }
    // Ann matches two rules, and may say which; Bob matches one.
    for (user, asked, allowed) in
        [("ann", "others", true), ("ann", "anns", true), ("bob", "anns", false), ("bob", "missing", false)]
    {
        let logins = world.logins(&world.tokens(user).await.id);
        let input =
            json!({"IdentityId": world.id_of(logins.clone()).await, "Logins": logins, "CustomRoleArn": arn(asked)});
        let answer = world.app("GetCredentialsForIdentity", input).await;
        if allowed {
            assert_eq!(role_of(&world, &answer).await, asked);
        } else {
            let forbidden = format!("Access to Role '{}' is forbidden.", arn(asked));
            assert_eq!(answer.refusal(), (FORBIDDEN, forbidden.as_str()));
        }
    }
    let read = world.admin("GetIdentityPoolRoles", json!({"IdentityPoolId": world.id})).await;
    assert_eq!(read.ok()["RoleMappings"], json!({&key: mapping}));
    assert_eq!(read.body["Roles"], json!({}));
}

async fn role_mappings_are_checked(engine: EngineKind) {
    let world = World::new(engine).await;
    let rule = json!({"Claim": "c", "MatchType": "Equals", "Value": "v", "RoleARN": arn("authenticated")});
    let rules = |count: usize| json!({"Rules": vec![rule.clone(); count]});
    for mapping in [
        json!({"Type": "Token"}),
        json!({"Type": "Rules", "AmbiguousRoleResolution": "Deny"}),
        json!({"Type": "Rules", "RulesConfiguration": rules(1)}),
        json!({"Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": rules(26)}),
        json!({"Type": "Token", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": rules(1)}),
    ] {
        let answer = world.set_roles(json!({}), json!({"graph.facebook.com": mapping})).await;
        assert_eq!(answer.error(), Some("InvalidParameterException"), "{mapping}");
    }
    for mapping in [
        json!({"Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": {"Rules": []}}),
        json!({"Type": "Magic", "AmbiguousRoleResolution": "Deny"}),
        json!({"Type": "Token", "AmbiguousRoleResolution": "Perhaps"}),
    ] {
        let answer = world.set_roles(json!({}), json!({"graph.facebook.com": mapping})).await;
        assert_eq!(answer.error(), Some(INVALID), "{mapping}");
    }
    let good = json!({"Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": rules(25)});
    world.set_roles(json!({}), json!({"graph.facebook.com": good})).await.ok();
    let not_a_role = "arn:aws:iam::000000000000:user/ann";
    let answer = world.set_roles(json!({"authenticated": not_a_role}), json!({})).await;
    assert_eq!(answer.refusal(), (FORBIDDEN, format!("Access to Role '{not_a_role}' is forbidden.").as_str()));
    let unknown = json!({"IdentityPoolId": "us-east-1:0", "Roles": {}});
    let answer = world.admin("SetIdentityPoolRoles", unknown).await;
    assert_eq!(answer.refusal(), ("ResourceNotFoundException", "IdentityPool 'us-east-1:0' not found."));
}

async fn passing_a_role_needs_permission(engine: EngineKind) {
    let world = World::new(engine).await;
    let server = &world.users.server;
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "cognito-identity:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": arn("guest"),
         "Condition": {"StringEquals": {"iam:PassedToService": "cognito-identity.amazonaws.com"}}},
    ]});
    let admin = server.test.iam_user("pools", &policy).await;
    let set = async |roles: Value, mappings: Value| {
        let input = json!({"IdentityPoolId": world.id, "Roles": roles, "RoleMappings": mappings});
        server.signed(&admin, stepwell_model::Service::Identity, "SetIdentityPoolRoles", &input).await
    };
    set(json!({"unauthenticated": arn("guest")}), json!({})).await.ok();
    let forbidden = format!("Access to Role '{}' is forbidden.", arn("authenticated"));
    let refused = set(json!({"authenticated": arn("authenticated")}), json!({})).await;
    assert_eq!(refused.refusal(), (FORBIDDEN, forbidden.as_str()));
    let rule = json!({"Claim": "c", "MatchType": "Equals", "Value": "v", "RoleARN": arn("authenticated")});
    let mapping = json!({"Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": {"Rules": [rule]}});
    let refused = set(json!({}), json!({"graph.facebook.com": mapping})).await;
    assert_eq!(refused.refusal(), (FORBIDDEN, forbidden.as_str()), "a rule's role, too");
    let read = world.admin("GetIdentityPoolRoles", json!({"IdentityPoolId": world.id})).await;
    assert_eq!(read.ok()["Roles"], json!({"unauthenticated": arn("guest")}), "nothing of it was stored");
}
