use serde_json::json;

use super::*;

fn v1(response: Value) -> TokenChanges {
    of_v1(serde_json::from_value(response).unwrap())
}

fn v2(response: Value) -> TokenChanges {
    of_v2(serde_json::from_value(response).unwrap())
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else { panic!("not an object: {value}") };
    object
}

fn id_after(changes: &TokenChanges, claims: Value) -> Value {
    let mut claims = object(claims);
    changes.apply_to_id(&mut claims);
    Value::Object(claims)
}

fn access_after(changes: &TokenChanges, claims: Value) -> Value {
    let mut claims = object(claims);
    changes.apply_to_access(&mut claims, "client");
    Value::Object(claims)
}

#[test]
fn silence_changes_nothing() {
    for changes in [v1(json!({})), v1(json!({"claimsOverrideDetails": null})), v2(json!({}))] {
        assert_eq!(changes, TokenChanges::default());
        let claims = json!({"sub": "s", "scope": "a b", "email": "e"});
        assert_eq!(id_after(&changes, claims.clone()), claims);
        assert_eq!(access_after(&changes, claims.clone()), claims);
    }
}

#[test]
fn version_1_changes_id_tokens_with_texts_alone() {
    let changes = v1(json!({"claimsOverrideDetails": {
        "claimsToAddOrOverride": {"team": "red", "email": "new"}, "claimsToSuppress": ["phone_number", "team"],
    }}));
    let after = id_after(&changes, json!({"email": "old", "phone_number": "+1", "sub": "s"}));
    // What is both added and suppressed is suppressed.
    assert_eq!(after, json!({"email": "new", "sub": "s"}));
    assert_eq!(access_after(&changes, json!({"scope": "a"})), json!({"scope": "a"}));
    let number = json!({"claimsOverrideDetails": {"claimsToAddOrOverride": {"n": 1}}});
    assert!(serde_json::from_value::<ResponseV1>(number).is_err());
}

#[test]
fn groups_are_replaced_suppressed_or_left() {
    let groups = |details: Value| v1(json!({"claimsOverrideDetails": details})).groups;
    assert_eq!(groups(json!({})), None);
    assert_eq!(groups(json!({"groupOverrideDetails": null})), Some(GroupClaims::default()));
    assert_eq!(groups(json!({"groupOverrideDetails": {}})), Some(GroupClaims::default()));
    let given = json!({"groupOverrideDetails": {
        "groupsToOverride": ["a"], "iamRolesToOverride": ["r"], "preferredRole": "r",
    }});
    let expected = GroupClaims { groups: vec!["a".into()], roles: vec!["r".into()], preferred_role: Some("r".into()) };
    assert_eq!(groups(given.clone()), Some(expected.clone()));
    assert_eq!(v2(json!({"claimsAndScopeOverrideDetails": given})).groups, Some(expected));
}

#[test]
fn version_2_changes_both_tokens_with_any_value() {
    let changes = v2(json!({"claimsAndScopeOverrideDetails": {
        "idTokenGeneration": {
            "claimsToAddOrOverride": {"n": 1, "list": ["a", 2, true], "tree": {"a": {"b": null}}, "off": null},
            "claimsToSuppress": ["email"],
        },
        "accessTokenGeneration": {
            "claimsToAddOrOverride": {"tenant": {"id": 7}},
            "claimsToSuppress": ["custom"],
            "scopesToAdd": ["orders/read", "openid"],
            "scopesToSuppress": ["aws.cognito.signin.user.admin"],
        },
    }}));
    assert_eq!(
        id_after(&changes, json!({"email": "e"})),
        json!({"n": 1, "list": ["a", 2, true], "tree": {"a": {"b": null}}})
    );
    assert_eq!(
        access_after(&changes, json!({"scope": "aws.cognito.signin.user.admin", "custom": 1})),
        json!({"scope": "orders/read openid", "tenant": {"id": 7}})
    );
}

#[test]
fn nobody_changes_who_signed_in_and_how() {
    let never = [
        "acr",
        "amr",
        "at_hash",
        "auth_time",
        "azp",
        "exp",
        "iat",
        "iss",
        "jti",
        "nbf",
        "nonce",
        "origin_jti",
        "sub",
        "token_use",
        "cognito:username",
        "cognito:groups",
        "cognito:roles",
        "cognito:anything",
        "identities",
        "event_id",
        "",
    ];
    let add: Map<String, Value> = never.iter().map(|name| ((*name).to_owned(), json!("forged"))).collect();
    let both = |own: &[&str]| {
        let mut add = add.clone();
        add.extend(own.iter().map(|name| ((*name).to_owned(), json!("forged"))));
        json!({"claimsToAddOrOverride": add, "claimsToSuppress": add.keys().collect::<Vec<_>>()})
    };
    let changes = v2(json!({"claimsAndScopeOverrideDetails": {
        "idTokenGeneration": both(&["aud"]),
        "accessTokenGeneration": both(&["client_id", "username", "device_key", "version", "scope"]),
    }}));
    let id: Value = never.iter().chain(&["aud"]).map(|name| ((*name).to_owned(), json!("true"))).collect();
    assert_eq!(id_after(&changes, id.clone()), id);
    let own = ["client_id", "username", "device_key", "version", "scope"];
    let access: Value = never.iter().chain(&own).map(|name| ((*name).to_owned(), json!("true"))).collect();
    assert_eq!(access_after(&changes, access.clone()), access);
    // Where they are not there, they do not come either.
    assert_eq!(id_after(&changes, json!({})), json!({}));
    assert_eq!(access_after(&changes, json!({"scope": "a"})), json!({"scope": "a"}));
}

#[test]
fn forms_that_open_id_connect_prescribes_stay() {
    let changes = v2(json!({"claimsAndScopeOverrideDetails": {"idTokenGeneration": {"claimsToAddOrOverride": {
        "address": {"a": 1}, "email_verified": false, "updated_at": 7, "phone_number_verified": ["x"],
    }}}}));
    let before = json!({"email_verified": true});
    assert_eq!(id_after(&changes, before.clone()), before);
}

#[test]
fn an_audience_is_the_client_or_none() {
    let with = |audience: Value| {
        let add = json!({"claimsToAddOrOverride": {"aud": audience}});
        access_after(
            &v2(json!({"claimsAndScopeOverrideDetails": {"accessTokenGeneration": add}})),
            json!({"scope": ""}),
        )
    };
    assert_eq!(with(json!("client")), json!({"scope": "", "aud": "client"}));
    for other in [json!("other"), json!(["client"]), json!(["client", "other"]), json!({"client": 1})] {
        assert_eq!(with(other), json!({"scope": ""}));
    }
}

#[test]
fn scopes_of_the_service_are_only_taken_away() {
    let scope = |add: &[&str], suppress: &[&str], before: &str| {
        let details = json!({"accessTokenGeneration": {"scopesToAdd": add, "scopesToSuppress": suppress}});
        let after = access_after(&v2(json!({"claimsAndScopeOverrideDetails": details})), json!({"scope": before}));
        after["scope"].as_str().unwrap().to_owned()
    };
    assert_eq!(scope(&["aws.cognito.signin.user.admin", "aws.cognito.x", "cognito:x"], &[], "a"), "a");
    assert_eq!(scope(&["a", "b"], &[], "a"), "a b");
    assert_eq!(scope(&["b"], &["a", "b"], "a c"), "c");
    // One that held a space would be two, and one of them could be the service's own.
    for smuggled in ["x aws.cognito.signin.user.admin", "", "a\tb", "a\"b", "ä", "a\\b"] {
        assert_eq!(scope(&[smuggled], &[], "a"), "a", "{smuggled:?}");
    }
}

#[test]
fn changes_are_counted_together() {
    let names: Vec<String> = (0..2_500).map(|n| n.to_string()).collect();
    let changes = v2(json!({"claimsAndScopeOverrideDetails": {
        "idTokenGeneration": {"claimsToSuppress": names},
        "accessTokenGeneration": {"scopesToAdd": names},
    }}));
    assert_eq!(changes.count(), MOST_CHANGES);
}
