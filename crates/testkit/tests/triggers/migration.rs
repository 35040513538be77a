//! `UserMigration`: users from elsewhere, at sign-in and when they forgot the password.

use serde_json::{Value, json};
use stepwell_core::ports::delivery::Message;
use stepwell_testkit::{PASSWORD, TestPool};

use super::{masking, pool};

const TRIGGER: &[&str] = &["UserMigration"];
const WRONG: (&str, &str) = ("NotAuthorizedException", "Incorrect username or password.");

fn ann() -> Value {
    json!({
        "userAttributes": {"email": "ann@example.com", "email_verified": "true", "given_name": "Ann"},
        "finalUserStatus": "CONFIRMED", "messageAction": "SUPPRESS",
    })
}

async fn status(pool: &TestPool, name: &str) -> Value {
    pool.admin("AdminGetUser", json!({"Username": name})).await.body["UserStatus"].clone()
}

#[tokio::test]
async fn a_first_sign_in_brings_the_user() {
    let (pool, lambda) = pool(TRIGGER, json!({}), json!({})).await;
    lambda.responds("UserMigration", ann());
    // The function vouches for the password: no policy is asked.
    let parameters = json!({"USERNAME": "ann", "PASSWORD": "weak"});
    let input = json!({
        "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters, "ClientMetadata": {"from": "app"},
    });
    assert_eq!(pool.app("InitiateAuth", input).await.status, 200);
    let calls = lambda.take();
    assert_eq!(calls.len(), 1);
    assert_eq!(
        calls[0].event,
        json!({
            "version": "1", "region": "us-east-1", "userPoolId": pool.id, "userName": "ann",
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": pool.client},
            "triggerSource": "UserMigration_Authentication",
            "request": {"password": "weak", "validationData": {"from": "app"}},
            "response": {
                "userAttributes": null, "finalUserStatus": null, "messageAction": null, "desiredDeliveryMediums": null,
                "forceAliasCreation": null, "enableSMSMFA": null,
            },
        })
    );
    assert_eq!(status(&pool, "ann").await, "CONFIRMED");
    // From now on the user is the pool's own.
    assert_eq!(pool.sign_in("ann", "weak").await.status, 200);
    assert_eq!(pool.sign_in("ann", "other").await.refusal(), WRONG);
    assert!(lambda.take().is_empty());
}

#[tokio::test]
async fn a_user_who_must_choose_a_new_password() {
    let (pool, lambda) = pool(TRIGGER, json!({}), json!({})).await;
    let mut response = ann();
    response["finalUserStatus"] = json!("RESET_REQUIRED");
    lambda.responds("UserMigration", response);
    assert_eq!(pool.sign_in("ann", "weak").await.error(), Some("PasswordResetRequiredException"));
    assert_eq!(status(&pool, "ann").await, "RESET_REQUIRED");
}

#[tokio::test]
async fn a_forgotten_password_brings_the_user_too() {
    let (pool, lambda) = pool(TRIGGER, json!({}), json!({})).await;
    lambda.responds("UserMigration", ann());
    let asked = pool.app("ForgotPassword", json!({"Username": "ann", "ClientMetadata": {"from": "app"}})).await;
    assert_eq!(asked.ok()["CodeDeliveryDetails"]["Destination"], "a***@e***");
    let calls = lambda.take();
    assert_eq!((calls.len(), calls[0].source()), (1, "UserMigration_ForgotPassword"));
    assert_eq!(calls[0].event["request"], json!({"validationData": null, "clientMetadata": {"from": "app"}}));
    assert_eq!(status(&pool, "ann").await, "RESET_REQUIRED");
    let code = pool.code("ann").await;
    let confirm = json!({"Username": "ann", "ConfirmationCode": code, "Password": PASSWORD});
    pool.app("ConfirmForgotPassword", confirm).await.ok();
    assert_eq!(pool.sign_in("ann", PASSWORD).await.status, 200);
    assert!(lambda.take().is_empty());
}

#[tokio::test]
async fn unknown_to_the_function() {
    let (pool, lambda) = pool(TRIGGER, json!({}), json!({})).await;
    lambda.throws("UserMigration", "Bad password");
    let expected = ("UserLambdaValidationException", "UserMigration failed with error Bad password.");
    assert_eq!(pool.sign_in("ann", "guess").await.refusal(), expected);
    assert_eq!(pool.app("ForgotPassword", json!({"Username": "ann"})).await.refusal(), expected);
    assert_eq!(status(&pool, "ann").await, Value::Null);
    // Confirming looks for nobody elsewhere.
    lambda.take();
    let confirm = json!({"Username": "ann", "ConfirmationCode": "123456", "Password": PASSWORD});
    assert_eq!(pool.app("ConfirmForgotPassword", confirm).await.error(), Some("UserNotFoundException"));
    assert!(lambda.take().is_empty());
}

#[tokio::test]
async fn a_function_that_answers_nothing_of_use_knows_nobody() {
    let (pool, lambda) = pool(TRIGGER, json!({}), json!({})).await;
    let failure = format!("Exception migrating user in app client {}", pool.client);
    let expected = ("UserNotFoundException", failure.as_str());
    for response in [json!({}), json!({"userAttributes": null}), json!({"userAttributes": {}, "finalUserStatus": "?"})]
    {
        lambda.responds("UserMigration", response.clone());
        assert_eq!(pool.sign_in("ann", "guess").await.refusal(), expected, "{response}");
        assert_eq!(pool.app("ForgotPassword", json!({"Username": "ann"})).await.refusal(), expected, "{response}");
    }
    assert_eq!(status(&pool, "ann").await, Value::Null);
}

#[tokio::test]
async fn guesses_at_users_elsewhere_lock_out_as_others_do() {
    for client in [json!({}), masking()] {
        let (pool, lambda) = pool(TRIGGER, json!({}), client.clone()).await;
        lambda.throws("UserMigration", "Bad password");
        for _ in 0..5 {
            pool.sign_in("ann", "guess").await;
        }
        assert_eq!(lambda.take().len(), 5, "{client}");
        lambda.responds("UserMigration", ann());
        let locked = ("NotAuthorizedException", "Password attempts exceeded");
        assert_eq!(pool.sign_in("ann", "right").await.refusal(), locked, "{client}");
        assert!(lambda.take().is_empty(), "{client}");
        pool.advance(stepwell_core::HOUR).await;
        assert_eq!(pool.sign_in("ann", "right").await.status, 200, "{client}");
    }
}

#[tokio::test]
async fn a_client_that_hides_users_hides_this() {
    let (pool, lambda) = pool(TRIGGER, json!({}), masking()).await;
    pool.user("known").await;
    lambda.throws("UserMigration", "Bad password");
    assert_eq!(pool.sign_in("ann", "guess").await.refusal(), WRONG);
    assert_eq!(pool.sign_in("known", "guess").await.refusal(), WRONG);
    pool.app("ForgotPassword", json!({"Username": "ann"})).await.ok();
    // A mistake of the function's says nothing, either.
    lambda.responds("UserMigration", json!({"userAttributes": {"sub": "x"}}));
    assert_eq!(pool.sign_in("ann", "guess").await.refusal(), WRONG);
    lambda.responds("UserMigration", json!({}));
    assert_eq!(pool.sign_in("bob", "guess").await.refusal(), WRONG);
}

#[tokio::test]
async fn users_whom_the_pool_cannot_take() {
    let (pool, lambda) = pool(TRIGGER, json!({"AliasAttributes": ["email"]}), json!({})).await;
    pool.user("other").await;
    let failure = format!("Exception migrating user in app client {}", pool.client);
    let with_email = |force: bool| {
        json!({
            "userAttributes": {"email": "other@example.com", "email_verified": "true"}, "messageAction": "SUPPRESS",
            "forceAliasCreation": force,
        })
    };
    for response in [
        json!({"userAttributes": {"sub": "x", "email": "a@example.com"}}),
        json!({"userAttributes": {"custom:unknown": "x"}}),
        json!({"userAttributes": {"email": "no address"}}),
        json!({"userAttributes": {"email": "a@example.com"}, "enableSMSMFA": true}),
        with_email(false),
    ] {
        lambda.responds("UserMigration", response.clone());
        let refused = pool.sign_in("ann", "weak").await;
        assert_eq!(refused.refusal(), ("UserNotFoundException", failure.as_str()), "{response}");
        assert_eq!(status(&pool, "ann").await, Value::Null);
        pool.advance(stepwell_core::HOUR).await;
    }
    lambda.responds("UserMigration", with_email(true));
    assert_eq!(pool.sign_in("ann", "weak").await.status, 200);
    let found = pool.admin("AdminGetUser", json!({"Username": "other@example.com"})).await;
    assert_eq!(found.ok()["Username"], "ann");
}

#[tokio::test]
async fn an_alias_is_signed_in_with_and_the_function_names_the_user() {
    let (pool, lambda) = pool(TRIGGER, json!({"AliasAttributes": ["email"]}), json!({})).await;
    let mut response = ann();
    response["userAttributes"]["username"] = json!("ann");
    lambda.responds("UserMigration", response);
    assert_eq!(pool.sign_in("ann@example.com", "weak").await.status, 200);
    assert_eq!(status(&pool, "ann").await, "CONFIRMED");
}

#[tokio::test]
async fn a_welcome_never_holds_the_persons_own_password() {
    let (pool, lambda) = pool(TRIGGER, json!({}), json!({})).await;
    let mut response = ann();
    response["messageAction"] = Value::Null;
    response["desiredDeliveryMediums"] = json!(["EMAIL"]);
    lambda.responds("UserMigration", response);
    assert_eq!(pool.sign_in("ann", "my-own-password").await.status, 200);
    pool.server.test.send_messages().await.unwrap();
    let messages = pool.server.test.messages.take();
    let [Message::Email(email)] = messages.as_slice() else { panic!("{messages:?}") };
    assert_eq!(email.to, "ann@example.com");
    assert!(email.html.contains("ann") && !email.html.contains("my-own-password"), "{}", email.html.as_str());
}
