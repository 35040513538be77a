//! What apps say about the user's device and network (`UserContextData`, `ContextData`), and where it shows.

use serde_json::{Value, json};
use stepwell_testkit::{Answer, EngineKind, PASSWORD, Tokens};

use super::{OTHER, Protected, SYDNEY, encoded, secret_hash};

on_both_engines!(context_of_every_operation_is_in_the_history, blocked_addresses_can_do_nothing);

/// A client that can keep a secret and tells where its users are.
struct BackEnd<'a> {
    this: &'a Protected,
    client: String,
    secret: String,
}

impl<'a> BackEnd<'a> {
    async fn new(this: &'a Protected) -> Self {
        let settings = json!({"GenerateSecret": true, "EnablePropagateAdditionalUserContextData": true});
        let client = this.pool.another_client(settings).await;
        let described = this.pool.admin("DescribeUserPoolClient", json!({"ClientId": client})).await;
        let secret = described.ok()["UserPoolClient"]["ClientSecret"].as_str().unwrap().to_owned();
        Self { this, client, secret }
    }

    /// A call about ann, who is at this address.
    async fn call(&self, operation: &str, address: &str, more: Value) -> Answer {
        self.this.pool.advance(1).await;
        let hash = secret_hash("ann", &self.secret, &self.client);
        let mut input = json!({
            "ClientId": self.client, "Username": "ann", "SecretHash": hash,
            "UserContextData": {"IpAddress": address, "EncodedData": encoded("phone")},
        });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.this.pool.server.app(operation, &input).await
    }

    async fn sign_up(&self, address: &str) -> Answer {
        let attributes = json!([{"Name": "email", "Value": "ann@example.com"}]);
        self.call("SignUp", address, json!({"Password": PASSWORD, "UserAttributes": attributes})).await
    }

    async fn confirm_forgot(&self, address: &str, code: &str) -> Answer {
        let input = json!({"ConfirmationCode": code, "Password": "Another-Horse-2"});
        self.call("ConfirmForgotPassword", address, input).await
    }

    async fn events(&self) -> Vec<Value> {
        let events = self.this.pool.admin("AdminListUserAuthEvents", json!({"Username": "ann"})).await;
        events.ok()["AuthEvents"].as_array().unwrap().clone()
    }
}

async fn context_of_every_operation_is_in_the_history(engine: EngineKind) {
    let this = Protected::new(engine, "ENFORCED").await;
    let app = BackEnd::new(&this).await;
    app.sign_up(SYDNEY).await.ok();
    app.call("ResendConfirmationCode", OTHER, json!({})).await.ok();
    let code = this.pool.code("ann").await;
    app.call("ConfirmSignUp", SYDNEY, json!({"ConfirmationCode": code})).await.ok();
    app.call("ForgotPassword", SYDNEY, json!({})).await.ok();
    let code = this.pool.code("ann").await;
    app.confirm_forgot(OTHER, &code).await.ok();
    let seen: Vec<_> = app
        .events()
        .await
        .iter()
        .map(|event| {
            let context = &event["EventContextData"];
            assert_eq!(context["DeviceName"], "Jane's phone");
            (event["EventType"].as_str().unwrap().to_owned(), context["IpAddress"].as_str().unwrap().to_owned())
        })
        .collect();
    let expected = [("PasswordChange", OTHER), ("ForgotPassword", SYDNEY), ("ResendCode", OTHER), ("SignUp", SYDNEY)];
    assert_eq!(seen, expected.map(|(kind, address)| (kind.to_owned(), address.to_owned())));

    // An app without a secret is not believed about addresses; of the device it may tell.
    let input = json!({
        "Username": "jane", "UserContextData": {"IpAddress": SYDNEY, "EncodedData": encoded("tablet")},
    });
    this.pool.app("ForgotPassword", input).await.ok();
    let context = this.newest().await["EventContextData"].clone();
    assert_eq!((&context["IpAddress"], &context["DeviceName"]), (&json!("127.0.0.1"), &json!("Jane's tablet")));
}

async fn blocked_addresses_can_do_nothing(engine: EngineKind) {
    let this = Protected::new(engine, "ENFORCED").await;
    let app = BackEnd::new(&this).await;
    this.configure(json!({"RiskExceptionConfiguration": {"BlockedIPRangeList": ["203.0.113.0/24"]}})).await;
    let refused = ("NotAuthorizedException", "Request not allowed due to security reasons.");
    assert_eq!(app.sign_up(SYDNEY).await.refusal(), refused);
    app.sign_up(OTHER).await.ok();
    let code = this.pool.code("ann").await;
    assert_eq!(app.call("ResendConfirmationCode", SYDNEY, json!({})).await.refusal(), refused);
    let confirm = json!({"ConfirmationCode": code});
    assert_eq!(app.call("ConfirmSignUp", SYDNEY, confirm.clone()).await.refusal(), refused);
    app.call("ConfirmSignUp", OTHER, confirm).await.ok();
    assert_eq!(app.call("ForgotPassword", SYDNEY, json!({})).await.refusal(), refused);
    app.call("ForgotPassword", OTHER, json!({})).await.ok();
    let code = this.pool.code("ann").await;
    assert_eq!(app.confirm_forgot(SYDNEY, &code).await.refusal(), refused);
    app.confirm_forgot(OTHER, &code).await.ok();
}

#[tokio::test]
async fn a_back_end_names_the_users_browser() {
    let this = Protected::new(EngineKind::Sqlite, "AUDIT").await;
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let headers =
        json!([{"headerName": "Accept", "headerValue": "*/*"}, {"headerName": "USER-AGENT", "headerValue": agent}]);
    let input = json!({
        "ClientId": this.pool.client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "jane", "PASSWORD": PASSWORD},
        "ContextData": {"IpAddress": OTHER, "ServerName": "s", "ServerPath": "/", "HttpHeaders": headers},
    });
    Tokens::of(&this.pool.admin("AdminInitiateAuth", input).await);
    assert_eq!(this.newest().await["EventContextData"]["DeviceName"], "Firefox, Linux");
}
