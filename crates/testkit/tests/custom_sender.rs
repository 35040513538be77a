//! Custom senders from the operation that causes a message to the function that carries it, with a KMS and a function's
//! host of the test's own. That Amazon's client opens what they get is shown by `tests/python/test_custom_sender.py`.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a failed call fails the test")]

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use parking_lot::Mutex;
use serde_json::{Value, json};
use stepwell_api::Mode;
use stepwell_core::HOUR;
use stepwell_core::ports::delivery::Message;
use stepwell_core::ports::kms::{DataKey, Kms, KmsError};
use stepwell_core::ports::lambda::{Lambda, LambdaAnswer, LambdaError};
use stepwell_core::ports::outside::Outside;
use stepwell_testkit::{DomainBuilder, PASSWORD, TestPool, TestServer};
use zeroize::Zeroizing;

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001";
const MAIL: &str = "arn:aws:lambda:us-east-1:111122223333:function:mail";
const SMS: &str = "arn:aws:lambda:us-east-1:111122223333:function:sms";

/// A KMS and a function's host that remember what they were asked, and can be away.
#[derive(Default)]
struct Cloud {
    keys: Mutex<Vec<(String, BTreeMap<String, String>)>>,
    events: Mutex<Vec<(String, Value)>>,
    kms_is_away: Mutex<bool>,
    functions_fail: Mutex<bool>,
}

#[async_trait]
impl Kms for Cloud {
    async fn generate_data_key(&self, key: &str, context: &BTreeMap<String, String>) -> Result<DataKey, KmsError> {
        if *self.kms_is_away.lock() {
            return Err(KmsError::Temporary("away".to_owned()));
        }
        self.keys.lock().push((key.to_owned(), context.clone()));
        Ok(DataKey {
            key_arn: key.to_owned(),
            plaintext: Zeroizing::new([9; 32]),
            ciphertext_blob: b"wrapped".to_vec(),
        })
    }
}

#[async_trait]
impl Lambda for Cloud {
    async fn invoke(&self, function_arn: &str, payload: &[u8]) -> Result<LambdaAnswer, LambdaError> {
        let event = serde_json::from_slice(payload).unwrap();
        self.events.lock().push((function_arn.to_owned(), event));
        let answer = Zeroizing::new(b"null".to_vec());
        Ok(if *self.functions_fail.lock() { LambdaAnswer::Failed(answer) } else { LambdaAnswer::Returned(answer) })
    }
}

impl Cloud {
    fn take(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut *self.events.lock())
    }
}

struct Setup {
    cloud: Arc<Cloud>,
    pool: TestPool,
}

impl Setup {
    /// A deployment without any transport of its own, and a pool with both senders.
    async fn new(pool: Value, client: Value) -> Self {
        let cloud = Arc::<Cloud>::default();
        let outside = Outside { lambda: Arc::clone(&cloud) as _, kms: Arc::clone(&cloud) as _, ..Outside::default() };
        let server = Self::server(outside).await;
        Self { cloud, pool: Self::pool(server, pool, client).await }
    }

    async fn server(outside: Outside) -> TestServer {
        let domain = DomainBuilder::default().outside(outside).settings(|settings| {
            settings.dev = false;
            (settings.email_available, settings.sms_available) = (false, false);
        });
        TestServer::with(domain.build().await.unwrap(), Mode::Dev { allow_remote: false })
    }

    async fn pool(server: TestServer, more: Value, client: Value) -> TestPool {
        let mut pool = json!({
            "AutoVerifiedAttributes": ["email"],
            "LambdaConfig": {
                "CustomEmailSender": {"LambdaArn": MAIL, "LambdaVersion": "V1_0"},
                "CustomSMSSender": {"LambdaArn": SMS, "LambdaVersion": "V1_0"},
                "KMSKeyID": KEY,
            },
        });
        pool.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        TestPool::at(server, pool, client).await
    }

    async fn send(&self) {
        self.pool.server.test.send_messages().await.unwrap();
    }

    /// The secrets of what was handed over, oldest first: the mailbox of `dev` sees them.
    async fn secrets(&self) -> Vec<String> {
        self.send().await;
        let messages = self.pool.server.test.messages.take();
        let secret = |message: Message| match message {
            Message::Custom(custom) => custom.secret.unwrap().as_str().to_owned(),
            other => panic!("not through a custom sender: {other:?}"),
        };
        messages.into_iter().map(secret).collect()
    }

    async fn one(&self) -> (String, Value, String) {
        let mut secrets = self.secrets().await;
        let mut events = self.cloud.take();
        assert_eq!((secrets.len(), events.len()), (1, 1));
        let (function, event) = events.remove(0);
        (function, event, secrets.remove(0))
    }
}

#[tokio::test]
async fn a_sign_up_by_mail() {
    let setup = Setup::new(json!({}), json!({})).await;
    let input = json!({
        "Username": "jane", "Password": PASSWORD, "ClientMetadata": {"theme": "dark"},
        "UserAttributes": [{"Name": "email", "Value": "jane@example.com"}],
    });
    let answer = setup.pool.app("SignUp", input).await.ok().clone();
    assert_eq!(answer["CodeDeliveryDetails"]["DeliveryMedium"], "EMAIL");
    let (function, event, code) = setup.one().await;
    assert_eq!(function, MAIL);
    let sealed = event["request"]["code"].as_str().unwrap().to_owned();
    assert_eq!(STANDARD.decode(&sealed).unwrap()[..4], [0x01, 0x80, 0x03, 0x78]);
    assert!(!sealed.contains(&code) && !sealed.contains(&STANDARD.encode(&code)));
    assert_eq!(
        event,
        json!({
            "version": "1",
            "triggerSource": "CustomEmailSender_SignUp",
            "region": "us-east-1",
            "userPoolId": setup.pool.id,
            "userName": "jane",
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": setup.pool.client},
            "request": {
                "type": "customEmailSenderRequestV1",
                "code": sealed,
                "clientMetadata": {"theme": "dark"},
                "userAttributes": {
                    "sub": answer["UserSub"],
                    "email": "jane@example.com",
                    "email_verified": "false",
                    "cognito:user_status": "UNCONFIRMED",
                },
            },
        })
    );
    let keys = setup.cloud.keys.lock().clone();
    assert_eq!(keys.len(), 1);
    assert_eq!((keys[0].0.as_str(), &keys[0].1["userpool-id"]), (KEY, &setup.pool.id));
    setup.pool.app("ConfirmSignUp", json!({"Username": "jane", "ConfirmationCode": code})).await.ok();
}

#[tokio::test]
async fn who_asked_for_what() {
    let setup = Setup::new(json!({}), json!({})).await;
    let pool = &setup.pool;
    let source = |event: &Value| event["triggerSource"].as_str().unwrap().to_owned();

    let invited = json!({
        "Username": "ann", "TemporaryPassword": "Temp<&\"1aA", "DesiredDeliveryMediums": ["SMS"],
        "ClientMetadata": {"a": "b"},
        "UserAttributes": [{"Name": "phone_number", "Value": "+15555550123"}],
    });
    pool.admin("AdminCreateUser", invited).await.ok();
    let (function, event, secret) = setup.one().await;
    assert_eq!((function.as_str(), source(&event).as_str()), (SMS, "CustomSMSSender_AdminCreateUser"));
    assert_eq!(event["request"]["type"], "customSMSSenderRequestV1");
    assert_eq!(event["callerContext"]["clientId"], "CLIENT_ID_NOT_APPLICABLE");
    assert_eq!(event["request"]["clientMetadata"], Value::Null);
    assert_eq!(event["request"]["userAttributes"]["cognito:user_status"], "FORCE_CHANGE_PASSWORD");
    assert_eq!(secret, "Temp&lt;&amp;&quot;1aA");

    pool.user("bob").await;
    pool.app("ForgotPassword", json!({"Username": "bob", "ClientMetadata": {"a": "b"}})).await.ok();
    let (_, event, _) = setup.one().await;
    assert_eq!(source(&event), "CustomEmailSender_ForgotPassword");
    assert_eq!(event["request"]["clientMetadata"], json!({"a": "b"}));
    assert_eq!(event["request"]["userAttributes"]["email_verified"], "true");

    let access = pool.tokens("bob").await.access;
    let given = json!({"AttributeName": "email", "ClientMetadata": {"a": "b"}});
    pool.own("GetUserAttributeVerificationCode", &access, given).await.ok();
    let (_, event, _) = setup.one().await;
    assert_eq!(source(&event), "CustomEmailSender_VerifyUserAttribute");
    assert_eq!(event["request"]["clientMetadata"], Value::Null);

    let changed = json!({"UserAttributes": [{"Name": "email", "Value": "bob@example.org"}]});
    pool.own("UpdateUserAttributes", &access, changed).await.ok();
    let (_, event, _) = setup.one().await;
    assert_eq!(source(&event), "CustomEmailSender_UpdateUserAttribute");
    assert_eq!(event["request"]["userAttributes"]["email"], "bob@example.org");
    assert_eq!(event["request"]["userAttributes"]["email_verified"], "false");

    pool.signed_up("carl").await;
    setup.one().await;
    pool.app("ResendConfirmationCode", json!({"Username": "carl"})).await.ok();
    assert_eq!(source(&setup.one().await.1), "CustomEmailSender_ResendCode");
}

#[tokio::test]
async fn an_address_that_waits_is_where_the_code_goes() {
    let settings = json!({"UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]}});
    let setup = Setup::new(settings, json!({})).await;
    setup.pool.user("bob").await;
    let access = setup.pool.tokens("bob").await.access;
    let changed = json!({"UserAttributes": [{"Name": "email", "Value": "bob@example.org"}]});
    setup.pool.own("UpdateUserAttributes", &access, changed).await.ok();
    let (_, event, code) = setup.one().await;
    assert_eq!(event["request"]["userAttributes"]["email"], "bob@example.org");
    assert_eq!(event["request"]["userAttributes"]["email_verified"], "false");
    let verify = json!({"AttributeName": "email", "Code": code});
    setup.pool.own("VerifyUserAttribute", &access, verify).await.ok();
}

#[tokio::test]
async fn what_fails_for_now_is_tried_again_by_the_configuration_of_then() {
    let setup = Setup::new(json!({}), json!({})).await;
    *setup.cloud.kms_is_away.lock() = true;
    setup.pool.signed_up("jane").await;
    assert!(setup.secrets().await.is_empty() && setup.cloud.take().is_empty());
    *setup.cloud.kms_is_away.lock() = false;
    *setup.cloud.functions_fail.lock() = true;
    setup.pool.server.test.advance(HOUR).await.unwrap();
    assert!(setup.secrets().await.is_empty());
    assert_eq!(setup.cloud.take().len(), 1);
    *setup.cloud.functions_fail.lock() = false;
    let moved = json!({
        "AutoVerifiedAttributes": ["email"],
        "LambdaConfig": {"CustomEmailSender": {"LambdaArn": SMS, "LambdaVersion": "V1_0"}, "KMSKeyID": KEY},
    });
    setup.pool.admin("UpdateUserPool", moved).await.ok();
    setup.pool.server.test.advance(HOUR).await.unwrap();
    assert_eq!(setup.one().await.0, SMS);

    // Without a sender there is nobody to carry it.
    *setup.cloud.kms_is_away.lock() = true;
    setup.pool.signed_up("anna").await;
    setup.send().await;
    setup.pool.admin("UpdateUserPool", json!({"AutoVerifiedAttributes": ["email"]})).await.ok();
    setup.pool.server.test.advance(HOUR).await.unwrap();
    setup.send().await;
    assert!(setup.cloud.take().is_empty());
    assert!(setup.pool.server.test.tables().await["outbox"].is_empty());
}

#[tokio::test]
async fn nobody_is_not_written_to_and_looks_the_same() {
    let hiding = json!({"PreventUserExistenceErrors": "ENABLED"});
    let setup = Setup::new(json!({}), hiding).await;
    setup.pool.user("somebody").await;
    let mut answers = Vec::new();
    for name in ["somebody", "nobody00"] {
        answers.push(setup.pool.app("ForgotPassword", json!({"Username": name})).await.ok().clone());
    }
    let waiting = &setup.pool.server.test.tables().await["outbox"];
    assert_eq!(waiting.len(), 2);
    assert_eq!(
        answers[0]["CodeDeliveryDetails"]["DeliveryMedium"],
        answers[1]["CodeDeliveryDetails"]["DeliveryMedium"]
    );
    let (_, event, _) = setup.one().await;
    assert_eq!(event["userName"], "somebody");
    assert_eq!(setup.cloud.keys.lock().len(), 1);
    assert!(setup.pool.server.test.tables().await["outbox"].is_empty());
}

#[tokio::test]
async fn without_a_kms_nothing_can_arrive() {
    let server = Setup::server(Outside::default()).await;
    let pool = Setup::pool(server, json!({}), json!({})).await;
    let input = json!({
        "Username": "jane", "Password": PASSWORD, "UserAttributes": [{"Name": "email", "Value": "jane@example.com"}],
    });
    let refused = pool.app("SignUp", input).await;
    assert_eq!(refused.body["__type"], "CodeDeliveryFailureException");
    assert_eq!(pool.admin("AdminGetUser", json!({"Username": "jane"})).await.body["__type"], "UserNotFoundException");
}
