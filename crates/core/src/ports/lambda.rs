//! Functions that a pool's owner wrote, as a port: called with an event, they answer with it (developer guide,
//! "Customizing user pool workflows with Lambda triggers").

use async_trait::async_trait;
use zeroize::Zeroizing;

/// What a function answered. Answers may hold secrets, and are overwritten on drop.
pub enum LambdaAnswer {
    /// It returned this (JSON, if it keeps its side).
    Returned(Zeroizing<Vec<u8>>),
    /// It failed by itself, and says this about it: JSON with an `errorMessage`, if it keeps its side.
    Failed(Zeroizing<Vec<u8>>),
}

impl std::fmt::Debug for LambdaAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Returned(_) => "Returned(..)",
            Self::Failed(_) => "Failed(..)",
        })
    }
}

/// Why there is no answer. `name` is told to callers, in AWS's manner; `detail` is for the log.
#[derive(Debug, thiserror::Error)]
pub enum LambdaError {
    /// The operator named no place where functions run, or none for this one.
    #[error("nothing is configured that runs {0} (section `triggers`)")]
    NotConfigured(String),
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// The place where functions run does not let this server call it.
    #[error("access denied: {0}")]
    AccessDenied(String),
    /// Anything else: no such function, too many calls, unreachable, not understood.
    #[error("{name}: {detail}")]
    Unexpected {
        /// The error's name, as Lambda's API names its errors (`ResourceNotFoundException`).
        name: String,
        /// What happened.
        detail: String,
    },
}

/// Calls functions.
#[async_trait]
pub trait Lambda: Send + Sync {
    /// Calls the function with this ARN and waits for its answer. The caller limits the time; dropping the future
    /// gives the call up.
    async fn invoke(&self, function_arn: &str, payload: &[u8]) -> Result<LambdaAnswer, LambdaError>;

    /// Hands the event over and does not wait for what the function makes of it (Lambda's invocation type `Event`). Where
    /// functions cannot be called like that they are waited for, and their failure is an error.
    async fn hand_over(&self, function_arn: &str, payload: &[u8]) -> Result<(), LambdaError> {
        match self.invoke(function_arn, payload).await? {
            LambdaAnswer::Returned(_) => Ok(()),
            LambdaAnswer::Failed(_) => Err(LambdaError::Unexpected {
                name: "FunctionError".to_owned(),
                detail: "the function failed".to_owned(),
            }),
        }
    }
}

/// Nowhere to run functions: refuses every call.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoLambda;

#[async_trait]
impl Lambda for NoLambda {
    async fn invoke(&self, function_arn: &str, _: &[u8]) -> Result<LambdaAnswer, LambdaError> {
        Err(LambdaError::NotConfigured(function_arn.to_owned()))
    }

    async fn hand_over(&self, function_arn: &str, _: &[u8]) -> Result<(), LambdaError> {
        Err(LambdaError::NotConfigured(function_arn.to_owned()))
    }
}
