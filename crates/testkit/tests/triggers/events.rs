//! The exact JSON of each event that a sign-in sends. The others stand in the tests of what they belong to.

use serde_json::{Value, json};
use stepwell_core::SecretString;
use stepwell_core::auth::Realm;
use stepwell_core::triggers::define_auth_challenge::Defined;
use stepwell_core::triggers::{
    ChallengeResult, Metadata, NO_METADATA, Person, Scene, create_auth_challenge, define_auth_challenge,
    post_authentication, pre_authentication, verify_auth_challenge_response,
};
use stepwell_core::users::{User, find};
use stepwell_core::{Caller, Context, Principal};
use stepwell_testkit::{RecordingLambda, TestPool};

use super::{masking, pool};

const SIGN_IN: &[&str] = &[
    "PreAuthentication",
    "PostAuthentication",
    "DefineAuthChallenge",
    "CreateAuthChallenge",
    "VerifyAuthChallengeResponse",
];
const ROUNDS: [ChallengeResult<'static>; 2] = [
    ChallengeResult { challenge_name: "SRP_A", challenge_result: true, challenge_metadata: None },
    ChallengeResult { challenge_name: "CUSTOM_CHALLENGE", challenge_result: false, challenge_metadata: Some("m") },
];

fn metadata() -> Metadata {
    Metadata::from([("k".to_owned(), "v".to_owned())])
}

async fn ann(pool: &TestPool) -> (Realm, User) {
    pool.user("ann").await;
    let domain = &pool.server.test.domain;
    let caller = Caller {
        address: None,
        user_agent: None,
        referer: None,
        request_id: "r".to_owned(),
        principal: Principal::Anonymous,
    };
    let realm = Realm::of_client(&Context { domain, caller: &caller }, &pool.client).await.unwrap();
    let user = find::by_login(domain, &realm.entry, "ann").await.unwrap().unwrap();
    (realm, user)
}

/// The one event since the last look.
fn event(lambda: &RecordingLambda) -> Value {
    let calls = lambda.take();
    assert_eq!(calls.len(), 1, "{calls:?}");
    calls[0].event.clone()
}

/// An event of version 1 about ann.
fn expected(pool: &TestPool, source: &str, name: &str, request: Value, response: Value) -> Value {
    json!({
        "version": "1", "region": "us-east-1", "userPoolId": pool.id, "userName": name, "triggerSource": source,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": pool.client},
        "request": request, "response": response,
    })
}

fn attributes(user: &User) -> Value {
    json!({
        "sub": user.sub, "cognito:user_status": "CONFIRMED", "email": "ann@example.com", "email_verified": "true",
    })
}

#[tokio::test]
async fn around_a_sign_in() {
    let (pool, lambda) = pool(SIGN_IN, json!({}), json!({})).await;
    let (realm, user) = ann(&pool).await;
    let scene = Scene::in_realm(&pool.server.test.domain, &realm);

    pre_authentication::ask(&scene, Person::User(&user), &metadata()).await.unwrap();
    let request = json!({"userAttributes": attributes(&user), "validationData": {"k": "v"}});
    assert_eq!(event(&lambda), expected(&pool, "PreAuthentication_Authentication", "ann", request, json!({})));

    pre_authentication::ask(&scene, Person::User(&user), &NO_METADATA).await.unwrap();
    assert_eq!(event(&lambda)["request"]["validationData"], Value::Null);

    post_authentication::tell(&scene, &user, true, &metadata()).await.unwrap();
    let request = json!({"userAttributes": attributes(&user), "newDeviceUsed": true, "clientMetadata": {"k": "v"}});
    assert_eq!(event(&lambda), expected(&pool, "PostAuthentication_Authentication", "ann", request, json!({})));
}

#[tokio::test]
async fn of_custom_authentication() {
    let (pool, lambda) = pool(SIGN_IN, json!({}), json!({})).await;
    let (realm, user) = ann(&pool).await;
    let scene = Scene::in_realm(&pool.server.test.domain, &realm);
    let person = Person::User(&user);
    let session = json!([
        {"challengeName": "SRP_A", "challengeResult": true, "challengeMetadata": null},
        {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": false, "challengeMetadata": "m"},
    ]);

    lambda.responds("DefineAuthChallenge", json!({"challengeName": "CUSTOM_CHALLENGE", "issueTokens": false}));
    let defined = define_auth_challenge::ask(&scene, person, &ROUNDS, &metadata()).await.unwrap();
    assert_eq!(defined, Defined::Challenge("CUSTOM_CHALLENGE".to_owned()));
    let request = json!({"userAttributes": attributes(&user), "session": session, "clientMetadata": {"k": "v"}});
    let response = json!({"challengeName": null, "issueTokens": null, "failAuthentication": null});
    assert_eq!(event(&lambda), expected(&pool, "DefineAuthChallenge_Authentication", "ann", request, response));

    lambda.responds(
        "CreateAuthChallenge",
        json!({
            "publicChallengeParameters": {"question": "?"}, "privateChallengeParameters": {"answer": "42"},
            "challengeMetadata": "Q",
        }),
    );
    let created = create_auth_challenge::ask(&scene, person, "CUSTOM_CHALLENGE", &ROUNDS, &metadata()).await.unwrap();
    assert_eq!((created.public_parameters["question"].as_str(), created.metadata.as_deref()), ("?", Some("Q")));
    assert_eq!(&*created.private_parameters["answer"], "42");
    let request = json!({
        "userAttributes": attributes(&user), "challengeName": "CUSTOM_CHALLENGE", "session": session,
        "clientMetadata": {"k": "v"},
    });
    let response = json!({
        "publicChallengeParameters": null, "privateChallengeParameters": null, "challengeMetadata": null,
    });
    assert_eq!(event(&lambda), expected(&pool, "CreateAuthChallenge_Authentication", "ann", request, response));

    let private = created.private_parameters;
    let verify = async |answer: &str| {
        verify_auth_challenge_response::ask(&scene, person, &private, answer, &metadata()).await.unwrap()
    };
    // What is not called right is wrong.
    assert!(!verify("42").await);
    let request = json!({
        "userAttributes": attributes(&user), "privateChallengeParameters": {"answer": "42"},
        "challengeAnswer": "42", "clientMetadata": {"k": "v"},
    });
    let response = json!({"answerCorrect": null});
    assert_eq!(event(&lambda), expected(&pool, "VerifyAuthChallengeResponse_Authentication", "ann", request, response));
    lambda.responds("VerifyAuthChallengeResponse", json!({"answerCorrect": true}));
    assert!(verify("42").await);
}

#[tokio::test]
async fn decisions_of_the_define_trigger() {
    let (pool, lambda) = pool(SIGN_IN, json!({}), json!({})).await;
    let (realm, user) = ann(&pool).await;
    let scene = Scene::in_realm(&pool.server.test.domain, &realm);
    let ask = async |response: Value| {
        lambda.responds("DefineAuthChallenge", response);
        define_auth_challenge::ask(&scene, Person::User(&user), &[], &NO_METADATA).await
    };
    assert_eq!(ask(json!({"issueTokens": true})).await.unwrap(), Defined::IssueTokens);
    // Failing goes before everything.
    let both = json!({"issueTokens": true, "failAuthentication": true, "challengeName": "CUSTOM_CHALLENGE"});
    assert_eq!(ask(both).await.unwrap(), Defined::Fail);
    for undecided in [json!({}), json!(null), json!({"issueTokens": false}), json!({"challengeName": ""}), json!("x")] {
        let error = ask(undecided.clone()).await.unwrap_err();
        assert_eq!(error.message(), "Unrecognizable lambda output", "{undecided}");
    }
}

#[tokio::test]
async fn names_that_are_nobodys_are_told_where_the_client_hides_them() {
    let (pool, lambda) = pool(SIGN_IN, json!({}), masking()).await;
    let (realm, user) = ann(&pool).await;
    let scene = Scene::in_realm(&pool.server.test.domain, &realm);
    let nobody = Person::Nobody { name: "bob" };

    pre_authentication::ask(&scene, nobody, &NO_METADATA).await.unwrap();
    let told = event(&lambda);
    assert_eq!((&told["userName"], &told["request"]["userNotFound"]), (&json!("bob"), &json!(true)));
    assert_eq!(told["request"]["userAttributes"], json!({}));
    pre_authentication::ask(&scene, Person::User(&user), &NO_METADATA).await.unwrap();
    assert_eq!(event(&lambda)["request"]["userNotFound"], false);

    // Whatever the functions say, nobody does not sign in.
    lambda.responds("VerifyAuthChallengeResponse", json!({"answerCorrect": true}));
    let private = [("answer".to_owned(), SecretString::from("x"))].into();
    let right = verify_auth_challenge_response::ask(&scene, nobody, &private, "x", &NO_METADATA).await.unwrap();
    assert!(!right);
    assert_eq!(event(&lambda)["request"]["userNotFound"], true);
}
