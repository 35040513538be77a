//! Attributes for access control: claims as principal tags.

use super::world::given;
use super::*;

on_both_engines!(
    claims_become_principal_tags,
    tagging_needs_the_roles_consent,
    a_claim_that_is_no_tag_gives_nothing,
    attribute_maps_are_kept,
);

async fn set(world: &World, input: Value) -> stepwell_testkit::Answer {
    let mut all = json!({"IdentityPoolId": world.id, "IdentityProviderName": world.provider()});
    all.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
    world.admin("SetPrincipalTagAttributeMap", all).await
}

fn with_tagging(mut trust: Value) -> Value {
    trust["Statement"][0]["Action"] = json!(["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]);
    trust
}

async fn claims_become_principal_tags(engine: EngineKind) {
    let world = World::new(engine).await;
    let policy = |tag: &str, value: &str| {
        json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "cognito-idp:DescribeUserPool", "Resource": "*",
            "Condition": {"StringEquals": {format!("aws:PrincipalTag/{tag}"): value}},
        }]})
    };
    let trust = with_tagging(world.trust("authenticated"));
    let allowed = async |user: &str| {
        let credentials = world.credentials_of(user).await;
        world.describe(&credentials).await.status == 200
    };
    // The default map: client and username.
    set(&world, json!({"UseDefaults": true})).await.ok();
    world.role("authenticated", &trust, &policy("client", &world.users.client)).await;
    assert!(allowed("ann").await && allowed("bob").await);
    let user = world.users.admin("AdminGetUser", json!({"Username": "ann"})).await;
    let sub =
        user.ok()["UserAttributes"].as_array().unwrap().iter().find(|a| a["Name"] == "sub").unwrap()["Value"].clone();
    world.role("authenticated", &trust, &policy("username", sub.as_str().unwrap())).await;
    assert!(allowed("ann").await && !allowed("bob").await);
    // A map of one's own; a claim that is not there is no tag.
    set(&world, json!({"PrincipalTags": {"mail": "email", "verified": "email_verified", "none": "custom:none"}}))
        .await
        .ok();
    world.role("authenticated", &trust, &policy("mail", "bob@example.com")).await;
    assert!(!allowed("ann").await && allowed("bob").await);
    world.role("authenticated", &trust, &policy("verified", "true")).await;
    assert!(allowed("ann").await);
    world.role("authenticated", &trust, &policy("none", "")).await;
    assert!(!allowed("ann").await);
    world.role("authenticated", &trust, &policy("client", &world.users.client)).await;
    assert!(!allowed("ann").await, "the default map is not in force any more");
}

async fn tagging_needs_the_roles_consent(engine: EngineKind) {
    let world = World::new(engine).await;
    set(&world, json!({"UseDefaults": true})).await.ok();
    let logins = world.logins(&world.tokens("ann").await.id);
    let identity = world.id_of(logins.clone()).await;
    assert_eq!(world.credentials(&identity, logins.clone()).await.refusal(), ROLES);
    let policy: Value = serde_json::from_str(POLICY).unwrap();
    world.role("authenticated", &with_tagging(world.trust("authenticated")), &policy).await;
    world.describe(&given(&world.credentials(&identity, logins).await)).await.ok();
    // Guests have no claims, and need no consent.
    let guest = world.id_of(json!({})).await;
    world.credentials(&guest, json!({})).await.ok();
}

async fn a_claim_that_is_no_tag_gives_nothing(engine: EngineKind) {
    let world = World::with(engine, json!({"AllowClassicFlow": true})).await;
    set(&world, json!({"PrincipalTags": {"team": "nickname"}})).await.ok();
    let name = |value: &str| json!({"Username": "ann", "UserAttributes": [{"Name": "nickname", "Value": value}]});
    let policy: Value = serde_json::from_str(POLICY).unwrap();
    world.role("authenticated", &with_tagging(world.trust("authenticated")), &policy).await;
    world.users.admin("AdminUpdateUserAttributes", name("*")).await.ok();
    let logins = world.logins(&world.tokens("ann").await.id);
    let identity = world.id_of(logins.clone()).await;
    let why = "The claim nickname cannot be the value of a principal tag.";
    let refusal = ("InvalidIdentityPoolConfigurationException", why);
    assert_eq!(world.credentials(&identity, logins.clone()).await.refusal(), refusal);
    // Each operation in the words of its own model.
    let token =
        async |logins: Value| world.app("GetOpenIdToken", json!({"IdentityId": identity, "Logins": logins})).await;
    assert_eq!(token(logins).await.refusal(), ("InvalidParameterException", why));
    world.users.admin("AdminUpdateUserAttributes", name("réd")).await.ok();
    let logins = world.logins(&world.tokens("ann").await.id);
    world.credentials(&identity, logins.clone()).await.ok();
    token(logins).await.ok();
}

async fn attribute_maps_are_kept(engine: EngineKind) {
    let world = World::new(engine).await;
    let get = async |provider: String| {
        world
            .admin("GetPrincipalTagAttributeMap", json!({"IdentityPoolId": world.id, "IdentityProviderName": provider}))
            .await
    };
    assert_eq!(get(world.provider()).await.ok()["PrincipalTags"], json!({}));
    assert_eq!(get(world.provider()).await.body["UseDefaults"], false);
    let answer = set(&world, json!({"UseDefaults": true, "PrincipalTags": {"x": "y"}})).await;
    let expected = json!({
        "IdentityPoolId": world.id, "IdentityProviderName": world.provider(), "UseDefaults": true,
        "PrincipalTags": {"client": "aud", "username": "sub"},
    });
    assert_eq!(answer.ok(), &expected);
    assert_eq!(get(world.provider()).await.ok(), &expected);
    assert_eq!(get(world.own_provider()).await.ok()["PrincipalTags"], expected["PrincipalTags"]);
    for wrong in [
        json!({"PrincipalTags": {"aws:x": "sub"}}),
        json!({"PrincipalTags": {"a*b": "sub"}}),
        json!({"PrincipalTags": {"a": "sub", "A": "email"}}),
        json!({"IdentityProviderName": "op.example", "UseDefaults": true}),
    ] {
        assert_eq!(set(&world, wrong.clone()).await.error(), Some("InvalidParameterException"), "{wrong}");
    }
    let many: serde_json::Map<String, Value> = (0..51).map(|n| (format!("t{n}"), json!("sub"))).collect();
    assert_eq!(set(&world, json!({"PrincipalTags": many})).await.error(), Some(INVALID));
}
