//! Where the functions run that pools name as triggers: behind webhooks, or at Lambda.

mod lambda_api;
mod webhook;

use std::sync::Arc;

use async_trait::async_trait;
use stepwell_core::ports::lambda::{Lambda, LambdaAnswer, LambdaError};

use crate::config::triggers::{Triggers, Webhook};
use crate::egress::{Egress, EgressError};
use crate::start::Ambient;
use lambda_api::LambdaApi;
use webhook::Sender;

/// The ways the configuration opens.
pub(crate) fn from_config(settings: &Triggers, egress: Arc<Egress>, ambient: &Ambient) -> Arc<dyn Lambda> {
    let lambda = settings.lambda.clone();
    Arc::new(Functions {
        webhooks: settings.webhooks.clone(),
        sender: Sender {
            egress: Arc::clone(&egress),
            clock: Arc::clone(&ambient.clock),
            rng: Arc::clone(&ambient.rng),
        },
        lambda: lambda.map(|lambda| LambdaApi::new(lambda, egress, Arc::clone(&ambient.clock))),
    })
}

/// All functions that can be called.
struct Functions {
    webhooks: Vec<Webhook>,
    sender: Sender,
    lambda: Option<LambdaApi>,
}

/// The way to one function.
enum Way<'a> {
    Webhook(&'a Webhook),
    Lambda(&'a LambdaApi),
}

impl Functions {
    /// An entry for the ARN goes before one for the name, and that before the one for all; Lambda has the rest.
    fn way(&self, arn: &str) -> Result<Way<'_>, LambdaError> {
        let webhook = |function: Option<&str>| self.webhooks.iter().find(|hook| hook.function.as_deref() == function);
        let named = webhook(Some(arn)).or_else(|| webhook(Some(name_of(arn))));
        match (named.or_else(|| webhook(None)), &self.lambda) {
            (Some(webhook), _) => Ok(Way::Webhook(webhook)),
            (None, Some(lambda)) => Ok(Way::Lambda(lambda)),
            (None, None) => Err(LambdaError::NotConfigured(arn.to_owned())),
        }
    }
}

#[async_trait]
impl Lambda for Functions {
    async fn invoke(&self, function_arn: &str, payload: &[u8]) -> Result<LambdaAnswer, LambdaError> {
        match self.way(function_arn)? {
            Way::Webhook(webhook) => self.sender.invoke(webhook, payload).await,
            Way::Lambda(lambda) => lambda.invoke(function_arn, payload).await,
        }
    }

    async fn hand_over(&self, function_arn: &str, payload: &[u8]) -> Result<(), LambdaError> {
        match self.way(function_arn)? {
            Way::Webhook(webhook) => self.sender.hand_over(webhook, payload).await,
            Way::Lambda(lambda) => lambda.hand_over(function_arn, payload).await,
        }
    }
}

/// The name in `arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]`.
fn name_of(arn: &str) -> &str {
    arn.split(':').nth(6).unwrap_or(arn)
}

/// The qualifier, if there is one.
fn qualifier_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(7)
}

fn no_answer(error: &EgressError) -> LambdaError {
    match error {
        EgressError::Timeout(_) => LambdaError::Timeout,
        EgressError::Address(_) | EgressError::Failed { .. } => failed("ServiceException", error.to_string()),
    }
}

fn failed(name: &str, detail: String) -> LambdaError {
    LambdaError::Unexpected { name: name.to_owned(), detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhook(function: Option<&str>) -> Webhook {
        let url = format!("https://a.example/{}", function.unwrap_or("all"));
        Webhook { function: function.map(str::to_owned), url, host: "a.example".to_owned(), secrets: Vec::new() }
    }

    fn functions(webhooks: Vec<Webhook>) -> Functions {
        let ambient = Ambient::system();
        let sender = Sender { egress: Arc::default(), clock: ambient.clock, rng: ambient.rng };
        Functions { webhooks, sender, lambda: None }
    }

    #[test]
    fn the_nearest_entry_is_taken() {
        let arn = |name: &str| format!("arn:aws:lambda:us-east-1:123456789012:function:{name}");
        let functions =
            functions(vec![webhook(None), webhook(Some("f")), webhook(Some("g")), webhook(Some(&arn("g:live")))]);
        let url = |arn: &str| match functions.way(arn).unwrap() {
            Way::Webhook(webhook) => webhook.url.trim_start_matches("https://a.example/").to_owned(),
            Way::Lambda(_) => panic!("Lambda"),
        };
        assert_eq!(url(&arn("f")), "f");
        assert_eq!(url(&arn("f:7")), "f");
        assert_eq!(url(&arn("g")), "g");
        assert_eq!(url(&arn("g:live")), arn("g:live"));
        assert_eq!(url(&arn("h")), "all");
    }

    #[test]
    fn without_a_way_there_is_a_clear_refusal() {
        let error = functions(vec![webhook(Some("f"))]).way("arn:aws:lambda:r:1:function:g").err().unwrap();
        assert!(matches!(&error, LambdaError::NotConfigured(arn) if arn.ends_with(":g")), "{error}");
    }
}
