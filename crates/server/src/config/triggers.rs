//! Section `triggers`: where the functions run that pools name in `LambdaConfig`: at Lambda, or behind webhooks.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stepwell_core::loopback;
use zeroize::Zeroizing;

use super::aws::{self, AwsService};
use super::setting::{Kind, Setting};
use super::values::{ConfigError, Values};

/// What signing secrets begin with (Standard Webhooks).
const SECRET: &str = "whsec_";
/// How long a signing secret is, in bytes (Standard Webhooks).
const SECRET_LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;
/// In the list of webhooks: every function.
const EVERY: &str = "*";

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "triggers.lambda.region",
        "STEPWELL_LAMBDA_REGION",
        Kind::Text,
        "",
        "The region of Lambda. It runs the functions that pools name in `LambdaConfig` and that no webhook stands for.",
    ),
    Setting::new(
        "triggers.lambda.endpoint",
        "STEPWELL_LAMBDA_ENDPOINT",
        Kind::Text,
        "`https://lambda.<region>.amazonaws.com`",
        "Another address of Lambda or of something that speaks its Invoke API. Functions are called there by their names; at AWS by their ARNs.",
    ),
    Setting::new(
        "triggers.lambda.access_key_id",
        "STEPWELL_LAMBDA_ACCESS_KEY_ID",
        Kind::Text,
        "",
        "The access key for Lambda; it needs `lambda:InvokeFunction` on the functions that pools name, and nothing else.",
    ),
    Setting::secret("triggers.lambda.secret_access_key", "STEPWELL_LAMBDA_SECRET_ACCESS_KEY", "", "Its secret."),
    Setting::new(
        "triggers.webhooks",
        "STEPWELL_WEBHOOKS",
        Kind::List,
        "none",
        "Functions that are webhooks: `<function>=<URL>`, where the function is a name or an ARN, or `*` for all that have no entry of their own. The event is posted to the URL, and the answer is the event with its `response` filled in.",
    ),
    Setting::secret(
        "triggers.webhook_secrets",
        "STEPWELL_WEBHOOK_SECRETS",
        "",
        "What webhooks are signed with (Standard Webhooks): `whsec_` and 24 to 64 bytes in Base64. Several, separated by spaces, commas or lines, all sign, so that one can be replaced by the next; `<function>=whsec_…` is for that entry of `triggers.webhooks` alone.",
    ),
    Setting::new(
        "triggers.allow_http",
        "STEPWELL_WEBHOOKS_ALLOW_HTTP",
        Kind::Switch,
        "`false`",
        "Whether webhooks may have http URLs anywhere. Without it they may on loopback and private addresses alone: events hold personal data, and at a user's migration the password.",
    ),
];

/// Section `triggers`.
#[derive(Debug)]
pub(crate) struct Triggers {
    /// Lambda, if there is one.
    pub(crate) lambda: Option<AwsService>,
    /// The functions that are webhooks.
    pub(crate) webhooks: Vec<Webhook>,
}

/// A function that is a webhook.
#[derive(Clone)]
pub(crate) struct Webhook {
    /// The function's name or ARN; none for every function that has no entry of its own.
    pub(crate) function: Option<String>,
    /// Where the events go.
    pub(crate) url: String,
    /// Host and port of the URL.
    pub(crate) host: String,
    /// What they are signed with; at least one.
    pub(crate) secrets: Vec<Zeroizing<Vec<u8>>>,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A URL can hold a secret, too.
        f.debug_struct("Webhook").field("function", &self.function).finish_non_exhaustive()
    }
}

pub(super) fn read(values: &Values) -> Result<Triggers, ConfigError> {
    let allow_http = values.switch("triggers.allow_http", false);
    let secrets = read_secrets(values)?;
    let mut webhooks: Vec<Webhook> = Vec::new();
    for entry in values.list("triggers.webhooks") {
        let wrong = |problem: String| values.error("triggers.webhooks", problem);
        let (function, url) = entry
            .split_once('=')
            .map(|(function, url)| (function.trim(), url.trim()))
            .filter(|(function, _)| !function.is_empty())
            .ok_or_else(|| wrong("each entry is `<function>=<URL>`".to_owned()))?;
        let host = host_of(url, allow_http).map_err(|problem| wrong(format!("the URL of {function} {problem}")))?;
        let named = (function != EVERY).then(|| function.to_owned());
        if webhooks.iter().any(|webhook| webhook.function == named) {
            return Err(wrong(format!("{function} stands there twice")));
        }
        let own = secrets.iter().filter(|secret| secret.function.as_deref() == Some(function));
        let shared = secrets.iter().filter(|secret| secret.function.is_none());
        let own: Vec<_> = own.map(|secret| secret.bytes.clone()).collect();
        let secrets = if own.is_empty() { shared.map(|secret| secret.bytes.clone()).collect() } else { own };
        if secrets.is_empty() {
            return Err(values.error("triggers.webhook_secrets", format_args!("there is none for {function}")));
        }
        webhooks.push(Webhook { function: named, url: url.to_owned(), host, secrets });
    }
    for function in secrets.iter().filter_map(|secret| secret.function.as_deref()) {
        let known = |webhook: &Webhook| webhook.function.as_deref().unwrap_or(EVERY) == function;
        if !webhooks.iter().any(known) {
            return Err(values.error("triggers.webhook_secrets", format_args!("there is no webhook {function}")));
        }
    }
    Ok(Triggers { lambda: aws::read(values, "triggers.lambda")?, webhooks })
}

struct Secret {
    function: Option<String>,
    bytes: Zeroizing<Vec<u8>>,
}

fn read_secrets(values: &Values) -> Result<Vec<Secret>, ConfigError> {
    let text = values.text("triggers.webhook_secrets").unwrap_or_default();
    let entries = text.split([',', ' ', '\t', '\r', '\n']).filter(|entry| !entry.is_empty());
    entries
        .map(|entry| {
            let (function, encoded) = match entry.strip_prefix(SECRET) {
                Some(encoded) => (None, encoded),
                None => entry.split_once("=whsec_").map_or((None, ""), |(function, rest)| (Some(function), rest)),
            };
            let bytes = Zeroizing::new(STANDARD.decode(encoded).unwrap_or_default());
            if SECRET_LENGTHS.contains(&bytes.len()) {
                return Ok(Secret { function: function.map(str::to_owned), bytes });
            }
            // What is wrong is not quoted: it is a secret all the same.
            Err(values.error("triggers.webhook_secrets", "each must be `whsec_` and 24 to 64 bytes in Base64"))
        })
        .collect()
}

/// Host and port of the URL of a webhook (or another service that the operator names), or what is wrong with it.
pub(super) fn host_of(url: &str, allow_http: bool) -> Result<String, String> {
    let uri: http::Uri = url.parse().map_err(|_| "is none".to_owned())?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err("must begin with https://".to_owned());
    };
    if authority.as_str().contains('@') {
        return Err("must not have a user".to_owned());
    }
    match scheme {
        "https" => {}
        "http" if allow_http || is_near(authority.host()) => {}
        "http" => {
            return Err("must be https off loopback and private addresses (or set triggers.allow_http)".to_owned());
        }
        _ => return Err("must be https".to_owned()),
    }
    Ok(authority.to_string())
}

/// This machine, or an address of a private network.
fn is_near(host: &str) -> bool {
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    match literal.parse() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_private() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
        Err(_) => loopback::is_loopback(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "whsec_YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh";
    const B: &str = "whsec_YmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJi";

    fn given(webhooks: &str, secrets: &str) -> Result<Triggers, ConfigError> {
        let mut values = Values::default();
        values.add_option("triggers.webhooks", webhooks.to_owned()).unwrap();
        values.add_option("triggers.webhook_secrets", secrets.to_owned()).unwrap();
        read(&values)
    }

    fn problem(webhooks: &str, secrets: &str) -> String {
        given(webhooks, secrets).unwrap_err().to_string()
    }

    #[test]
    fn nothing_is_nothing() {
        let triggers = read(&Values::default()).unwrap();
        assert!(triggers.lambda.is_none() && triggers.webhooks.is_empty());
    }

    #[test]
    fn secrets_are_shared_or_a_functions_own() {
        let urls = "sign-up=https://a.example/x?y=z, *=http://127.0.0.1:9000/all";
        let triggers = given(urls, &format!("{A}\nsign-up={B}")).unwrap();
        let [own, every] = triggers.webhooks.as_slice() else { panic!() };
        assert_eq!((own.function.as_deref(), own.url.as_str()), (Some("sign-up"), "https://a.example/x?y=z"));
        assert_eq!((own.host.as_str(), own.secrets[0].as_slice()), ("a.example", &[b'b'; 24][..]));
        assert_eq!((every.function.as_deref(), every.host.as_str()), (None, "127.0.0.1:9000"));
        assert_eq!(every.secrets[0].as_slice(), [b'a'; 24]);
        // While one replaces another, both sign.
        assert_eq!(given("f=https://a.example", &format!("{A} {B}")).unwrap().webhooks[0].secrets.len(), 2);
    }

    #[test]
    fn mistakes_are_told_without_secrets() {
        assert!(problem("f=https://a.example", "").contains("there is none for f"));
        assert!(problem("f=https://a.example", &format!("{A},g={B}")).contains("there is no webhook g"));
        assert!(problem("f=https://a.example,f=https://b.example", A).contains("twice"));
        for bad in ["f", "=https://a.example", "https://a.example"] {
            assert!(problem(bad, A).contains("<function>=<URL>") || problem(bad, A).contains("https"), "{bad}");
        }
        for bad in ["whsec_YWFh", "hunter2hunter2hunter2hunter2", "f=hunter2"] {
            let told = problem("f=https://a.example", bad);
            assert!(told.contains("24 to 64 bytes") && !told.contains(bad), "{told}");
        }
    }

    #[test]
    fn http_stays_near() {
        for near in
            ["http://localhost:1/x", "http://127.0.0.1", "http://10.1.2.3/", "http://[fd00::1]:8080/", "http://[::1]"]
        {
            assert!(host_of(near, false).is_ok(), "{near}");
        }
        for far in ["http://handlers:9000", "http://example.com", "http://8.8.8.8/", "http://[2001:db8::1]/"] {
            assert!(host_of(far, false).is_err() && host_of(far, true).is_ok(), "{far}");
        }
        for bad in ["ftp://a", "a.example/x", "https://u:p@a.example", "", "https:///x"] {
            assert!(host_of(bad, true).is_err(), "{bad}");
        }
    }
}
