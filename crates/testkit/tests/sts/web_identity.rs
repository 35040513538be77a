//! `AssumeRoleWithWebIdentity` with tokens of our own user pools and identity pools.

use std::collections::{BTreeMap, BTreeSet};

use http::Request;
use stepwell_core::HOUR;
use stepwell_core::iam::OidcProvider;
use stepwell_testkit::TestPool;

use super::*;

const FORM: &str = "application/x-www-form-urlencoded";
const NOT_AUTHORIZED: (&str, &str) = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity");

/// Calls STS without a signature.
pub(crate) async fn unsigned(server: &TestServer, operation: &str, input: &Value) -> Answer {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("Action", operation).append_pair("Version", "2011-06-15");
    for (name, value) in input.as_object().unwrap() {
        form.append_pair(name, value.as_str().unwrap());
    }
    let request = Request::post("/").header("host", "127.0.0.1:9229").header("content-type", FORM);
    server.send(request, form.finish()).await
}

pub(crate) async fn with_token(server: &TestServer, role: &str, token: &str, more: &Value) -> Answer {
    let mut input = json!({ "RoleArn": role_arn(role), "RoleSessionName": "app1", "WebIdentityToken": token });
    input.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    unsigned(server, "AssumeRoleWithWebIdentity", &input).await
}

/// Registers an OpenID provider, given without its scheme.
pub(crate) async fn register(test: &TestDomain, url: &str, clients: &[&str]) {
    let provider = OidcProvider {
        url: url.to_owned(),
        client_ids: clients.iter().map(|&client| client.to_owned()).collect::<BTreeSet<_>>(),
        thumbprints: Vec::new(),
        tags: BTreeMap::new(),
        created_at: 0,
        version: 0,
    };
    test.put_iam(Entity::OidcProvider(Box::new(provider))).await;
}

pub(crate) fn federated(url: &str) -> Value {
    json!({ "Federated": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{url}") })
}

const ACTION: &str = "sts:AssumeRoleWithWebIdentity";

/// A user pool whose ID tokens the role `app` trusts.
async fn pool() -> (TestPool, String) {
    let pool = TestPool::new(json!({}), json!({})).await;
    pool.user("ann").await;
    let url = format!("127.0.0.1:9229/{}", pool.id);
    let condition = json!({ "StringEquals": { format!("{url}:aud"): pool.client } });
    let policy = allow("cognito-idp:ListUserPools", "*");
    role(&pool.server.test, "app", &trust(&federated(&url), &[ACTION], &condition), &policy, 3_600).await;
    (pool, url)
}

#[tokio::test]
async fn an_id_token_of_a_registered_user_pool_is_taken() {
    let (pool, url) = pool().await;
    let server = &pool.server;
    let tokens = pool.tokens("ann").await;
    let answer = with_token(server, "app", &tokens.id, &json!({})).await;
    let words = format!("No OpenIDConnect provider found in your account for http://{url}");
    assert_eq!(answer.query_refusal(), ("InvalidIdentityToken", words.as_str()));

    register(&server.test, &url, &[pool.client.as_str()]).await;
    let answer = with_token(server, "app", &tokens.id, &json!({})).await;
    let session = given(&answer);
    assert_eq!(answer.element("Audience"), Some(pool.client.as_str()));
    assert_eq!(answer.element("Provider"), Some(format!("http://{url}").as_str()));
    assert_eq!(answer.element("SubjectFromWebIdentityToken").unwrap().len(), 36);
    assert_eq!(who(server, &session).await, format!("arn:aws:sts::{ACCOUNT}:assumed-role/app/app1"));
    let pools = server.signed(&session, Service::Idp, "ListUserPools", &json!({ "MaxResults": 1 })).await;
    assert_eq!(pools.status, 200, "{}", pools.text);
    let pools = server.signed(&session, Service::Idp, "CreateUserPool", &json!({ "PoolName": "x" })).await;
    assert_eq!(pools.error(), Some("AccessDeniedException"));
}

#[tokio::test]
async fn what_is_refused_of_a_user_pool() {
    let (pool, url) = pool().await;
    let server = &pool.server;
    register(&server.test, &url, &[pool.client.as_str()]).await;
    let tokens = pool.tokens("ann").await;
    let refused = async |token: &str| {
        let answer = with_token(server, "app", token, &json!({})).await;
        let (code, words) = answer.query_refusal();
        (code.to_owned(), words.to_owned())
    };
    let invalid = "InvalidIdentityToken";
    assert_eq!(refused("arbitrary").await.0, invalid);
    assert_eq!(refused(&tokens.access).await, (invalid.to_owned(), "Missing a required claim: aud".to_owned()));
    assert_eq!(refused(&format!("{}x", tokens.id)).await.0, invalid);
    let (head, _) = tokens.id.rsplit_once('.').unwrap();
    assert_eq!(refused(&format!("{head}.")).await.0, invalid);
    // Of a client that IAM does not list.
    let other = pool.another_client(json!({})).await;
    let parameters = json!({ "USERNAME": "ann", "PASSWORD": stepwell_testkit::PASSWORD });
    let input = json!({ "ClientId": other, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
    let theirs = stepwell_testkit::Tokens::of(&server.app("InitiateAuth", &input).await);
    assert_eq!(refused(&theirs.id).await, (invalid.to_owned(), "Incorrect token audience".to_owned()));
    server.test.advance(HOUR).await.unwrap();
    let (code, words) = refused(&tokens.id).await;
    assert_eq!(code, "ExpiredTokenException");
    let words_of_aws = "Token expired: current date/time 1800003600 must be before the expiration date/time1800003600";
    assert_eq!(words, words_of_aws);
}

#[tokio::test]
async fn roles_that_do_not_trust_and_roles_that_are_not_there_look_alike() {
    let (pool, url) = pool().await;
    let server = &pool.server;
    register(&server.test, &url, &[pool.client.as_str()]).await;
    let token = pool.tokens("ann").await.id;
    let other = json!({ "StringEquals": { format!("{url}:aud"): "another-client" } });
    role(&server.test, "other", &trust(&federated(&url), &[ACTION], &other), &Value::Null, 3_600).await;
    role(&server.test, "users", &trust(&account(), &["sts:AssumeRole"], &Value::Null), &Value::Null, 3_600).await;
    let policy = json!({ "PolicyArns.member.1.arn": format!("arn:aws:iam::{ACCOUNT}:policy/nobodys") });
    for name in ["other", "users", "nobodys"] {
        // What else is wrong with the request would tell of the role, or of policies.
        for more in [json!({}), json!({ "DurationSeconds": "7200" }), policy.clone(), json!({ "Policy": "{}" })] {
            let answer = with_token(server, name, &token, &more).await;
            assert_eq!((answer.status.as_u16(), answer.query_refusal()), (403, NOT_AUTHORIZED), "{name} {more}");
        }
    }
    assert_eq!(with_token(server, "app", &token, &policy).await.query_refusal().0, "ValidationError");
    let too_long = json!({ "DurationSeconds": "7200" });
    let answer = with_token(server, "app", &token, &too_long).await;
    assert!(answer.query_refusal().1.contains("MaxSessionDuration"), "{}", answer.text);
    for (provider, code) in [("www.amazon.com", "InvalidIdentityToken"), ("op.example", "ValidationError")] {
        let answer = with_token(server, "app", &token, &json!({ "ProviderId": provider })).await;
        assert_eq!(answer.query_refusal().0, code, "{provider}");
    }
    let policy = json!({ "Policy": "{}" });
    assert_eq!(with_token(server, "app", &token, &policy).await.query_refusal().0, "MalformedPolicyDocument");
}

/// Calls identity pools as an administrator.
async fn identity(server: &TestServer, operation: &str, input: Value) -> Value {
    let target = format!("AWSCognitoIdentityService.{operation}");
    server.raw(&target, input.to_string().into_bytes()).await.ok().clone()
}

/// An identity pool with the basic flow, and an OpenID token of one of its guests.
async fn guest(server: &TestServer) -> (String, String, String) {
    let call = async |operation: &str, input: Value| identity(server, operation, input).await;
    let settings = json!({ "IdentityPoolName": "p", "AllowUnauthenticatedIdentities": true, "AllowClassicFlow": true });
    let pool = call("CreateIdentityPool", settings).await["IdentityPoolId"].as_str().unwrap().to_owned();
    let id = call("GetId", json!({ "IdentityPoolId": pool })).await["IdentityId"].as_str().unwrap().to_owned();
    let token = call("GetOpenIdToken", json!({ "IdentityId": id })).await["Token"].as_str().unwrap().to_owned();
    (pool, id, token)
}

#[tokio::test]
async fn the_basic_flow_needs_no_provider_in_iam() {
    let server = TestServer::start().await.unwrap();
    let (pool, id, token) = guest(&server).await;
    let name = "cognito-identity.amazonaws.com";
    let condition = |aud: &str, amr: &str| {
        json!({
            "StringEquals": { format!("{name}:aud"): aud },
            "ForAnyValue:StringLike": { format!("{name}:amr"): amr },
        })
    };
    let trusting = |aud: &str, amr: &str| trust(&json!({ "Federated": name }), &[ACTION], &condition(aud, amr));
    let own = json!({
        "Version": "2012-10-17",
        "Statement": [
            { "Effect": "Allow", "Action": "cognito-idp:ListUserPools", "Resource": "*",
              "Condition": { "StringEquals": { "cognito-identity.amazonaws.com:sub": id } } },
            { "Effect": "Allow", "Action": "cognito-identity:*", "Resource": "*" },
        ],
    });
    role(&server.test, "guests", &trusting(&pool, "unauthenticated"), &own, 3_600).await;
    role(&server.test, "people", &trusting(&pool, "authenticated"), &own, 3_600).await;
    role(&server.test, "others", &trusting("us-east-1:other", "unauthenticated"), &own, 3_600).await;
    let answer = with_token(&server, "guests", &token, &json!({})).await;
    let session = given(&answer);
    assert_eq!(answer.element("Provider"), Some("http://127.0.0.1:9229/identity"));
    assert_eq!(answer.element("Audience"), Some(pool.as_str()));
    assert_eq!(answer.element("SubjectFromWebIdentityToken"), Some(id.as_str()));
    for name in ["people", "others"] {
        assert_eq!(with_token(&server, name, &token, &json!({})).await.query_refusal(), NOT_AUTHORIZED, "{name}");
    }
    // The identity is known where the credentials are used; and they never call identity pools.
    let pools = server.signed(&session, Service::Idp, "ListUserPools", &json!({ "MaxResults": 1 })).await;
    assert_eq!(pools.status, 200, "{}", pools.text);
    let list = json!({ "MaxResults": 1 });
    let pools = server.signed(&session, Service::Identity, "ListIdentityPools", &list).await;
    assert_eq!(pools.error(), Some("AccessDeniedException"));
    // A changed token, and one that is over.
    let answer = with_token(&server, "guests", &format!("{token}x"), &json!({})).await;
    assert_eq!(answer.query_refusal().0, "InvalidIdentityToken");
    server.test.advance(HOUR).await.unwrap();
    assert_eq!(with_token(&server, "guests", &token, &json!({})).await.query_refusal().0, "ExpiredTokenException");
}

#[tokio::test]
async fn a_token_counts_while_its_identity_login_and_flow_do() {
    let server = TestServer::start().await.unwrap();
    let settings = |classic: bool, guests: bool| {
        json!({
            "IdentityPoolName": "p", "AllowUnauthenticatedIdentities": guests, "AllowClassicFlow": classic,
            "DeveloperProviderName": "dev",
        })
    };
    let made = identity(&server, "CreateIdentityPool", settings(true, true)).await;
    let pool = made["IdentityPoolId"].as_str().unwrap();
    let update = async |mut settings: Value| {
        settings["IdentityPoolId"] = pool.into();
        identity(&server, "UpdateIdentityPool", settings).await;
    };
    let name = "cognito-identity.amazonaws.com";
    let condition = json!({ "StringEquals": { format!("{name}:aud"): pool } });
    let trusting = trust(&json!({ "Federated": name }), &[ACTION], &condition);
    role(&server.test, "app", &trusting, &Value::Null, 3_600).await;
    let vouch = async |user: &str, mut input: Value| {
        input["IdentityPoolId"] = pool.into();
        input["Logins"] = json!({ "dev": user });
        let given = identity(&server, "GetOpenIdTokenForDeveloperIdentity", input).await;
        let text = |name: &str| given[name].as_str().unwrap().to_owned();
        (text("IdentityId"), text("Token"))
    };
    let refused = async |token: &str| {
        let answer = with_token(&server, "app", token, &json!({})).await;
        let (code, words) = answer.query_refusal();
        assert!(matches!(code, "" | "InvalidIdentityToken"), "{}", answer.text);
        words.to_owned()
    };
    let (id, ann) = vouch("ann", json!({})).await;
    let (_, bob) = vouch("bob", json!({ "IdentityId": id })).await;
    let guest = identity(&server, "GetId", json!({ "IdentityPoolId": pool })).await;
    let token = identity(&server, "GetOpenIdToken", json!({ "IdentityId": guest["IdentityId"] })).await;
    let guest = token["Token"].as_str().unwrap();
    for token in [ann.as_str(), &bob, guest] {
        assert_eq!(refused(token).await, "");
    }
    // The basic flow is off, also for whom a backend vouches; and guests are.
    update(settings(false, true)).await;
    for token in [ann.as_str(), guest] {
        assert_eq!(refused(token).await, "Basic (classic) flow is not enabled, please use enhanced flow.");
    }
    update(settings(true, false)).await;
    assert_eq!(refused(guest).await, "Unauthenticated access is not supported for this identity pool.");
    // One of two is unlinked; then the identity is gone.
    let unlink = json!({
        "IdentityPoolId": pool, "IdentityId": id, "DeveloperProviderName": "dev", "DeveloperUserIdentifier": "bob",
    });
    identity(&server, "UnlinkDeveloperIdentity", unlink).await;
    assert_eq!(refused(&bob).await, format!("Access to Identity '{id}' is forbidden."));
    assert_eq!(refused(&ann).await, "");
    identity(&server, "DeleteIdentities", json!({ "IdentityIdsToDelete": [id] })).await;
    assert_eq!(refused(&ann).await, format!("Identity '{id}' not found."));
}
