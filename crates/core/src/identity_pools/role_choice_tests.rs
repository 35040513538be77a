//! Role choice, case by case.

use std::collections::BTreeMap;

use serde_json::json;

use super::super::identity::Login;
use super::*;
use crate::settings::Settings;

const DEFAULT: &str = "arn:aws:iam::000000000000:role/default";
const PROVIDER: &str = "cognito-idp.us-east-1.amazonaws.com/us-east-1_abc";

fn entry(mapping: Option<RoleMapping>, authenticated_role: Option<&str>) -> IdentityPoolEntry {
    let pool = IdentityPool {
        id: "us-east-1:1".to_owned(),
        name: "p".to_owned(),
        created_at: 0,
        allow_guests: false,
        allow_classic_flow: false,
        social_providers: BTreeMap::new(),
        developer_provider: None,
        oidc_provider_arns: Vec::new(),
        user_pools: Vec::new(),
        saml_provider_arns: Vec::new(),
        tags: BTreeMap::new(),
        authenticated_role: authenticated_role.map(str::to_owned),
        guest_role: Some("guest".to_owned()),
        // Under its other name.
        role_mappings: mapping
            .map(|mapping| ("id.example.test/us-east-1_abc:client".to_owned(), mapping))
            .into_iter()
            .collect(),
        principal_tags: BTreeMap::new(),
        version: 0,
    };
    IdentityPoolEntry::new(&Settings::for_tests(), pool)
}

fn login(claims: Value) -> VerifiedLogin {
    let Value::Object(claims) = claims else { panic!("no object") };
    VerifiedLogin {
        login: Login { provider: PROVIDER.to_owned(), subject: "s".to_owned() },
        role_key: format!("{PROVIDER}:client"),
        amr: String::new(),
        claims: super::super::login::Claims::Read(claims),
    }
}

fn token(ambiguous: AmbiguousRole) -> RoleMapping {
    RoleMapping { kind: RoleMappingKind::Token, ambiguous }
}

fn chosen(mapping: Option<RoleMapping>, claims: Value, custom: Option<&str>) -> std::result::Result<String, String> {
    choose(&entry(mapping, Some(DEFAULT)), &[login(claims)], custom).map_err(|error| error.message().to_owned())
}

const DENIED: &str = "The ambiguous role mapping rules for: cognito-idp.us-east-1.amazonaws.com/us-east-1_abc:client denied \
                      this request.";

#[test]
fn without_a_mapping_the_default_role() {
    let two = json!({"cognito:roles": ["a", "b"], "cognito:preferred_role": "a"});
    assert_eq!(chosen(None, two.clone(), None).as_deref(), Ok(DEFAULT));
    assert_eq!(chosen(None, two, Some("a")).unwrap_err(), "Access to Role 'a' is forbidden.");
    let error = choose(&entry(None, None), &[login(json!({}))], None).unwrap_err();
    assert_eq!(error.code(), stepwell_model::ErrorCode::InvalidIdentityPoolConfiguration);
}

#[test]
fn by_the_token() {
    use AmbiguousRole::{AuthenticatedRole, Deny};
    for (claims, ambiguous, expected) in [
        (json!({"cognito:roles": ["a", "b"], "cognito:preferred_role": "b"}), Deny, Ok("b")),
        (json!({"cognito:roles": ["a"]}), Deny, Ok("a")),
        (json!({"cognito:roles": ["a", "b"]}), Deny, Err(DENIED)),
        (json!({"cognito:roles": ["a", "b"]}), AuthenticatedRole, Ok(DEFAULT)),
        (json!({}), Deny, Err(DENIED)),
        (json!({"cognito:roles": []}), AuthenticatedRole, Ok(DEFAULT)),
        (json!({"cognito:roles": "a"}), Deny, Err(DENIED)),
    ] {
        let got = chosen(Some(token(ambiguous)), claims.clone(), None);
        assert_eq!(got.as_deref().map_err(String::as_str), expected, "{claims}");
    }
}

#[test]
fn a_custom_role_is_one_of_the_tokens() {
    let claims = json!({"cognito:roles": ["a", "b"], "cognito:preferred_role": "b"});
    assert_eq!(chosen(Some(token(AmbiguousRole::Deny)), claims.clone(), Some("a")).as_deref(), Ok("a"));
    for other in ["c", DEFAULT, "", "A"] {
        let refused = chosen(Some(token(AmbiguousRole::AuthenticatedRole)), claims.clone(), Some(other)).unwrap_err();
        assert_eq!(refused, format!("Access to Role '{other}' is forbidden."));
    }
    assert!(chosen(Some(token(AmbiguousRole::AuthenticatedRole)), json!({}), Some(DEFAULT)).is_err());
}

fn rule(claim: &str, match_type: MatchType, value: &str, role: &str) -> RoleRule {
    RoleRule { claim: claim.to_owned(), match_type, value: value.to_owned(), role_arn: role.to_owned() }
}

#[test]
fn by_rules_the_first_that_matches() {
    use MatchType::{Contains, Equals, NotEqual, StartsWith};
    let rules = |ambiguous| {
        Some(RoleMapping {
            kind: RoleMappingKind::Rules(vec![
                rule("isAdmin", Equals, "true", "admin"),
                rule("email", Contains, "@corp.", "staff"),
                rule("custom:plan", StartsWith, "pro", "pro"),
                rule("custom:plan", NotEqual, "free", "paid"),
            ]),
            ambiguous,
        })
    };
    for (claims, expected) in [
        (json!({"isAdmin": "true", "email": "a@corp.example"}), Ok("admin")),
        (json!({"isAdmin": true}), Ok("admin")),
        (json!({"isAdmin": "True"}), Err(DENIED)),
        (json!({"isAdmin": "false", "email": "a@corp.example"}), Ok("staff")),
        (json!({"custom:plan": "pro-2"}), Ok("pro")),
        (json!({"custom:plan": "team"}), Ok("paid")),
        (json!({"custom:plan": "free"}), Err(DENIED)),
        (json!({"custom:plan": null}), Err(DENIED)),
        (json!({}), Err(DENIED)),
    ] {
        let got = chosen(rules(AmbiguousRole::Deny), claims.clone(), None);
        assert_eq!(got.as_deref().map_err(String::as_str), expected, "{claims}");
    }
    assert_eq!(chosen(rules(AmbiguousRole::AuthenticatedRole), json!({}), None).as_deref(), Ok(DEFAULT));
    // The caller overrides the order of the rules that match, and nothing else.
    let both = json!({"isAdmin": "true", "custom:plan": "pro-2"});
    for (custom, allowed) in [
        ("admin", true),
        ("pro", true),
        ("paid", true),
        ("staff", false),
        (DEFAULT, false),
        ("", false),
        ("PRO", false),
    ] {
        let got = chosen(rules(AmbiguousRole::AuthenticatedRole), both.clone(), Some(custom));
        let expected =
            if allowed { Ok(custom.to_owned()) } else { Err(format!("Access to Role '{custom}' is forbidden.")) };
        assert_eq!(got, expected);
    }
    assert!(chosen(rules(AmbiguousRole::AuthenticatedRole), json!({}), Some(DEFAULT)).is_err());
}

#[test]
fn lists_match_by_their_items() {
    use MatchType::{Contains, Equals, NotEqual, StartsWith};
    let with = |match_type, value: &str| {
        Some(RoleMapping {
            kind: RoleMappingKind::Rules(vec![rule("cognito:groups", match_type, value, "r")]),
            ambiguous: AmbiguousRole::Deny,
        })
    };
    let claims = json!({"cognito:groups": ["ops", "admins"]});
    for (match_type, value, expected) in [
        (Equals, "ops", true),
        (Contains, "admins", true),
        (Contains, "admin", false),
        (Contains, "ops\",\"admins", false),
        (StartsWith, "adm", true),
        (NotEqual, "ops", false),
        (NotEqual, "others", true),
    ] {
        assert_eq!(chosen(with(match_type, value), claims.clone(), None).is_ok(), expected, "{match_type:?} {value}");
    }
}
