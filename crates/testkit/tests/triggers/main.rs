//! Lambda triggers through the doors: the exact events, their order, who gets which metadata, and what callers see when a
//! function refuses, fails or answers nonsense.

#![expect(
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a missing member or a failed call fails the test"
)]

mod configuration;
mod events;
mod messages;
mod migration;
mod sign_up;
mod tokens;

use std::sync::Arc;

use serde_json::{Value, json};
use stepwell_api::Mode;
use stepwell_testkit::{DomainBuilder, RecordingLambda, TestPool, TestServer};

/// A pool whose triggers are functions of their own names: `PreSignUp` calls the function `PreSignUp`.
async fn pool(triggers: &[&str], pool: Value, client: Value) -> (TestPool, Arc<RecordingLambda>) {
    let lambda = Arc::new(RecordingLambda::default());
    let domain = DomainBuilder::default().lambda(&lambda).build().await.unwrap();
    let server = TestServer::with(domain, Mode::Dev { allow_remote: false });
    let mut settings = json!({"LambdaConfig": config(triggers), "AutoVerifiedAttributes": ["email"]});
    settings.as_object_mut().unwrap().extend(pool.as_object().unwrap().clone());
    (TestPool::at(server, settings, client).await, lambda)
}

fn config(triggers: &[&str]) -> Value {
    triggers.iter().map(|name| ((*name).to_owned(), json!(RecordingLambda::arn(name)))).collect()
}

/// `PreTokenGenerationConfig` of this version.
fn token_trigger(version: &str) -> Value {
    let arn = RecordingLambda::arn("PreTokenGeneration");
    json!({"LambdaConfig": {"PreTokenGenerationConfig": {"LambdaArn": arn, "LambdaVersion": version}}})
}

/// The client hides which users there are.
fn masking() -> Value {
    json!({"PreventUserExistenceErrors": "ENABLED"})
}

/// `EmailConfiguration` of a pool that may change its e-mails.
fn own_email() -> Value {
    let arn = "arn:aws:ses:us-east-1:000000000000:identity/a@example.com";
    json!({"EmailConfiguration": {"EmailSendingAccount": "DEVELOPER", "SourceArn": arn}})
}

fn sign_up(name: &str) -> Value {
    json!({
        "Username": name, "Password": stepwell_testkit::PASSWORD,
        "UserAttributes": [{"Name": "email", "Value": format!("{name}@example.com")}],
    })
}

fn with(mut base: Value, more: Value) -> Value {
    let Value::Object(more) = more else { panic!("not an object: {more}") };
    base.as_object_mut().unwrap().extend(more);
    base
}
