//! Tests of what new users may be called.

use super::super::fixtures::{client, given, pool, require};
use super::*;

fn check_name(pool: &UserPool, username: &str) -> Result<Profile> {
    check(pool, Writer::Administrator, username, Vec::new())
}

fn refusal<T: std::fmt::Debug>(result: Result<T>) -> String {
    result.unwrap_err().message().to_owned()
}

#[test]
fn without_aliases_any_username_will_do() {
    for name in ["jane", "a@example.com", "+15551234567"] {
        assert_eq!(check_name(&pool(), name).unwrap().username.as_deref(), Some(name));
    }
}

#[test]
fn a_username_does_not_look_like_an_alias() {
    let mut pool = pool();
    pool.alias_attributes = vec![AliasAttribute::Email, AliasAttribute::PhoneNumber];
    assert!(check_name(&pool, "jane").is_ok());
    assert_eq!(
        refusal(check_name(&pool, "a@example.com")),
        "Username cannot be of email format, since user pool is configured for email alias."
    );
    assert_eq!(
        refusal(check_name(&pool, "+15551234567")),
        "Username cannot be of phone number format, since user pool is configured for phone number alias."
    );
}

#[test]
fn an_address_that_is_the_username_becomes_an_attribute() {
    let mut pool = pool();
    pool.username_attributes = vec![ContactAttribute::Email, ContactAttribute::PhoneNumber];
    let profile = check_name(&pool, "a@example.com").unwrap();
    assert_eq!(profile.username, None);
    assert_eq!(&*profile.attributes["email"], "a@example.com");
    let vouched = given(&[("email_verified", "true")]);
    assert!(check(&pool, Writer::Administrator, "a@example.com", vouched.clone()).is_ok());
    assert!(check(&pool, Writer::Administrator, "+15551234567", vouched).is_err());
    assert_eq!(&*check_name(&pool, "+15551234567").unwrap().attributes["phone_number"], "+15551234567");
    assert_eq!(refusal(check_name(&pool, "jane")), "Username should be either an email or a phone number.");
    pool.username_attributes.pop();
    assert_eq!(refusal(check_name(&pool, "+15551234567")), "Username should be an email.");
    pool.username_attributes = vec![ContactAttribute::PhoneNumber];
    assert_eq!(refusal(check_name(&pool, "a@example.com")), "Username should be a phone number.");
}

#[test]
fn a_different_address_beside_the_username_is_refused() {
    let mut pool = pool();
    pool.username_attributes = vec![ContactAttribute::Email];
    let check_both = |email: &str| check(&pool, Writer::Administrator, "a@example.com", given(&[("email", email)]));
    assert!(check_both("a@example.com").is_ok());
    assert!(check_both("b@example.com").is_err());
}

#[test]
fn who_signs_up_gives_all_required_attributes_and_nothing_is_verified() {
    let mut pool = pool();
    pool.username_attributes = vec![ContactAttribute::Email];
    require(&mut pool, "email");
    let profile = check(&pool, Writer::Client(&client()), "a@example.com", Vec::new()).unwrap();
    assert_eq!(&*profile.attributes["email_verified"], "false");
    require(&mut pool, "name");
    assert_eq!(
        refusal(check(&pool, Writer::Client(&client()), "a@example.com", Vec::new())),
        "Attributes did not conform to the schema: name: The attribute is required\n"
    );
    assert!(check(&pool, Writer::Administrator, "a@example.com", Vec::new()).is_ok());
}
