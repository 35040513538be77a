//! Tests of the rules for writing attributes.

use serde_json::json;

use super::super::fixtures::{attributes, client, given, pool, require, user};
use super::*;

const UNAUTHORIZED: &str = "A client attempted to write unauthorized attribute";

fn refusal<T: std::fmt::Debug>(result: Result<T>) -> String {
    result.unwrap_err().message().to_owned()
}

#[test]
fn clients_write_what_they_may() {
    let (pool, mut client) = (pool(), client());
    let check = |client: &AppClient, name: &str| check_new(&pool, Writer::Client(client), given(&[(name, "true")]));
    assert!(check(&client, "nickname").is_ok());
    assert!(check(&client, "custom:team").is_ok());
    for name in ["sub", "email_verified", "phone_number_verified", "dev:custom:note"] {
        assert_eq!(refusal(check(&client, name)), UNAUTHORIZED, "{name}");
        assert_eq!(check(&client, name).unwrap_err().code(), ErrorCode::NotAuthorized, "{name}");
    }
    assert_eq!(
        refusal(check(&client, "team")),
        "Attributes did not conform to the schema: team: Attribute does not exist in the schema.\n"
    );
    client.settings.write_attributes = Some(vec!["nickname".to_owned()]);
    assert!(check(&client, "nickname").is_ok());
    for name in ["name", "custom:team", "team"] {
        assert_eq!(refusal(check(&client, name)), UNAUTHORIZED, "{name}");
    }
}

#[test]
fn administrators_write_everything_but_what_the_service_writes() {
    let pool = pool();
    let check = |name: &str, value: &str| check_new(&pool, Writer::Administrator, given(&[(name, value)]));
    assert!(check("dev:custom:note", "x").is_ok());
    assert!(check("custom:fixed", "x").is_ok());
    assert_eq!(refusal(check("sub", "x")), "Cannot modify the non-mutable attribute sub");
    let alone = check("email_verified", "true").unwrap();
    assert_eq!(refusal(check_verified(&alone)), "Email is required to verify/un-verify an email");
    let both = given(&[("email", "a@example.com"), ("email_verified", "True")]);
    assert_eq!(&*check_new(&pool, Writer::Administrator, both).unwrap()["email_verified"], "true");
}

#[test]
fn violations_are_listed_together_and_values_never_shown() {
    let pool = pool();
    let given = given(&[("custom:team", "longer than ten"), ("birthdate", "1.1.2000"), ("name", "a"), ("name", "b")]);
    assert_eq!(
        refusal(check_new(&pool, Writer::Administrator, given)),
        "Attributes did not conform to the schema: custom:team: String must be no longer than 10 characters\n\
         birthdate: String must be no shorter than 10 characters\nname: Attribute is given more than once.\n"
    );
}

#[test]
fn formats() {
    let pool = pool();
    let check = |name: &str, value: &str| check_new(&pool, Writer::Administrator, given(&[(name, value)]));
    assert_eq!(refusal(check("email", "jane")), "Invalid email address format.");
    assert_eq!(refusal(check("phone_number", "555")), "Invalid phone number format.");
    assert!(check("email", "").unwrap().is_empty(), "an empty value is none");
}

#[test]
fn required_attributes() {
    let mut pool = pool();
    require(&mut pool, "phone_number");
    require(&mut pool, "email");
    let given = given(&[("email", "a@example.com")]);
    let attributes = check_new(&pool, Writer::Client(&client()), given).unwrap();
    assert_eq!(missing_required(&pool, &attributes), ["phone_number"]);
    assert_eq!(
        refusal(check_required(&pool, &attributes)),
        "Attributes did not conform to the schema: phone_number: The attribute is required\n"
    );
}

#[test]
fn a_changed_address_is_in_force_and_unverified() {
    let mut pool = pool();
    pool.settings.auto_verified_attributes = vec![ContactAttribute::Email];
    let before = user(json!({"email": "a@example.com", "email_verified": "true", "name": "Jane"}));
    let changed =
        merge(&pool, Writer::Client(&client()), &before, given(&[("email", "b@example.com"), ("name", "")])).unwrap();
    assert_eq!(attributes(&changed.user), json!({"email": "b@example.com", "email_verified": "false"}));
    assert_eq!((changed.to_verify, changed.replaced), (vec![ContactAttribute::Email], vec![ContactAttribute::Email]));

    let same = merge(&pool, Writer::Client(&client()), &before, given(&[("email", "a@example.com")])).unwrap();
    assert_eq!(same.user, before);
    assert!(same.to_verify.is_empty() && same.replaced.is_empty());

    let phone = merge(&pool, Writer::Client(&client()), &before, given(&[("phone_number", "+15551234567")])).unwrap();
    assert!(phone.to_verify.is_empty(), "the pool does not verify phone numbers");
    assert!(!phone.user.is_verified(ContactAttribute::PhoneNumber));
}

#[test]
fn an_administrator_can_vouch_for_a_changed_address() {
    let mut pool = pool();
    pool.settings.auto_verified_attributes = vec![ContactAttribute::Email];
    pool.settings.verify_before_update = vec![ContactAttribute::Email];
    let before = user(json!({"email": "a@example.com", "email_verified": "true"}));
    let vouched = given(&[("email_verified", "true"), ("email", "b@example.com")]);
    let changed = merge(&pool, Writer::Administrator, &before, vouched).unwrap();
    assert_eq!(attributes(&changed.user), json!({"email": "b@example.com", "email_verified": "true"}));
    assert!(changed.to_verify.is_empty());
    assert_eq!(changed.replaced, [ContactAttribute::Email]);
    let unverified = merge(&pool, Writer::Administrator, &before, given(&[("email_verified", "false")])).unwrap();
    assert_eq!(attributes(&unverified.user), json!({"email": "a@example.com", "email_verified": "false"}));
}

#[test]
fn an_address_to_be_verified_first_waits() {
    let mut pool = pool();
    pool.settings.auto_verified_attributes = vec![ContactAttribute::Email];
    pool.settings.verify_before_update = vec![ContactAttribute::Email];
    let before = user(json!({"email": "a@example.com", "email_verified": "true"}));
    let waiting = merge(&pool, Writer::Client(&client()), &before, given(&[("email", "b@example.com")])).unwrap();
    assert_eq!(waiting.user.attributes, before.attributes);
    assert_eq!(json!(waiting.user.pending_attributes), json!({"email": "b@example.com"}));
    assert_eq!((waiting.to_verify, waiting.replaced), (vec![ContactAttribute::Email], vec![]));

    let mut proven_old = waiting.user.clone();
    mark_verified(&mut proven_old, ContactAttribute::Email);
    assert_eq!(proven_old, waiting.user, "proof of the old address says nothing of the waiting one");

    let mut proven = waiting.user.clone();
    accept_pending(&mut proven, ContactAttribute::Email);
    assert_eq!(attributes(&proven), json!({"email": "b@example.com", "email_verified": "true"}));
    assert!(proven.pending_attributes.is_empty());

    let back = merge(&pool, Writer::Client(&client()), &waiting.user, given(&[("email", "a@example.com")])).unwrap();
    assert_eq!(back.user, before, "giving the value in force again drops the waiting one");
}

#[test]
fn a_required_address_that_is_missing_does_not_wait() {
    let mut pool = pool();
    require(&mut pool, "email");
    pool.settings.auto_verified_attributes = vec![ContactAttribute::Email];
    pool.settings.verify_before_update = vec![ContactAttribute::Email];
    let changed =
        merge(&pool, Writer::Client(&client()), &user(json!({})), given(&[("email", "a@example.com")])).unwrap();
    assert_eq!(attributes(&changed.user), json!({"email": "a@example.com", "email_verified": "false"}));
}

#[test]
fn immutable_and_required_attributes_stay() {
    let mut pool = pool();
    require(&mut pool, "name");
    let before = user(json!({"name": "Jane", "custom:fixed": "x"}));
    for value in ["y", "x", ""] {
        let result = merge(&pool, Writer::Administrator, &before, given(&[("custom:fixed", value)]));
        assert_eq!(refusal(result), "user.custom:fixed: Attribute cannot be updated.\n", "{value:?}");
    }
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    for name in ["custom:fixed", "sub"] {
        let result = delete(&pool, Writer::Administrator, &before, &names(&[name]));
        assert_eq!(refusal(result), format!("user.{name}: Attribute cannot be updated.\n"));
    }
    let required = "user.name: Required attribute cannot be deleted.\n";
    assert_eq!(refusal(delete(&pool, Writer::Administrator, &before, &names(&["name"]))), required);
    assert_eq!(refusal(merge(&pool, Writer::Administrator, &before, given(&[("name", "")]))), required);
}

#[test]
fn what_the_service_writes_is_told_apart_from_what_a_client_may_not_write() {
    let (pool, mut client, jane) = (pool(), client(), user(json!({"email": "a@example.com"})));
    for list in [None, Some(vec!["email".to_owned()])] {
        client.settings.write_attributes = list;
        for name in ["sub", "email_verified", "phone_number_verified"] {
            let refused = merge(&pool, Writer::Client(&client), &jane, given(&[(name, "true")])).unwrap_err();
            assert_eq!(refused.code(), ErrorCode::InvalidParameter);
            assert_eq!(refused.message(), format!("Cannot modify the non-mutable attribute {name}"));
        }
    }
    let by_administrator = merge(&pool, Writer::Administrator, &jane, given(&[("sub", "x")]));
    assert_eq!(refusal(by_administrator), "Cannot modify the non-mutable attribute sub");
    assert!(merge(&pool, Writer::Administrator, &jane, given(&[("email_verified", "true")])).is_ok());
}

#[test]
fn changes_of_unknown_attributes_are_listed_together() {
    let pool = pool();
    let given = given(&[("custom:a", "x"), ("custom:fixed", "x"), ("b", "x")]);
    assert_eq!(
        refusal(merge(&pool, Writer::Administrator, &user(json!({})), given)),
        "user.custom:a: Attribute does not exist in the schema.\nuser.custom:fixed: Attribute cannot be updated.\n\
         user.b: Attribute does not exist in the schema.\n"
    );
}

#[test]
fn who_replaces_a_temporary_password_adds_what_is_missing() {
    let mut pool = pool();
    require(&mut pool, "email");
    require(&mut pool, "name");
    let jane = user(json!({"email": "a@example.com", "nickname": "J"}));
    let check = |name: &str| check_only_missing(&pool, &jane, &given(&[(name, "x")]));
    let refused = check("email").unwrap_err();
    assert_eq!(refused.code(), ErrorCode::NotAuthorized);
    assert_eq!(refused.message(), "Cannot modify an already provided email");
    assert!(check("name").is_ok(), "required and missing");
    assert!(check("nickname").is_ok(), "not required");
}

#[test]
fn deleting_an_address_deletes_what_belongs_to_it() {
    let pool = pool();
    let mut before = user(json!({"email": "a@example.com", "email_verified": "true", "name": "Jane"}));
    before.pending_attributes.insert("email".to_owned(), "b@example.com".into());
    let changed = delete(&pool, Writer::Client(&client()), &before, &["email".to_owned()]).unwrap();
    assert_eq!(attributes(&changed.user), json!({"name": "Jane"}));
    assert!(changed.user.pending_attributes.is_empty());
    assert_eq!(changed.replaced, [ContactAttribute::Email]);
    for name in ["email_verified", "dev:custom:note"] {
        assert_eq!(refusal(delete(&pool, Writer::Client(&client()), &before, &[name.to_owned()])), UNAUTHORIZED);
    }
    assert!(refusal(delete(&pool, Writer::Administrator, &before, &["x".to_owned()])).contains("does not exist"));
}

#[test]
fn the_last_sign_in_attribute_stays() {
    let mut pool = pool();
    pool.username_attributes = vec![ContactAttribute::Email, ContactAttribute::PhoneNumber];
    let both = user(json!({"email": "a@example.com", "phone_number": "+15551234567"}));
    let one = delete(&pool, Writer::Administrator, &both, &["email".to_owned()]).unwrap().user;
    assert!(delete(&pool, Writer::Administrator, &one, &["phone_number".to_owned()]).is_err());
    assert!(merge(&pool, Writer::Administrator, &one, given(&[("phone_number", "")])).is_err());
    let swapped = given(&[("phone_number", ""), ("email", "b@example.com")]);
    assert!(merge(&pool, Writer::Administrator, &one, swapped).is_ok());
}

#[test]
fn a_preferred_username_that_is_an_alias_comes_late_and_looks_like_nothing_else() {
    let mut pool = pool();
    pool.alias_attributes = vec![AliasAttribute::PreferredUsername, AliasAttribute::Email];
    let jane = || given(&[("preferred_username", "jane")]);
    assert!(check_new(&pool, Writer::Client(&client()), jane()).is_err());
    assert!(check_new(&pool, Writer::Administrator, jane()).is_ok());
    let confirmed = user(json!({}));
    let unconfirmed = User { status: UserStatus::Unconfirmed, ..confirmed.clone() };
    assert!(merge(&pool, Writer::Client(&client()), &confirmed, jane()).is_ok());
    assert!(merge(&pool, Writer::Administrator, &unconfirmed, jane()).is_err());
    for name in ["a@example.com", "11111111-1111-4111-8111-111111111111"] {
        let result = merge(&pool, Writer::Client(&client()), &confirmed, given(&[("preferred_username", name)]));
        assert!(result.is_err(), "{name}");
    }
}
