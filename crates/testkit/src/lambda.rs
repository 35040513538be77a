//! Functions in the test's own process: each call is recorded, and answered by what the test wrote for the function.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use serde_json::{Value, json};
use stepwell_core::ports::lambda::{Lambda, LambdaAnswer, LambdaError};
use zeroize::Zeroizing;

/// A call.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The function's ARN.
    pub function: String,
    /// The event as it was sent.
    pub event: Value,
    /// Nobody waits for the answer (custom senders).
    pub handed_over: bool,
}

impl Invocation {
    /// The event's `triggerSource`.
    pub fn source(&self) -> &str {
        self.event["triggerSource"].as_str().unwrap_or_default()
    }
}

/// What a test's function does with an event.
type Handler = Arc<dyn Fn(&Value) -> Result<LambdaAnswer, LambdaError> + Send + Sync>;

/// Records calls and answers them. A function for which nothing was written returns its event as it came.
#[derive(Default)]
pub struct RecordingLambda {
    calls: Mutex<Vec<Invocation>>,
    handlers: Mutex<HashMap<String, Handler>>,
}

impl std::fmt::Debug for RecordingLambda {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordingLambda").field("calls", &self.calls.lock().len()).finish_non_exhaustive()
    }
}

impl RecordingLambda {
    /// The ARN of a function of this name, as pools name it in `LambdaConfig`.
    pub fn arn(name: &str) -> String {
        format!("arn:aws:lambda:us-east-1:000000000000:function:{name}")
    }

    /// The function of this name answers with its event and this as the `response`.
    pub fn responds(&self, name: &str, response: Value) {
        self.handles(name, move |event| {
            let mut event = event.clone();
            event["response"] = response.clone();
            Ok(LambdaAnswer::Returned(Zeroizing::new(event.to_string().into_bytes())))
        });
    }

    /// The function of this name throws an error with this message.
    pub fn throws(&self, name: &str, message: &str) {
        let failure = json!({ "errorMessage": message, "errorType": "Error" }).to_string().into_bytes();
        self.handles(name, move |_| Ok(LambdaAnswer::Failed(Zeroizing::new(failure.clone()))));
    }

    /// The function of this name does this.
    pub fn handles(
        &self,
        name: &str,
        handler: impl Fn(&Value) -> Result<LambdaAnswer, LambdaError> + Send + Sync + 'static,
    ) {
        self.handlers.lock().insert(Self::arn(name), Arc::new(handler));
    }

    /// Takes out the calls so far, oldest first.
    pub fn take(&self) -> Vec<Invocation> {
        std::mem::take(&mut *self.calls.lock())
    }

    /// Takes out the calls so far and gives their sources.
    pub fn sources(&self) -> Vec<String> {
        self.take().iter().map(|call| call.source().to_owned()).collect()
    }

    fn record(&self, function: &str, payload: &[u8], handed_over: bool) -> Value {
        let event: Value = serde_json::from_slice(payload).expect("events are JSON");
        self.calls.lock().push(Invocation { function: function.to_owned(), event: event.clone(), handed_over });
        event
    }
}

#[async_trait]
impl Lambda for RecordingLambda {
    async fn invoke(&self, function_arn: &str, payload: &[u8]) -> Result<LambdaAnswer, LambdaError> {
        let event = self.record(function_arn, payload, false);
        let handler = self.handlers.lock().get(function_arn).cloned();
        match handler {
            Some(handler) => handler(&event),
            None => Ok(LambdaAnswer::Returned(Zeroizing::new(payload.to_vec()))),
        }
    }

    async fn hand_over(&self, function_arn: &str, payload: &[u8]) -> Result<(), LambdaError> {
        self.record(function_arn, payload, true);
        Ok(())
    }
}
