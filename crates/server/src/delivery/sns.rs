//! Text messages through SNS (`Publish` to a phone number, query protocol).

use std::sync::Arc;

use stepwell_core::ports::clock::Clock;
use stepwell_core::ports::delivery::{DeliveryError, Sms};

use super::aws::SignedService;
use crate::config::aws::AwsService;
use crate::egress::Egress;

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// SNS.
#[derive(Debug)]
pub(super) struct Sns(SignedService);

impl Sns {
    /// Through this service.
    pub(super) fn new(settings: AwsService, egress: Arc<Egress>, clock: Arc<dyn Clock>) -> Self {
        Self(SignedService { settings, egress, clock, service: "sns" })
    }

    /// Sends a text message. It goes out under the operator's own key: the role that a pool names belongs to an account
    /// that is not here.
    pub(super) async fn send(&self, sms: &Sms) -> Result<(), DeliveryError> {
        let AwsService { region, endpoint, .. } = &self.0.settings;
        if let Some(endpoint) = endpoint {
            return self.0.post(endpoint, region, "/", FORM, body(sms)).await;
        }
        let region = sms.sns_region.as_deref().unwrap_or(region);
        if !is_region(region) {
            return Err(DeliveryError::Permanent(format!("{region:?} is not a region")));
        }
        let origin = format!("https://sns.{region}.amazonaws.com");
        self.0.post(&origin, region, "/", FORM, body(sms)).await
    }
}

/// A pool's owner chooses the region, and it becomes part of a host name: nothing but a region may.
fn is_region(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Codes are `Transactional`, as Cognito sends them, so that SNS prefers arriving over saving.
fn body(sms: &Sms) -> Vec<u8> {
    form_urlencoded::Serializer::new(String::new())
        .append_pair("Action", "Publish")
        .append_pair("Version", "2010-03-31")
        .append_pair("PhoneNumber", &sms.to)
        .append_pair("Message", sms.text.as_str())
        .append_pair("MessageAttributes.entry.1.Name", "AWS.SNS.SMS.SMSType")
        .append_pair("MessageAttributes.entry.1.Value.DataType", "String")
        .append_pair("MessageAttributes.entry.1.Value.StringValue", "Transactional")
        .finish()
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_cannot_name_hosts() {
        assert!(is_region("eu-central-1"));
        for bad in ["", "evil.example/", "x#", "x.evil.example:80", "US-EAST-1"] {
            assert!(!is_region(bad), "{bad}");
        }
    }

    #[test]
    fn the_request_is_publish() {
        let sms = Sms {
            to: "+15555550100".to_owned(),
            text: "Your code is 123456 & more".into(),
            caller_arn: None,
            external_id: None,
            sns_region: None,
        };
        let body = String::from_utf8(body(&sms)).unwrap();
        assert!(body.starts_with("Action=Publish&Version=2010-03-31&PhoneNumber=%2B15555550100&"), "{body}");
        assert!(body.contains("&Message=Your+code+is+123456+%26+more&"), "{body}");
    }
}
