//! Identity pools as administrators make, change, tag and delete them.

use super::*;

on_both_engines!(
    what_is_set_is_read,
    what_is_left_out_goes,
    what_no_pool_can_have,
    tags_of_pools,
    a_deleted_pool_is_gone,
    pools_are_listed
);

fn everything(world: &World) -> Value {
    json!({
        "IdentityPoolName": "My pool, 1",
        "AllowUnauthenticatedIdentities": false,
        "AllowClassicFlow": true,
        "SupportedLoginProviders": {"graph.facebook.com": "7346241598935555", "accounts.google.com": "a.apps;b.apps"},
        "DeveloperProviderName": "login.example",
        "OpenIdConnectProviderARNs": ["arn:aws:iam::123456789012:oidc-provider/server.example.com"],
        "CognitoIdentityProviders":
            [{"ProviderName": world.own_provider(), "ClientId": "abc", "ServerSideTokenCheck": true}],
        "SamlProviderARNs": ["arn:aws:iam::123456789012:saml-provider/corp"],
        "IdentityPoolTags": {"env": "test"},
    })
}

fn without_id(mut pool: Value) -> Value {
    pool.as_object_mut().unwrap().remove("IdentityPoolId");
    pool
}

async fn what_is_set_is_read(engine: EngineKind) {
    let world = World::new(engine).await;
    let created = world.admin("CreateIdentityPool", everything(&world)).await;
    let id = created.ok()["IdentityPoolId"].clone();
    assert_eq!(without_id(created.body.clone()), everything(&world));
    let read = world.admin("DescribeIdentityPool", json!({"IdentityPoolId": id})).await;
    assert_eq!(read.ok(), &created.body);
}

async fn what_is_left_out_goes(engine: EngineKind) {
    let world = World::new(engine).await;
    let created = world.admin("CreateIdentityPool", everything(&world)).await;
    let id = created.ok()["IdentityPoolId"].clone();
    let roles = json!({"authenticated": super::world::arn("authenticated")});
    world.admin("SetIdentityPoolRoles", json!({"IdentityPoolId": id, "Roles": roles})).await.ok();
    let bare = json!({"IdentityPoolId": id, "IdentityPoolName": "p", "AllowUnauthenticatedIdentities": true});
    let updated = world.admin("UpdateIdentityPool", bare).await;
    // The developer provider cannot change; roles and tags have operations of their own.
    let expected = json!({
        "IdentityPoolName": "p", "AllowUnauthenticatedIdentities": true, "AllowClassicFlow": false,
        "DeveloperProviderName": "login.example", "IdentityPoolTags": {"env": "test"},
    });
    assert_eq!(without_id(updated.ok().clone()), expected);
    let kept = world.admin("GetIdentityPoolRoles", json!({"IdentityPoolId": id})).await;
    assert_eq!(kept.ok()["Roles"], roles);
    let other = json!({
        "IdentityPoolId": id, "IdentityPoolName": "p", "AllowUnauthenticatedIdentities": true,
        "DeveloperProviderName": "other.example",
    });
    assert_eq!(world.admin("UpdateIdentityPool", other).await.error(), Some("InvalidParameterException"));
}

async fn what_no_pool_can_have(engine: EngineKind) {
    let world = World::new(engine).await;
    for (member, value) in [
        ("SupportedLoginProviders", json!({"evil.example": "1"})),
        ("DeveloperProviderName", json!("accounts.google.com")),
        ("DeveloperProviderName", json!("cognito-identity.amazonaws.com")),
        ("OpenIdConnectProviderARNs", json!(["arn:aws:iam::123456789012:saml-provider/x"])),
        ("OpenIdConnectProviderARNs", json!(["https://server.example.com"])),
        ("SamlProviderARNs", json!(["arn:aws:iam::1:saml-provider/corp"])),
        ("CognitoIdentityProviders", json!([{"ProviderName": "x"}])),
        (
            "CognitoIdentityProviders",
            json!([{"ProviderName": "x", "ClientId": "y"}, {"ProviderName": "x", "ClientId": "y"}]),
        ),
        ("IdentityPoolTags", json!({"aws:x": "y"})),
    ] {
        let mut input = everything(&world);
        input[member] = value.clone();
        let answer = world.admin("CreateIdentityPool", input).await;
        assert_eq!(answer.error(), Some("InvalidParameterException"), "{member} {value}");
    }
    for (member, value) in [
        ("IdentityPoolName", json!("")),
        ("IdentityPoolName", json!("a/b")),
        ("AllowUnauthenticatedIdentities", Value::Null),
        ("SupportedLoginProviders", json!({"graph.facebook.com": "a b"})),
        ("DeveloperProviderName", json!("a b")),
        ("CognitoIdentityProviders", json!([{"ProviderName": "x y", "ClientId": "y"}])),
        ("IdentityPoolTags", json!({"": "y"})),
    ] {
        let mut input = everything(&world);
        input[member] = value.clone();
        assert_eq!(world.admin("CreateIdentityPool", input).await.error(), Some(INVALID), "{member} {value}");
    }
    assert_eq!(
        world.app("CreateIdentityPool", everything(&world)).await.error(),
        Some("MissingAuthenticationTokenException")
    );
}

async fn tags_of_pools(engine: EngineKind) {
    let world = World::new(engine).await;
    let arn = format!("arn:aws:cognito-identity:us-east-1:000000000000:identitypool/{}", world.id);
    let tags = async || world.admin("ListTagsForResource", json!({"ResourceArn": arn})).await.ok()["Tags"].clone();
    assert_eq!(tags().await, json!({}));
    world.admin("TagResource", json!({"ResourceArn": arn, "Tags": {"a": "1", "b": ""}})).await.ok();
    world.admin("TagResource", json!({"ResourceArn": arn, "Tags": {"a": "2"}})).await.ok();
    assert_eq!(tags().await, json!({"a": "2", "b": ""}));
    world.admin("UntagResource", json!({"ResourceArn": arn, "TagKeys": ["b", "c"]})).await.ok();
    assert_eq!(tags().await, json!({"a": "2"}));
    let many: serde_json::Map<String, Value> = (0..50).map(|n| (format!("t{n}"), json!(""))).collect();
    let answer = world.admin("TagResource", json!({"ResourceArn": arn, "Tags": many})).await;
    assert_eq!(answer.error(), Some("InvalidParameterException"));
    let unknown = arn.replace("identitypool/us-east-1:", "identitypool/us-east-2:");
    for arn in [unknown.as_str(), "arn:aws:cognito-idp:us-east-1:000000000000:userpool/x"] {
        let answer = world.admin("ListTagsForResource", json!({"ResourceArn": arn})).await;
        assert_eq!(answer.error(), Some("ResourceNotFoundException"), "{arn}");
    }
}

async fn a_deleted_pool_is_gone(engine: EngineKind) {
    let world = World::new(engine).await;
    let guest = world.id_of(json!({})).await;
    world.admin("DeleteIdentityPool", json!({"IdentityPoolId": world.id})).await.ok();
    let gone = format!("IdentityPool '{}' not found.", world.id);
    for operation in ["DescribeIdentityPool", "DeleteIdentityPool", "GetIdentityPoolRoles"] {
        let answer = world.admin(operation, json!({"IdentityPoolId": world.id})).await;
        assert_eq!(answer.refusal(), ("ResourceNotFoundException", gone.as_str()), "{operation}");
    }
    assert_eq!(world.get_id(json!({})).await.refusal(), ("ResourceNotFoundException", gone.as_str()));
    let gone = format!("Identity '{guest}' not found.");
    assert_eq!(world.credentials(&guest, json!({})).await.refusal(), ("ResourceNotFoundException", gone.as_str()));
    let answer = world.admin("DescribeIdentity", json!({"IdentityId": guest})).await;
    assert_eq!(answer.refusal(), ("ResourceNotFoundException", gone.as_str()));
}

async fn pools_are_listed(engine: EngineKind) {
    let world = World::new(engine).await;
    let mut all = vec![world.id.clone()];
    for _ in 0..3 {
        all.push(world.create(json!({})).await);
    }
    all.sort();
    let first = world.admin("ListIdentityPools", json!({"MaxResults": 3})).await;
    let token = &first.ok()["NextToken"];
    let rest = world.admin("ListIdentityPools", json!({"MaxResults": 3, "NextToken": token})).await;
    let mut seen = first.body["IdentityPools"].as_array().unwrap().clone();
    seen.extend(rest.ok()["IdentityPools"].as_array().unwrap().clone());
    assert_eq!(seen.iter().map(|pool| pool["IdentityPoolId"].as_str().unwrap()).collect::<Vec<_>>(), all);
    assert_eq!(rest.body.get("NextToken"), None);
    assert_eq!(seen[0]["IdentityPoolName"], "test");
    for wrong in
        [json!({}), json!({"MaxResults": 0}), json!({"MaxResults": 61}), json!({"MaxResults": 1, "NextToken": ""})]
    {
        assert_eq!(world.admin("ListIdentityPools", wrong).await.error(), Some(INVALID));
    }
    let foreign = world.admin("ListIdentityPools", json!({"MaxResults": 1, "NextToken": "x"})).await;
    assert_eq!(foreign.error(), Some("InvalidParameterException"));
    let refused = world.admin("DescribeIdentityPool", json!({"IdentityPoolId": "us-east-1_AbCdEfGhI"})).await;
    let why = r"1 validation error detected: Value 'us-east-1_AbCdEfGhI' at 'identityPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w-]+:[0-9a-f-]+";
    assert_eq!(refused.refusal(), (INVALID, why), "AWS's words for who gives a user pool's id");
}
