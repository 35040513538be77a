//! Section `email`: how e-mail leaves: through an SMTP server or through SES.

use std::path::PathBuf;

use stepwell_core::SecretString;

use super::aws::{self, AwsService};
use super::setting::{Kind, Setting};
use super::values::{ConfigError, Values};

/// The sender where nothing is configured; only `dev`, which shows mails in its mailbox, gets that far.
const DEV_SENDER: &str = "no-reply@stepwell.localhost";

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "email.from",
        "STEPWELL_EMAIL_FROM",
        Kind::Text,
        "",
        "The sender of messages from pools that name none, for example `Example <no-reply@example.com>`. Mandatory with SMTP or SES.",
    ),
    Setting::new("email.smtp.host", "STEPWELL_SMTP_HOST", Kind::Text, "", "The SMTP server."),
    Setting::new(
        "email.smtp.port",
        "STEPWELL_SMTP_PORT",
        Kind::Number,
        "465 with `implicit`, 587 with `starttls`, 25 with `none`",
        "Its port.",
    ),
    Setting::new(
        "email.smtp.tls",
        "STEPWELL_SMTP_TLS",
        Kind::Text,
        "`starttls`",
        "`starttls` (mail is refused if the server does not offer it), `implicit`, or `none`.",
    ),
    Setting::new(
        "email.smtp.username",
        "STEPWELL_SMTP_USERNAME",
        Kind::Text,
        "",
        "The user to log in as; without one there is no login. Needs TLS, unless the server is on loopback.",
    ),
    Setting::secret("email.smtp.password", "STEPWELL_SMTP_PASSWORD", "", "That user's password."),
    Setting::new(
        "email.smtp.ca_file",
        "STEPWELL_SMTP_CA_FILE",
        Kind::Text,
        "the system's authorities",
        "PEM file of a certificate authority to accept besides the system's.",
    ),
    Setting::new("email.ses.region", "STEPWELL_SES_REGION", Kind::Text, "", "The region of SES (API version 2)."),
    Setting::new(
        "email.ses.endpoint",
        "STEPWELL_SES_ENDPOINT",
        Kind::Text,
        "`https://email.<region>.amazonaws.com`",
        "Another address of SES or of something that speaks its API.",
    ),
    Setting::new("email.ses.access_key_id", "STEPWELL_SES_ACCESS_KEY_ID", Kind::Text, "", "The access key for SES."),
    Setting::secret("email.ses.secret_access_key", "STEPWELL_SES_SECRET_ACCESS_KEY", "", "Its secret."),
];

/// Section `email`.
#[derive(Debug)]
pub(crate) struct Email {
    /// The default sender.
    pub(crate) from: String,
    /// How mail leaves, if it does.
    pub(crate) transport: Option<Transport>,
}

/// How mail leaves.
#[derive(Debug)]
pub(crate) enum Transport {
    /// Through an SMTP server.
    Smtp(Smtp),
    /// Through SES.
    Ses(AwsService),
}

/// An SMTP server.
#[derive(Debug, Clone)]
pub(crate) struct Smtp {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: SmtpTls,
    pub(crate) login: Option<(String, SecretString)>,
    pub(crate) ca_file: Option<PathBuf>,
}

/// How the connection to the SMTP server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SmtpTls {
    /// Not at all.
    None,
    /// Upgraded after the greeting, or mail is not sent.
    StartTls,
    /// From the first byte.
    Implicit,
}

pub(super) fn read(values: &Values) -> Result<Email, ConfigError> {
    let transport = match (read_smtp(values)?, aws::read(values, "email.ses")?) {
        (Some(_), Some(_)) => return Err(ConfigError::new("`email.smtp` and `email.ses` are both set; choose one")),
        (Some(smtp), None) => Some(Transport::Smtp(smtp)),
        (None, Some(ses)) => Some(Transport::Ses(ses)),
        (None, None) => None,
    };
    let from = match values.text("email.from") {
        Some(from) => from.to_owned(),
        None if transport.is_some() => return Err(values.error("email.from", "is missing")),
        None => {
            values.settle("email.from", DEV_SENDER);
            DEV_SENDER.to_owned()
        }
    };
    if from.parse::<lettre::message::Mailbox>().is_err() {
        return Err(values.error("email.from", "is not an address such as `Example <no-reply@example.com>`"));
    }
    Ok(Email { from, transport })
}

fn read_smtp(values: &Values) -> Result<Option<Smtp>, ConfigError> {
    let Some(host) = values.text("email.smtp.host") else {
        let stray = ["username", "password", "tls", "ca_file"];
        let stray = stray.iter().map(|name| format!("email.smtp.{name}")).find(|key| values.text(key).is_some());
        for unused in ["email.smtp.tls", "email.smtp.ca_file"] {
            values.settle(unused, "not set");
        }
        return match stray {
            Some(key) => Err(values.error(&key, "is set, but `email.smtp.host` is not")),
            None => Ok(None),
        };
    };
    let (tls, port) = match values.text("email.smtp.tls") {
        Some("none") => (SmtpTls::None, 25),
        None | Some("starttls") => (SmtpTls::StartTls, 587),
        Some("implicit") => (SmtpTls::Implicit, 465),
        Some(_) => return Err(values.error("email.smtp.tls", "must be none, starttls or implicit")),
    };
    let login = match (values.text("email.smtp.username"), values.secret("email.smtp.password")) {
        (Some(username), Some(password)) => Some((username.to_owned(), password)),
        (None, None) => None,
        _ => return Err(values.error("email.smtp.password", "user name and password go together")),
    };
    if login.is_some() && tls == SmtpTls::None && !stepwell_core::loopback::is_loopback(host) {
        return Err(values.error("email.smtp.tls", "`none` would send the password in the clear"));
    }
    Ok(Some(Smtp {
        host: host.to_owned(),
        port: values.number("email.smtp.port", port, 1..=65_535)?,
        tls,
        login,
        ca_file: values.text("email.smtp.ca_file").map(PathBuf::from),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(options: &[(&str, &str)]) -> Result<Email, ConfigError> {
        let mut values = Values::default();
        for (key, value) in options {
            values.add_option(key, (*value).to_owned()).unwrap();
        }
        read(&values)
    }

    #[test]
    fn smtp() {
        let host = ("email.smtp.host", "mail.example.com");
        let from = ("email.from", "Example <no-reply@example.com>");
        let Email { transport: Some(Transport::Smtp(smtp)), .. } = with(&[host, from]).unwrap() else {
            panic!("not SMTP");
        };
        assert_eq!((smtp.port, smtp.tls), (587, SmtpTls::StartTls));
        assert!(with(&[host]).unwrap_err().to_string().contains("email.from"));
        assert!(with(&[host, ("email.from", "nobody")]).is_err());
        assert!(with(&[("email.smtp.username", "u")]).is_err());
        assert!(with(&[host, from, ("email.smtp.username", "u")]).is_err());
        let login = [("email.smtp.username", "u"), ("email.smtp.password", "p"), ("email.smtp.tls", "none")];
        assert!(with(&[&[host, from], &login[..]].concat()).is_err());
        assert!(with(&[&[("email.smtp.host", "127.0.0.1"), from], &login[..]].concat()).is_ok());
    }

    #[test]
    fn one_transport_only() {
        let ses = [
            ("email.ses.region", "us-east-1"),
            ("email.ses.access_key_id", "a"),
            ("email.ses.secret_access_key", "b"),
            ("email.from", "a@example.com"),
        ];
        assert!(matches!(with(&ses).unwrap().transport, Some(Transport::Ses(_))));
        assert!(with(&[&ses[..], &[("email.smtp.host", "h")]].concat()).is_err());
        assert!(with(&[]).unwrap().transport.is_none());
    }
}
