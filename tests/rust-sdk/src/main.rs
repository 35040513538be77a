//! AWS's Rust SDK, as an application uses it, against a Stepwell.
//!
//! Usage: `stepwell-rust-sdk-test POOL_ID`. Credentials and endpoints come from the environment alone, so that in the
//! tests only the SDK's web-identity provider can have got the credentials (`AWS_WEB_IDENTITY_TOKEN_FILE`,
//! `AWS_ROLE_ARN`, `AWS_ROLE_SESSION_NAME`, `AWS_ENDPOINT_URL` or `AWS_ENDPOINT_URL_STS`). Asks who it is, lists the
//! pool's users, tries to delete the pool, and prints one JSON object: for each call its result, or the error's code
//! and message.

use std::error::Error;

use aws_config::BehaviorVersion;
use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::Builder;
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let pool = std::env::args().nth(1).ok_or("usage: stepwell-rust-sdk-test POOL_ID")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answers = runtime.block_on(calls(&pool));
    println!("{answers}");
    Ok(())
}

async fn calls(pool: &str) -> Value {
    let config = aws_config::defaults(BehaviorVersion::latest()).http_client(Builder::new().build_http()).load().await;
    let sts = aws_sdk_sts::Client::new(&config);
    let idp = aws_sdk_cognitoidentityprovider::Client::new(&config);
    let caller = sts.get_caller_identity().send().await;
    let users = idp.list_users().user_pool_id(pool).send().await;
    let deleted = idp.delete_user_pool().user_pool_id(pool).send().await;
    json!({
        "GetCallerIdentity": told(caller, |caller| json!(caller.arn())),
        "ListUsers": told(users, |users| users.users().iter().map(|user| json!(user.username())).collect()),
        "DeleteUserPool": told(deleted, |_| Value::Null),
    })
}

/// A result as JSON. What the service did not answer (no credentials, no connection) has no code; the whole chain of
/// causes is told.
fn told<T, E, R>(result: Result<T, SdkError<E, R>>, show: impl FnOnce(T) -> Value) -> Value
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug + 'static,
{
    match result {
        Ok(answer) => json!({"result": show(answer)}),
        Err(error) => {
            let mut causes = error.to_string();
            let mut cause = Error::source(&error);
            while let Some(inner) = cause {
                causes = format!("{causes}: {inner}");
                cause = inner.source();
            }
            json!({"code": error.code(), "message": error.message(), "causes": causes})
        }
    }
}
