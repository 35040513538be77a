//! E-mail through an SMTP server: pooled connections, TLS, login.

use std::sync::Arc;
use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use stepwell_core::ports::delivery::{DeliveryError, Email};
use stepwell_core::ports::rng::Rng;

use crate::config::email::{Smtp, SmtpTls};
use crate::start::StartError;

/// For each step of the conversation.
const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_CONNECTIONS: u32 = 8;
const IDLE: Duration = Duration::from_secs(60);
/// Of the server's answer, in the log.
const LONGEST_ANSWER: usize = 200;

/// An SMTP server to send through.
pub(super) struct SmtpSender {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    rng: Arc<dyn Rng>,
}

impl std::fmt::Debug for SmtpSender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SmtpSender")
    }
}

impl SmtpSender {
    /// Sets the connection up; nothing is sent yet.
    pub(super) fn new(smtp: &Smtp, public_url: &str, rng: Arc<dyn Rng>) -> Result<Self, StartError> {
        let tls = match smtp.tls {
            SmtpTls::None => Tls::None,
            SmtpTls::StartTls => Tls::Required(tls_parameters(smtp)?),
            SmtpTls::Implicit => Tls::Wrapper(tls_parameters(smtp)?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
            .port(smtp.port)
            .tls(tls)
            .timeout(Some(TIMEOUT))
            .hello_name(hello_name(public_url))
            .pool_config(PoolConfig::new().max_size(MAX_CONNECTIONS).idle_timeout(IDLE));
        if let Some((username, password)) = &smtp.login {
            builder = builder.credentials(Credentials::new(username.clone(), password.as_str().to_owned()));
        }
        Ok(Self { transport: builder.build(), rng })
    }

    /// Sends an e-mail.
    pub(super) async fn send(&self, email: &Email) -> Result<(), DeliveryError> {
        let message = compose(email, &self.rng.uuid())?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() && !is_about_us(&error) => {
                Err(DeliveryError::Permanent(describe(&error)))
            }
            Err(error) => Err(DeliveryError::Temporary(describe(&error))),
        }
    }
}

fn tls_parameters(smtp: &Smtp) -> Result<TlsParameters, StartError> {
    let failed = |error: &dyn std::fmt::Display| StartError::new(format!("TLS for {}: {error}", smtp.host));
    let mut builder = TlsParameters::builder(smtp.host.clone()).certificate_store(CertificateStore::Default);
    if let Some(path) = &smtp.ca_file {
        let pem = std::fs::read(path)
            .map_err(|error| StartError::new(format!("email.smtp.ca_file: cannot read {}: {error}", path.display())))?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|error| failed(&error))?);
    }
    builder.build().map_err(|error| failed(&error))
}

/// We are who the public URL says; an address goes into brackets (RFC 5321, section 4.1.3).
fn hello_name(public_url: &str) -> ClientId {
    let uri = public_url.parse::<http::Uri>().ok();
    let host = uri.as_ref().and_then(http::Uri::host).unwrap_or("localhost");
    match host.trim_start_matches('[').trim_end_matches(']').parse() {
        Ok(std::net::IpAddr::V4(address)) => ClientId::Ipv4(address),
        Ok(std::net::IpAddr::V6(address)) => ClientId::Ipv6(address),
        Err(_) => ClientId::Domain(host.to_owned()),
    }
}

fn compose(email: &Email, id: &str) -> Result<lettre::Message, DeliveryError> {
    let wrong = |what: &str| DeliveryError::Permanent(format!("the {what} of the message is not valid"));
    let from: Mailbox = email.from.parse().map_err(|_| wrong("sender"))?;
    let to: Mailbox = email.to.parse().map_err(|_| wrong("recipient"))?;
    let message_id = format!("<{id}@{}>", from.email.domain());
    let mut builder = MessageBuilder::new()
        .from(from)
        .to(to)
        // A line end in a subject (from an attribute in a template) would begin a header of the attacker's.
        .subject(email.subject.replace(['\r', '\n'], " "))
        .message_id(Some(message_id))
        .date_now()
        .header(ContentType::TEXT_HTML);
    if let Some(reply_to) = &email.reply_to {
        builder = builder.reply_to(reply_to.parse().map_err(|_| wrong("reply address"))?);
    }
    builder.body(email.html.as_str().to_owned()).map_err(|_| wrong("text"))
}

/// Whether the server refuses our login rather than the message (RFC 4954, section 6): the operator may mend it, so the
/// message waits.
fn is_about_us(error: &lettre::transport::smtp::Error) -> bool {
    error.status().is_some_and(|code| matches!(u16::from(code), 530 | 534 | 535 | 538))
}

/// The server's answer, made fit for a line of log.
fn describe(error: &lettre::transport::smtp::Error) -> String {
    error.to_string().chars().filter(|c| !c.is_control()).take(LONGEST_ANSWER).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email() -> Email {
        Email {
            from: "Example Inc <no-reply@example.com>".to_owned(),
            reply_to: Some("help@example.com".to_owned()),
            to: "ann@example.org".to_owned(),
            subject: "Code für Ann\r\nBcc: eve@example.net".to_owned(),
            html: "Your code is <b>123456</b>, grüß dich".into(),
            source_arn: None,
            configuration_set: None,
        }
    }

    #[test]
    fn a_message_on_the_wire() {
        let message = compose(&email(), "some-id").unwrap();
        let text = String::from_utf8(message.formatted()).unwrap();
        assert!(text.contains("From: \"Example Inc\" <no-reply@example.com>\r\n"), "{text}");
        assert!(text.contains("Message-ID: <some-id@example.com>\r\n"), "{text}");
        assert!(text.contains("Content-Type: text/html; charset=utf-8\r\n"), "{text}");
        assert!(!text.contains("\r\nBcc:"), "{text}");
        assert_eq!(message.envelope().to().len(), 1);
    }

    #[test]
    fn broken_addresses_are_permanent() {
        for to in ["", "nobody", "a@b, c@d", "a@b\r\nRCPT TO:<c@d>"] {
            let email = Email { to: to.to_owned(), ..email() };
            assert!(matches!(compose(&email, "id"), Err(DeliveryError::Permanent(_))), "{to:?}");
        }
    }

    #[test]
    fn who_we_are() {
        assert_eq!(hello_name("https://id.example.com:8443"), ClientId::Domain("id.example.com".to_owned()));
        assert_eq!(hello_name("http://127.0.0.1:9229"), ClientId::Ipv4([127, 0, 0, 1].into()));
        assert_eq!(hello_name("http://[::1]:9229"), ClientId::Ipv6(std::net::Ipv6Addr::LOCALHOST));
    }
}
