use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use serde_json::json;

use super::*;

/// Answers each call by its number.
struct Scripted<F>(AtomicU32, F);

#[async_trait]
impl<F: Fn(u32) -> std::result::Result<LambdaAnswer, LambdaError> + Send + Sync> Lambda for Scripted<F> {
    async fn invoke(&self, _: &str, _: &[u8]) -> std::result::Result<LambdaAnswer, LambdaError> {
        (self.1)(self.0.fetch_add(1, Ordering::Relaxed))
    }

    async fn hand_over(&self, _: &str, _: &[u8]) -> std::result::Result<(), LambdaError> {
        Ok(())
    }
}

/// Never answers.
#[derive(Default)]
struct Hanging(AtomicU32);

#[async_trait]
impl Lambda for Hanging {
    async fn invoke(&self, _: &str, _: &[u8]) -> std::result::Result<LambdaAnswer, LambdaError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        std::future::pending().await
    }

    async fn hand_over(&self, _: &str, _: &[u8]) -> std::result::Result<(), LambdaError> {
        Ok(())
    }
}

fn returned(text: &str) -> LambdaAnswer {
    LambdaAnswer::Returned(Zeroizing::new(text.as_bytes().to_vec()))
}

#[tokio::test]
async fn time_outs_are_tried_three_times() {
    let hanging = Hanging::default();
    let outcome = call(&hanging, "f", b"{}", Duration::from_millis(5)).await;
    assert!(matches!(outcome, Err(LambdaError::Timeout)));
    assert_eq!(hanging.0.load(Ordering::Relaxed), 3);

    let third_time_lucky =
        Scripted(AtomicU32::new(0), |n| if n < 2 { Err(LambdaError::Timeout) } else { Ok(returned("{}")) });
    assert!(call(&third_time_lucky, "f", b"{}", LIMIT).await.is_ok());
}

#[tokio::test]
async fn nothing_else_is_tried_again() {
    let failing = Scripted(AtomicU32::new(0), |_| Ok(LambdaAnswer::Failed(Zeroizing::new(b"{}".to_vec()))));
    assert!(matches!(call(&failing, "f", b"{}", LIMIT).await, Ok(LambdaAnswer::Failed(_))));
    let denied = Scripted(AtomicU32::new(0), |_| Err(LambdaError::AccessDenied("no".to_owned())));
    assert!(matches!(call(&denied, "f", b"{}", LIMIT).await, Err(LambdaError::AccessDenied(_))));
    assert_eq!((failing.0.load(Ordering::Relaxed), denied.0.load(Ordering::Relaxed)), (1, 1));
}

#[test]
fn only_the_response_of_an_event_is_read() {
    let read = |text: &str| read::<Value>(text.as_bytes());
    assert_eq!(read(r#"{"version":"1","request":{},"response":{"a":1}}"#).unwrap(), json!({"a": 1}));
    assert_eq!(read(r#"{"response":null}"#).unwrap(), json!({}));
    for unusable in ["", "null", "{}", "[]", "\"done\"", r#"{"a":1}"#, r#"{"response":{"#] {
        assert!(read(unusable).is_err(), "{unusable}");
    }
    let long = format!(r#"{{"response":{{"a":"{}"}}}}"#, "x".repeat(LONGEST_ANSWER));
    assert!(read(&long).is_err());
}

#[test]
fn reasons_in_the_log_do_not_quote() {
    let reason = read::<Value>(br#"{"response": secret}"#).unwrap_err();
    assert!(!reason.contains("secret"), "{reason}");
}

#[test]
fn callers_learn_what_the_function_said() {
    let told = |answer: &str| failed(Trigger::PreSignUp, answer.as_bytes()).message().to_owned();
    assert_eq!(
        told(r#"{"errorMessage":"Not from here","errorType":"Error","stackTrace":["at x"]}"#),
        "PreSignUp failed with error Not from here."
    );
    assert_eq!(told(r#"{"errorType":"Runtime.ExitError"}"#), "PreSignUp failed with error Runtime.ExitError.");
    assert_eq!(told("not json"), "PreSignUp failed with error Unhandled.");
    assert_eq!(told(r#"{"errorMessage":"a\u0000\u001bb\nc"}"#), "PreSignUp failed with error ab\nc.");
    let long = format!(r#"{{"errorMessage":"{}"}}"#, "x".repeat(5_000));
    assert_eq!(told(&long).len(), "PreSignUp failed with error .".len() + LONGEST_TEXT);
    assert_eq!(failed(Trigger::PreSignUp, b"{}").code(), ErrorCode::UserLambdaValidation);
}

#[test]
fn what_went_wrong_on_the_way_is_named() {
    let told = |error: &LambdaError| {
        let error = unexpected(Trigger::PostAuthentication, error);
        assert_eq!(error.code(), ErrorCode::UnexpectedLambda);
        error.message().to_owned()
    };
    let timeout = "PostAuthentication invocation failed due to error Socket timeout while invoking Lambda function.";
    assert_eq!(told(&LambdaError::Timeout), timeout);
    let denied = LambdaError::AccessDenied("user x may not".to_owned());
    assert_eq!(told(&denied), "PostAuthentication invocation failed due to error AccessDeniedException.");
    let throttled =
        LambdaError::Unexpected { name: "TooManyRequestsException".to_owned(), detail: "10.0.0.1 says so".to_owned() };
    assert_eq!(told(&throttled), "PostAuthentication invocation failed due to error TooManyRequestsException.");
}
