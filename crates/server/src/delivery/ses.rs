//! E-mail through SES, API version 2 (`SendEmail`: `POST /v2/email/outbound-emails`).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use stepwell_core::ports::clock::Clock;
use stepwell_core::ports::delivery::{DeliveryError, Email};

use super::aws::SignedService;
use crate::config::aws::AwsService;
use crate::egress::Egress;

const PATH: &str = "/v2/email/outbound-emails";

/// SES.
#[derive(Debug)]
pub(super) struct Ses(SignedService);

impl Ses {
    /// Through this service.
    pub(super) fn new(settings: AwsService, egress: Arc<Egress>, clock: Arc<dyn Clock>) -> Self {
        Self(SignedService { settings, egress, clock, service: "ses" })
    }

    /// Sends an e-mail.
    pub(super) async fn send(&self, email: &Email) -> Result<(), DeliveryError> {
        let AwsService { region, endpoint, .. } = &self.0.settings;
        let origin = endpoint.clone().unwrap_or_else(|| format!("https://email.{region}.amazonaws.com"));
        self.0.post(&origin, region, PATH, "application/json", body(email)).await
    }
}

/// SES wants display names beyond ASCII as RFC 2047 encodes them.
fn encoded_sender(from: &str) -> String {
    let name = from.rsplit_once('<').filter(|(name, _)| !name.is_ascii());
    name.map_or_else(
        || from.to_owned(),
        |(name, address)| {
            let name = name.trim().trim_matches('"');
            format!("=?UTF-8?B?{}?= <{address}", STANDARD.encode(name))
        },
    )
}

fn body(email: &Email) -> Vec<u8> {
    let utf8 = |data: &str| json!({ "Data": data, "Charset": "UTF-8" });
    let mut body = json!({
        "FromEmailAddress": encoded_sender(&email.from),
        "Destination": { "ToAddresses": [email.to] },
        "Content": { "Simple": { "Subject": utf8(&email.subject), "Body": { "Html": utf8(email.html.as_str()) } } },
    });
    let optional = [
        ("FromEmailAddressIdentityArn", email.source_arn.as_ref().map(|arn| json!(arn))),
        ("ConfigurationSetName", email.configuration_set.as_ref().map(|name| json!(name))),
        ("ReplyToAddresses", email.reply_to.as_ref().map(|address| json!([address]))),
    ];
    if let Some(members) = body.as_object_mut() {
        members.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    body.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senders() {
        assert_eq!(encoded_sender("Example <a@example.com>"), "Example <a@example.com>");
        assert_eq!(encoded_sender("a@example.com"), "a@example.com");
        assert_eq!(encoded_sender("\"Müller\" <a@example.com>"), "=?UTF-8?B?TcO8bGxlcg==?= <a@example.com>");
    }

    #[test]
    fn the_request_is_send_email() {
        let email = Email {
            from: "no-reply@example.com".to_owned(),
            reply_to: None,
            to: "ann@example.org".to_owned(),
            subject: "Code".to_owned(),
            html: "123456".into(),
            source_arn: Some("arn:aws:ses:us-east-1:000000000000:identity/example.com".to_owned()),
            configuration_set: None,
        };
        let body: serde_json::Value = serde_json::from_slice(&body(&email)).unwrap();
        assert_eq!(body["Destination"]["ToAddresses"][0], "ann@example.org");
        assert_eq!(body["Content"]["Simple"]["Body"]["Html"]["Data"], "123456");
        assert!(body["FromEmailAddressIdentityArn"].is_string());
        assert!(body.get("ReplyToAddresses").is_none() && body.get("ConfigurationSetName").is_none());
    }
}
