//! Calling a trigger's function: the time it has, the tries, and what callers are told when it fails.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stepwell_model::ErrorCode;
use zeroize::Zeroizing;

use super::Trigger;
use super::event::{Event, Scene};
use crate::error::{Error, Result};
use crate::ports::lambda::{Lambda, LambdaAnswer, LambdaError};

/// What a function has to answer in, each time (developer guide: "must respond within 5 seconds").
const LIMIT: Duration = Duration::from_secs(5);
/// How often it is called before it counts as gone.
const TRIES: u32 = 3;
/// The longest answer that is read.
const LONGEST_ANSWER: usize = 1 << 20;
/// Of a function's own error text, in characters.
const LONGEST_TEXT: usize = 2_000;

/// Calls the function and reads the `response` part of its answer.
pub(super) async fn invoke<Q: Serialize, S: Serialize, A: DeserializeOwned>(
    scene: &Scene<'_>,
    trigger: Trigger,
    function: &str,
    event: &Event<'_, Q, S>,
) -> Result<A> {
    // An event can hold a password.
    let payload = Zeroizing::new(serde_json::to_vec(event).map_err(Error::internal)?);
    let answer = call(&*scene.domain.outside.lambda, function, &payload, LIMIT).await;
    let pool = &scene.entry.pool.id;
    match answer {
        Ok(LambdaAnswer::Returned(answer)) => read(&answer).map_err(|reason| {
            tracing::warn!(trigger = trigger.name(), pool, function, reason, "a trigger's answer is not usable");
            unrecognizable()
        }),
        Ok(LambdaAnswer::Failed(answer)) => Err(failed(trigger, &answer)),
        Err(error) => {
            tracing::warn!(trigger = trigger.name(), pool, function, %error, "a trigger could not be called");
            Err(unexpected(trigger, &error))
        }
    }
}

/// Calls again after a time-out, and after nothing else.
async fn call(
    lambda: &dyn Lambda,
    function: &str,
    payload: &[u8],
    limit: Duration,
) -> std::result::Result<LambdaAnswer, LambdaError> {
    for _ in 0..TRIES {
        match tokio::time::timeout(limit, lambda.invoke(function, payload)).await {
            Err(_) | Ok(Err(LambdaError::Timeout)) => {}
            Ok(outcome) => return outcome,
        }
    }
    Err(LambdaError::Timeout)
}

fn read<A: DeserializeOwned>(answer: &[u8]) -> std::result::Result<A, String> {
    // A function answers with the whole event; what it says besides `response` means nothing.
    #[derive(Deserialize)]
    struct Answer {
        response: Value,
    }
    if answer.len() > LONGEST_ANSWER {
        return Err("longer than 1 MiB".to_owned());
    }
    let answer: Answer = serde_json::from_slice(answer).map_err(|error| describe(&error))?;
    let response = if answer.response.is_null() { Value::Object(serde_json::Map::new()) } else { answer.response };
    serde_json::from_value(response).map_err(|error| describe(&error))
}

/// Where parsing stopped and of what kind the error is; never what stood there.
fn describe(error: &serde_json::Error) -> String {
    format!("{:?} error at line {} column {}", error.classify(), error.line(), error.column())
}

/// The refusal of an answer that cannot be used.
pub(super) fn unrecognizable() -> Error {
    Error::new(ErrorCode::InvalidLambdaResponse, "Unrecognizable lambda output")
}

/// What the function says against the request is told to the caller.
fn failed(trigger: Trigger, answer: &[u8]) -> Error {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Failure {
        error_message: Option<String>,
        error_type: Option<String>,
    }
    let failure: Option<Failure> = serde_json::from_slice(answer).ok();
    let text = failure.and_then(|failure| failure.error_message.or(failure.error_type));
    let text = text.unwrap_or_else(|| "Unhandled".to_owned());
    let text: String = text.chars().filter(|c| !c.is_control() || *c == '\n').take(LONGEST_TEXT).collect();
    Error::new(ErrorCode::UserLambdaValidation, format!("{} failed with error {text}.", trigger.name()))
}

fn unexpected(trigger: Trigger, error: &LambdaError) -> Error {
    let what = match error {
        LambdaError::Timeout => "Socket timeout while invoking Lambda function",
        LambdaError::AccessDenied(_) => "AccessDeniedException",
        LambdaError::NotConfigured(_) => "ResourceNotFoundException",
        LambdaError::Unexpected { name, .. } => name,
    };
    Error::new(ErrorCode::UnexpectedLambda, format!("{} invocation failed due to error {what}.", trigger.name()))
}

#[cfg(test)]
#[path = "invoke_tests.rs"]
mod tests;
