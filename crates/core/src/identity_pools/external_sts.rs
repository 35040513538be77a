//! Credentials of another STS: AWS itself, or any server that speaks `AssumeRoleWithWebIdentity` and trusts our issuer.

use std::collections::BTreeMap;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use stepwell_model::{ErrorCode, SecretString};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{MANAGED_SESSION_POLICY, invalid_roles};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ports::egress::Outgoing;
use crate::sts::credentials::TemporaryCredentials;
use crate::{Millis, SECOND};

/// The session's name, as on AWS.
const SESSION_NAME: &str = "CognitoIdentityCredentials";
/// How long the credentials live, in seconds, as on AWS.
const DURATION: &str = "3600";

/// Which identity pools hand out credentials of another STS. Decided by the operator: AWS has no such setting in its API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExternalSts {
    /// By the id of the pool.
    pub pools: BTreeMap<String, Endpoint>,
    /// Of every other pool.
    pub default: Option<Endpoint>,
}

/// Another STS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its URL.
    pub url: String,
    /// Whether guests' sessions get the policies that AWS limits them to. A server that does not know the policies' actions
    /// refuses them; without them, the guests' role is all that limits guests.
    pub scope_down_guests: bool,
}

impl ExternalSts {
    /// The STS of a pool, if it is not ours.
    pub fn of_pool(&self, pool_id: &str) -> Option<&Endpoint> {
        self.pools.get(pool_id).or(self.default.as_ref())
    }
}

/// Takes an identity's OpenID token to the STS. `policy` is a guest's inline session policy.
pub(super) async fn assume(
    cx: &Context<'_>,
    endpoint: &Endpoint,
    role_arn: &str,
    token: &SecretString,
    policy: Option<&str>,
) -> Result<TemporaryCredentials> {
    let mut form = vec![
        ("Action", "AssumeRoleWithWebIdentity"),
        ("Version", "2011-06-15"),
        ("RoleArn", role_arn),
        ("RoleSessionName", SESSION_NAME),
        ("DurationSeconds", DURATION),
        ("WebIdentityToken", token.as_str()),
    ];
    if let Some(policy) = policy.filter(|_| endpoint.scope_down_guests) {
        form.push(("Policy", policy));
        form.push(("PolicyArns.member.1.arn", MANAGED_SESSION_POLICY));
    }
    let form: Vec<String> = form
        .into_iter()
        .map(|(key, value)| format!("{key}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
        .collect();
    let request = Outgoing::post_form(endpoint.url.as_str(), form.join("&"));
    let answer = cx.domain.outside.egress.send(request).await.map_err(|error| {
        tracing::warn!(url = endpoint.url, %error, "an external STS could not be reached");
        unavailable()
    })?;
    let body = String::from_utf8_lossy(&answer.body);
    match answer.status {
        200 => credentials(&body).ok_or_else(|| {
            tracing::warn!(url = endpoint.url, "an external STS answered without credentials");
            unavailable()
        }),
        400..=499 => {
            let code = element(&body, "Code").unwrap_or_default();
            let message = element(&body, "Message").unwrap_or_default();
            tracing::warn!(url = endpoint.url, role_arn, code, message, "an external STS refused");
            Err(invalid_roles())
        }
        status => {
            tracing::warn!(url = endpoint.url, status, "an external STS failed");
            Err(unavailable())
        }
    }
}

fn unavailable() -> Error {
    Error::new(ErrorCode::ExternalService, "The security token service could not be reached.")
}

fn credentials(body: &str) -> Option<TemporaryCredentials> {
    let credentials = raw_element(body, "Credentials")?;
    let expiration = OffsetDateTime::parse(&element(credentials, "Expiration")?, &Rfc3339).ok()?;
    let filled = |name| element(credentials, name).filter(|text| !text.is_empty());
    Some(TemporaryCredentials {
        access_key_id: filled("AccessKeyId")?,
        secret_access_key: SecretString::from(filled("SecretAccessKey")?),
        session_token: SecretString::from(filled("SessionToken")?),
        expires_at: Millis::from(expiration.unix_timestamp()).checked_mul(SECOND)?,
    })
}

/// The content of the first element of this name. The answers of STS are flat and without attributes; what is not so is not
/// found.
fn raw_element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(content, _)| content)
}

/// The text of the first element of this name.
fn element(xml: &str, name: &str) -> Option<String> {
    let raw = raw_element(xml, name)?.trim();
    if raw.contains('<') {
        return None;
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('&') {
        let (entity, after) = after.split_once(';')?;
        text.push_str(before);
        text.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let number = entity.strip_prefix('#')?;
                let code = match number.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(code)?
            }
        });
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
<AssumedRoleUser><Arn></Arn></AssumedRoleUser><Credentials>
  <AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>a&#43;b/c&amp;d</SecretAccessKey>
  <Expiration>2026-11-23T13:00:01.5Z</Expiration><SessionToken> t.o.k== </SessionToken></Credentials>
</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"#;

    #[test]
    fn credentials_are_read() {
        let read = credentials(ANSWER).unwrap();
        assert_eq!(read.access_key_id, "ASIAEXAMPLE");
        assert_eq!(read.secret_access_key.as_str(), "a+b/c&d");
        assert_eq!(read.session_token.as_str(), "t.o.k==");
        assert_eq!(read.expires_at, 1_795_438_801_000);
    }

    #[test]
    fn what_is_no_answer_yields_nothing() {
        for (from, to) in [
            ("<AccessKeyId>ASIAEXAMPLE</AccessKeyId>", ""),
            ("ASIAEXAMPLE", ""),
            ("ASIAEXAMPLE", "<b>x</b>"),
            ("&amp;", "&"),
            ("&amp;", "&nothing;"),
            ("2026-11-23T13:00:01.5Z", "tomorrow"),
            ("</Credentials>", ""),
        ] {
            assert!(credentials(&ANSWER.replace(from, to)).is_none(), "{from} → {to}");
        }
        assert!(credentials("").is_none());
    }

    #[test]
    fn a_pools_own_endpoint_comes_first() {
        let endpoint = |url: &str| Endpoint { url: url.to_owned(), scope_down_guests: true };
        let mut external = ExternalSts::default();
        assert_eq!(external.of_pool("a"), None);
        external.pools.insert("a".to_owned(), endpoint("https://a"));
        assert_eq!(external.of_pool("b"), None);
        external.default = Some(endpoint("https://b"));
        assert_eq!(external.of_pool("a"), Some(&endpoint("https://a")));
        assert_eq!(external.of_pool("b"), Some(&endpoint("https://b")));
    }
}
