//! `AssumeRole`.

use stepwell_core::MINUTE;

use super::*;

const DENIED: &str = "AccessDenied";
const INVALID: &str = "ValidationError";

/// A server with the user `ann`, who may assume anything and list pools.
async fn with_ann() -> (TestServer, Credentials) {
    let server = serving().await;
    let ann = server.test.iam_user("ann", &allow("sts:*", "*")).await;
    (server, ann)
}

async fn list_pools(server: &TestServer, credentials: &Credentials) -> Option<String> {
    let answer = server.signed(credentials, Service::Idp, "ListUserPools", &json!({ "MaxResults": 1 })).await;
    answer.error().map(str::to_owned)
}

#[tokio::test]
async fn a_role_gives_its_permissions_and_no_others() {
    let (server, ann) = with_ann().await;
    let policy = allow("cognito-idp:ListUserPools", "*");
    role(&server.test, "reader", &trust(&account(), &["sts:AssumeRole"], &Value::Null), &policy, 3_600).await;
    assert_eq!(list_pools(&server, &ann).await.as_deref(), Some("AccessDeniedException"));
    let answer = assume(&server, &ann, "reader", &json!({})).await;
    let session = given(&answer);
    assert!(session.access_key_id.starts_with("ASIA") && session.access_key_id.len() == 20);
    assert_eq!(session.secret.len(), 40);
    assert_eq!(answer.element("Expiration"), Some("2027-01-15T09:00:00Z"));
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/reader/s1");
    assert_eq!(answer.element("Arn"), Some(arn.as_str()));
    assert_eq!(answer.element("AssumedRoleId"), Some(format!("AROA{:0>16}:s1", "READER").as_str()));
    assert_eq!(answer.element("PackedPolicySize"), None);
    assert_eq!(
        answer.element("SessionTokenSize").unwrap().parse::<usize>().unwrap(),
        session.session_token.as_ref().unwrap().len()
    );
    assert_eq!(who(&server, &session).await, arn);
    assert_eq!(list_pools(&server, &session).await, None);
    let answer = server.signed(&session, Service::Idp, "CreateUserPool", &json!({ "PoolName": "x" })).await;
    assert_eq!(
        answer.refusal().1,
        format!(
            "User: {arn} is not authorized to perform: cognito-idp:CreateUserPool on resource: * because no identity-based \
             policy allows the cognito-idp:CreateUserPool action"
        )
    );
    // To the second.
    server.test.advance(60 * MINUTE - 1).await.unwrap();
    assert_eq!(list_pools(&server, &session).await, None);
    server.test.advance(1).await.unwrap();
    assert_eq!(list_pools(&server, &session).await.as_deref(), Some("ExpiredTokenException"));
    let answer = sts(&server, &session, "GetCallerIdentity", &json!({})).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.query_refusal(), ("ExpiredToken", "The security token included in the request is expired"));
}

#[tokio::test]
async fn whom_the_role_does_not_trust_it_does_not_take() {
    let (server, ann) = with_ann().await;
    let bob = server.test.iam_user("bob", &Value::Null).await;
    let denied = |who: &str, role: &str| {
        format!(
            "User: arn:aws:iam::{ACCOUNT}:user/{who} is not authorized to perform: sts:AssumeRole on resource: {}",
            role_arn(role)
        )
    };
    let only = |name: &str| json!({ "AWS": format!("arn:aws:iam::{ACCOUNT}:user/{name}") });
    role(&server.test, "bobs", &trust(&only("bob"), &["sts:AssumeRole"], &Value::Null), &Value::Null, 3_600).await;
    let answer = assume(&server, &ann, "bobs", &json!({})).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.query_refusal().0, DENIED);
    assert_eq!(answer.query_refusal().1, denied("ann", "bobs"));
    // The role that is not there is refused in the same words.
    let missing = assume(&server, &ann, "nobodys", &json!({})).await;
    assert_eq!(missing.query_refusal().1.replace("nobodys", "bobs"), answer.query_refusal().1);
    given(&assume(&server, &bob, "bobs", &json!({})).await);
    // A trust in the account leaves it to the caller's own policies.
    role(&server.test, "ours", &trust(&account(), &["sts:AssumeRole"], &Value::Null), &Value::Null, 3_600).await;
    given(&assume(&server, &ann, "ours", &json!({})).await);
    let answer = assume(&server, &bob, "ours", &json!({})).await;
    assert_eq!(answer.query_refusal().1, denied("bob", "ours"));
}

#[tokio::test]
async fn an_external_id_is_asked_for() {
    let (server, ann) = with_ann().await;
    let condition = json!({ "StringEquals": { "sts:ExternalId": "secret-1" } });
    role(&server.test, "guarded", &trust(&account(), &["sts:AssumeRole"], &condition), &Value::Null, 3_600).await;
    for wrong in [json!({}), json!({ "ExternalId": "secret-2" })] {
        assert_eq!(assume(&server, &ann, "guarded", &wrong).await.query_refusal().0, DENIED);
    }
    given(&assume(&server, &ann, "guarded", &json!({ "ExternalId": "secret-1" })).await);
}

#[tokio::test]
async fn durations_have_their_limits() {
    let (server, ann) = with_ann().await;
    role(
        &server.test,
        "long",
        &trust(&account(), &["sts:AssumeRole"], &Value::Null),
        &allow("sts:AssumeRole", "*"),
        7_200,
    )
    .await;
    let asked = async |credentials: &Credentials, seconds: &str| {
        assume(&server, credentials, "long", &json!({ "DurationSeconds": seconds })).await
    };
    let answer = asked(&ann, "7200").await;
    assert_eq!(answer.element("Expiration"), Some("2027-01-15T10:00:00Z"));
    let answer = asked(&ann, "7201").await;
    let words = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    assert_eq!(answer.query_refusal(), (INVALID, words));
    for outside in ["899", "43201"] {
        assert!(asked(&ann, outside).await.query_refusal().1.contains("'durationSeconds'"), "{outside}");
    }
    // In a chain an hour is all there is.
    let first = given(&asked(&ann, "7200").await);
    let answer = asked(&first, "3601").await;
    let words = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
    assert_eq!(answer.query_refusal(), (INVALID, words));
    assert_eq!(asked(&first, "3600").await.element("Expiration"), Some("2027-01-15T09:00:00Z"));
}

#[tokio::test]
async fn tags_go_with_the_session_and_the_transitive_ones_further() {
    let (server, ann) = with_ann().await;
    let both = ["sts:AssumeRole", "sts:TagSession"];
    let red = json!({ "StringEquals": { "aws:RequestTag/team": "red" } });
    role(&server.test, "first", &trust(&account(), &both, &red), &allow("sts:*", "*"), 3_600).await;
    let tags = |team: &str| {
        json!({
            "Tags.member.1.Key": "team", "Tags.member.1.Value": team,
            "Tags.member.2.Key": "mood", "Tags.member.2.Value": "good",
            "TransitiveTagKeys.member.1": "team",
        })
    };
    assert_eq!(assume(&server, &ann, "first", &tags("blue")).await.query_refusal().0, DENIED);
    let answer = assume(&server, &ann, "first", &tags("red")).await;
    assert_eq!(answer.element("PackedPolicySize"), Some("1"));
    let first = given(&answer);
    // Without sts:TagSession no tags, neither given nor inherited.
    role(&server.test, "plain", &trust(&account(), &["sts:AssumeRole"], &Value::Null), &Value::Null, 3_600).await;
    let answer = assume(&server, &ann, "plain", &tags("red")).await;
    assert!(answer.query_refusal().1.contains("to perform: sts:TagSession"), "{}", answer.text);
    let answer = assume(&server, &first, "plain", &json!({})).await;
    assert!(answer.query_refusal().1.contains("to perform: sts:TagSession"), "{}", answer.text);
    given(&assume(&server, &ann, "plain", &json!({})).await);
    // The team went along, the mood did not; and neither can be said otherwise.
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [
            { "Effect": "Allow", "Action": "cognito-idp:ListUserPools", "Resource": "*",
              "Condition": { "StringEquals": { "aws:PrincipalTag/team": "red" } } },
            { "Effect": "Deny", "Action": "*", "Resource": "*",
              "Condition": { "StringEquals": { "aws:PrincipalTag/mood": "good" } } },
        ],
    });
    role(&server.test, "second", &trust(&account(), &both, &Value::Null), &policy, 3_600).await;
    let second = given(&assume(&server, &first, "second", &json!({})).await);
    assert_eq!(list_pools(&server, &second).await, None);
    let override_team = json!({ "Tags.member.1.Key": "TEAM", "Tags.member.1.Value": "blue" });
    let answer = assume(&server, &first, "second", &override_team).await;
    assert!(answer.query_refusal().1.contains("conflicts with a transitive tag key"), "{}", answer.text);
    let direct = given(&assume(&server, &ann, "second", &json!({})).await);
    assert_eq!(list_pools(&server, &direct).await.as_deref(), Some("AccessDeniedException"));
}

#[tokio::test]
async fn a_source_identity_is_set_once() {
    let (server, ann) = with_ann().await;
    let both = ["sts:AssumeRole", "sts:SetSourceIdentity"];
    role(&server.test, "a", &trust(&account(), &both, &Value::Null), &allow("sts:*", "*"), 3_600).await;
    role(&server.test, "b", &trust(&account(), &both, &Value::Null), &Value::Null, 3_600).await;
    role(&server.test, "c", &trust(&account(), &["sts:AssumeRole"], &Value::Null), &Value::Null, 3_600).await;
    let answer = assume(&server, &ann, "a", &json!({ "SourceIdentity": "ann" })).await;
    assert_eq!(answer.element("SourceIdentity"), Some("ann"));
    let first = given(&answer);
    assert_eq!(assume(&server, &first, "b", &json!({})).await.element("SourceIdentity"), Some("ann"));
    assert_eq!(assume(&server, &first, "b", &json!({ "SourceIdentity": "bob" })).await.query_refusal().0, DENIED);
    let answer = assume(&server, &first, "c", &json!({})).await;
    assert!(answer.query_refusal().1.contains("to perform: sts:SetSourceIdentity"), "{}", answer.text);
}

#[tokio::test]
async fn session_policies_only_take_away() {
    let (server, ann) = with_ann().await;
    let policy = allow("cognito-idp:List*", "*");
    role(&server.test, "reader", &trust(&account(), &["sts:AssumeRole"], &Value::Null), &policy, 3_600).await;
    let with = async |policy: &Value| assume(&server, &ann, "reader", &json!({ "Policy": policy.to_string() })).await;
    let answer = with(&allow("cognito-idp:ListUserPools", "*")).await;
    let size: u32 = answer.element("PackedPolicySize").unwrap().parse().unwrap();
    assert!((1..=10).contains(&size), "{size}");
    assert_eq!(list_pools(&server, &given(&answer)).await, None);
    // What the session policy allows beyond the role is still the role's to refuse.
    let wide = given(&with(&allow("*", "*")).await);
    let answer = server.signed(&wide, Service::Idp, "CreateUserPool", &json!({ "PoolName": "x" })).await;
    assert_eq!(answer.error(), Some("AccessDeniedException"));
    let narrow = given(&with(&allow("cognito-idp:ListUsers", "*")).await);
    let answer = server.signed(&narrow, Service::Idp, "ListUserPools", &json!({ "MaxResults": 1 })).await;
    assert!(answer.refusal().1.contains("no session policy allows"), "{}", answer.text);
    // Managed ones, by ARN.
    let managed = |name: &str| json!({ "PolicyArns.member.1.arn": format!("arn:aws:iam::aws:policy/{name}") });
    let session = given(&assume(&server, &ann, "reader", &managed("AmazonCognitoReadOnly")).await);
    assert_eq!(list_pools(&server, &session).await, None);
    let answer = assume(&server, &ann, "reader", &managed("NoSuchPolicy")).await;
    assert_eq!(answer.query_refusal().0, INVALID);

    let answer = with(&json!({ "Version": "2012-10-17" })).await;
    assert_eq!((answer.status.as_u16(), answer.query_refusal().0), (400, "MalformedPolicyDocument"));
    let answer = with(&allow("s3:GetObject", &"x".repeat(2_048))).await;
    assert_eq!(answer.query_refusal().0, "PackedPolicyTooLarge");
    assert!(answer.query_refusal().1.starts_with("Packed size of session policy and tags consumes 10"));
}

#[tokio::test]
async fn a_role_made_anew_does_not_take_over_old_sessions() {
    let (server, ann) = with_ann().await;
    let policy = allow("cognito-idp:ListUserPools", "*");
    let trusting = trust(&account(), &["sts:AssumeRole"], &Value::Null);
    role(&server.test, "reader", &trusting, &policy, 3_600).await;
    let session = given(&assume(&server, &ann, "reader", &json!({})).await);
    assert_eq!(list_pools(&server, &session).await, None);
    let mut record = server.test.stored_role("reader").await;
    server.test.delete_iam(&Entity::Role(Box::new(record.clone()))).await;
    assert_eq!(list_pools(&server, &session).await.as_deref(), Some("AccessDeniedException"));
    record.role_id = format!("AROA{:0>16}", "OTHER");
    record.version = 0;
    server.test.put_iam(Entity::Role(Box::new(record))).await;
    assert_eq!(list_pools(&server, &session).await.as_deref(), Some("AccessDeniedException"));
    // Nor may they assume what the new role may.
    assert_eq!(assume(&server, &session, "reader", &json!({})).await.query_refusal().0, DENIED);
}

#[tokio::test]
async fn what_is_not_there_is_refused_and_not_ignored() {
    let (server, ann) = with_ann().await;
    role(&server.test, "reader", &trust(&account(), &["sts:AssumeRole"], &Value::Null), &Value::Null, 3_600).await;
    for asked in [
        json!({ "SerialNumber": "arn:aws:iam::000000000000:mfa/ann", "TokenCode": "123456" }),
        json!({ "TokenCode": "123456" }),
        json!({ "ProvidedContexts.member.1.ContextAssertion": "abcd", "ProvidedContexts.member.1.ProviderArn": "arn:aws:iam::aws:contextProvider/IdentityCenter" }),
    ] {
        let answer = assume(&server, &ann, "reader", &asked).await;
        assert!(answer.query_refusal().1.contains("not supported by this build"), "{}", answer.text);
    }
    for arn in ["arn:aws:iam::000000000000:user/ann", "arn:aws:iam::0:role/reader", "aaaaaaaaaaaaaaaaaaaaaaa"] {
        let input = json!({ "RoleArn": arn, "RoleSessionName": "s1" });
        let answer = sts(&server, &ann, "AssumeRole", &input).await;
        assert_eq!(answer.query_refusal(), (INVALID, "Request ARN is invalid"), "{arn}");
    }
    for arn in ["arn:aws:iam::111111111111:role/reader", "arn:aws:iam::000000000000:role/x/reader"] {
        let input = json!({ "RoleArn": arn, "RoleSessionName": "s1" });
        assert_eq!(sts(&server, &ann, "AssumeRole", &input).await.query_refusal().0, DENIED, "{arn}");
    }
    let saml = json!({
        "RoleArn": role_arn("reader"), "PrincipalArn": "arn:aws:iam::000000000000:saml-provider/corp",
        "SAMLAssertion": "abcd",
    });
    let answer = sts(&server, &ann, "AssumeRoleWithSAML", &saml).await;
    assert_eq!((answer.status.as_u16(), answer.query_refusal().0), (403, "IDPRejectedClaim"));
}

#[tokio::test]
async fn a_session_token_is_as_long_as_asked_and_no_longer_than_proxies_let_through() {
    let (server, ann) = with_ann().await;
    role(
        &server.test,
        "reader",
        &trust(&account(), &["sts:AssumeRole", "sts:TagSession"], &Value::Null),
        &Value::Null,
        3_600,
    )
    .await;
    let answer = assume(&server, &ann, "reader", &json!({ "MinimumSessionTokenSize": "4096" })).await;
    let session = given(&answer);
    let length = session.session_token.as_ref().unwrap().len();
    assert!((4_096..4_300).contains(&length), "{length}");
    assert_eq!(who(&server, &session).await, format!("arn:aws:sts::{ACCOUNT}:assumed-role/reader/s1"));
    let mut tags = serde_json::Map::new();
    for n in 1..=50 {
        tags.insert(format!("Tags.member.{n}.Key"), json!(format!("key{n}")));
        tags.insert(format!("Tags.member.{n}.Value"), json!("v".repeat(256)));
    }
    let answer = assume(&server, &ann, "reader", &Value::Object(tags)).await;
    assert_eq!(answer.query_refusal().0, "PackedPolicyTooLarge");
}
