//! Session tokens that are not what they were.

use stepwell_core::iam::TemporarySession;
use stepwell_core::sts::credentials::{self, OpenTokenError};
use stepwell_testkit::SignedCall;

use super::*;

async fn session() -> (TestServer, Credentials) {
    let server = serving().await;
    let identity = server.test.iam_role("r", &allow("*", "*")).await;
    let session = server.test.session(&identity, TemporarySession::default());
    (server, session)
}

fn token(credentials: &Credentials) -> &str {
    credentials.session_token.as_deref().unwrap()
}

#[tokio::test]
async fn every_changed_character_and_every_truncation_is_refused() {
    let (server, session) = session().await;
    let open = |text: &str| credentials::open(&server.test.domain, &session.access_key_id, text).map(drop);
    let token = token(&session);
    assert_eq!(open(token), Ok(()));
    for index in 0..token.len() {
        let other = if token.as_bytes()[index] == b'A' { 'B' } else { 'A' };
        let changed = format!("{}{other}{}", &token[..index], &token[index + 1..]);
        assert_eq!(open(&changed), Err(OpenTokenError::Invalid), "character {index}");
        assert_eq!(open(&token[..index]), Err(OpenTokenError::Invalid), "length {index}");
    }
    assert_eq!(open(&format!("{token}A")), Err(OpenTokenError::Invalid));
    assert_eq!(open(&format!("{token}=")), Err(OpenTokenError::Invalid));
    assert_eq!(open(&"x".repeat(1 << 20)), Err(OpenTokenError::Invalid));
}

#[tokio::test]
async fn a_token_belongs_to_its_access_key() {
    let (server, first) = session().await;
    let identity = server.test.iam_role("s", &Value::Null).await;
    let second = server.test.session(&identity, TemporarySession::default());
    let refused = async |credentials: Credentials| {
        let answer = sts(&server, &credentials, "GetCallerIdentity", &json!({})).await;
        answer.query_refusal().0.to_owned()
    };
    let swapped = Credentials { session_token: second.session_token.clone(), ..first.clone() };
    assert_eq!(refused(swapped).await, "InvalidClientTokenId");
    let keyed = Credentials { access_key_id: second.access_key_id.clone(), ..first.clone() };
    assert_eq!(refused(keyed).await, "InvalidClientTokenId");
    let without = Credentials { session_token: None, ..first.clone() };
    assert_eq!(refused(without).await, "InvalidClientTokenId");
    let wrong_secret = Credentials { secret: second.secret.clone(), ..first.clone() };
    assert_eq!(refused(wrong_secret).await, "SignatureDoesNotMatch");
    // A long-term key with a token, be it another's or nobody's.
    let ann = server.test.iam_user("ann", &Value::Null).await;
    for token in [first.session_token.clone(), Some("FwoGZXIvYXdzEXAMPLE".to_owned())] {
        let dressed = Credentials { session_token: token, ..ann.clone() };
        assert_eq!(refused(dressed).await, "InvalidClientTokenId");
    }
    // In JSON the same has another name.
    let swapped = Credentials { session_token: second.session_token, ..first };
    let answer = server.signed(&swapped, Service::Idp, "ListUserPools", &json!({ "MaxResults": 1 })).await;
    assert_eq!(
        answer.refusal(),
        ("UnrecognizedClientException", "The security token included in the request is invalid.")
    );
}

#[tokio::test]
async fn the_token_must_be_signed_and_stand_once() {
    let (server, session) = session().await;
    let now = 1_800_000_000_000;
    let call = || SignedCall::new(&session, Service::Sts, "GetCallerIdentity", &json!({}), now);
    assert_eq!(server.send_signed(&call()).await.status, 200);
    // Taken out of the signature.
    let mut unsigned = call();
    let authorization = unsigned.header("authorization");
    assert!(authorization.contains("x-amz-security-token"), "{authorization}");
    *authorization = authorization.replace(";x-amz-security-token", "");
    assert_eq!(server.send_signed(&unsigned).await.query_refusal().0, "SignatureDoesNotMatch");
    // Signed without, sent with.
    let bare = Credentials { session_token: None, ..session.clone() };
    let mut added = SignedCall::new(&bare, Service::Sts, "GetCallerIdentity", &json!({}), now);
    added.headers.push(("x-amz-security-token".to_owned(), token(&session).to_owned()));
    assert_eq!(server.send_signed(&added).await.query_refusal().0, "SignatureDoesNotMatch");
    let mut twice = call();
    twice.headers.push(("x-amz-security-token".to_owned(), token(&session).to_owned()));
    let answer = server.send_signed(&twice).await;
    assert_ne!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn another_deployments_token_is_nobodys() {
    let (server, _) = session().await;
    let other = DomainBuilder::default().seed(99).settings(|settings| settings.dev = false).build().await.unwrap();
    let identity = other.iam_role("r", &allow("*", "*")).await;
    let foreign = other.session(&identity, TemporarySession::default());
    let answer = sts(&server, &foreign, "GetCallerIdentity", &json!({})).await;
    assert_eq!(answer.query_refusal().0, "InvalidClientTokenId");
}

#[tokio::test]
async fn any_node_opens_a_token_without_a_look_up() {
    let (server, session) = session().await;
    let beside = DomainBuilder::default().settings(|settings| settings.dev = false).beside(&server.test).await.unwrap();
    let other = TestServer::with(beside, Mode::Serve);
    assert_eq!(who(&other, &session).await, format!("arn:aws:sts::{ACCOUNT}:assumed-role/r/s1"));
}
