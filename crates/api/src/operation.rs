//! What an operation's file provides.

use std::future::Future;

use stepwell_core::{Context, Result};
use stepwell_model::OperationShape;

/// One operation of the API. The dispatcher has parsed, validated, authenticated, authorized and throttled before
/// `call`; the file translates the request into a call of the domain and its answer into the response.
pub trait Operation: OperationShape {
    /// Does it.
    fn call(cx: &Context<'_>, input: Self::Input) -> impl Future<Output = Result<Self::Output>> + Send;
}
