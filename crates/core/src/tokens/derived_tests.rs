//! What may be granted, and who acts.

use super::*;
use crate::users::fixtures;

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

fn client(scopes: &[&str]) -> AppClient {
    let mut client = fixtures::client();
    client.settings.allowed_oauth_scopes = Some(texts(scopes));
    client
}

fn presented(act: Option<Value>) -> Presented {
    Presented {
        kind: Kind::Access,
        client_id: "agent".to_owned(),
        user: None,
        sub: "agent".to_owned(),
        scope: String::new(),
        auth_time: 0,
        acr: String::new(),
        amr: Vec::new(),
        origin_jti: None,
        act,
        expires_at: 0,
        payload: Map::new(),
    }
}

#[test]
fn a_scope_must_be_asked_for_and_the_subjects_and_the_clients() {
    let client = client(&["a/read", "a/write", "b/read"]);
    let subject = "a/read b/read c/read a/read";
    let granted = |requested: &[&str]| granted(&texts(requested), subject, &client, Target::Audience("orders"));
    assert_eq!(granted(&[]), ["a/read", "b/read"]);
    assert_eq!(granted(&["b/read", "a/write", "c/read", "d/read"]), ["b/read"]);
    assert!(granted(&["a/write"]).is_empty());
    assert!(granted(&["A/read", "a/rea", "a/read b/read"]).is_empty());
}

#[test]
fn a_client_without_scopes_grants_none() {
    assert!(granted(&[], "a/read", &fixtures::client(), Target::Anywhere).is_empty());
}

#[test]
fn a_token_for_another_service_never_opens_the_users_own_operations() {
    let client = client(&[ADMIN_SCOPE, "a/read"]);
    let subject = format!("{ADMIN_SCOPE} a/read");
    let granted = |target| granted(&[], &subject, &client, target);
    assert_eq!(granted(Target::Anywhere), [ADMIN_SCOPE, "a/read"]);
    assert_eq!(granted(Target::Audience("orders")), ["a/read"]);
    assert_eq!(granted(Target::Resource("orders")), ["a/read"]);
}

#[test]
fn actors_stand_behind_each_other() {
    let first = act(&presented(None), None, "https://issuer").unwrap();
    assert_eq!(first, json!({"sub": "agent", "iss": "https://issuer"}));
    let second =
        act(&Presented { sub: "second".to_owned(), ..presented(None) }, Some(&first), "https://issuer").unwrap();
    assert_eq!(second, json!({"sub": "second", "iss": "https://issuer", "act": first}));
    assert!(act(&presented(Some(json!({"sub": "x"}))), None, "https://issuer").is_err());
}
