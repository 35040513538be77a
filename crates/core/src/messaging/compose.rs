//! The texts of messages: the pool's templates with their placeholders filled in.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Cause, check_way, sends_links};
use crate::cache::PoolEntry;
use crate::domain::Domain;
use crate::error::Result;
use crate::pools::ContactAttribute;
use crate::ports::delivery::{Email, Message, Sms};
use crate::triggers::custom_sender::{self, Addressed, Source};
use crate::users::User;

/// Why a code is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// A sign-up.
    SignUp,
    /// The code was asked for again.
    ResendCode,
    /// The password was forgotten.
    ForgotPassword,
    /// An attribute is to be verified, because its user asked for a code.
    VerifyAttribute,
    /// An attribute is to be verified, because it was changed.
    UpdateAttribute,
    /// A sign-in, as first or second factor.
    Authentication,
}

impl Occasion {
    /// What custom senders call it.
    fn source(self) -> Source {
        match self {
            Self::SignUp => Source::SignUp,
            Self::ResendCode => Source::ResendCode,
            Self::ForgotPassword => Source::ForgotPassword,
            Self::VerifyAttribute => Source::VerifyUserAttribute,
            Self::UpdateAttribute => Source::UpdateUserAttribute,
            Self::Authentication => Source::Authentication,
        }
    }
}

const CODE: &str = "{####}";
const USERNAME: &str = "{username}";
const DEFAULT_SUBJECT: &str = "Your verification code";
const DEFAULT_CODE_TEXT: &str = "Your confirmation code is {####}";
const DEFAULT_RESET_TEXT: &str = "Your password reset code is {####}";
const DEFAULT_AUTHENTICATION_SUBJECT: &str = "Your authentication code";
const DEFAULT_AUTHENTICATION_TEXT: &str = "Your authentication code is {####}.";
const DEFAULT_LINK_SUBJECT: &str = "Your verification link";
const DEFAULT_LINK_TEXT: &str = "Please click the link below to verify your email address. {##Verify Email##}";
const DEFAULT_INVITE_SUBJECT: &str = "Your temporary password";
const DEFAULT_INVITE_TEXT: &str = "Your username is {username} and temporary password is {####}";
const DEFAULT_WELCOME_SUBJECT: &str = "Your account";
const DEFAULT_WELCOME_TEXT: &str = "Your username is {username}";
/// What may stand unescaped in a query value.
const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The message that carries a code.
pub(crate) fn code(
    domain: &Domain,
    entry: &PoolEntry,
    cause: Cause<'_>,
    to: &Addressed<'_>,
    (contact, address): (ContactAttribute, &str),
    occasion: Occasion,
    code: &str,
) -> Result<Message> {
    check_way(domain, entry, contact)?;
    Ok(unchecked_code(domain, entry, cause, to, (contact, address), occasion, code))
}

/// As [`code`], whether or not the message can be sent.
pub(crate) fn unchecked_code(
    domain: &Domain,
    entry: &PoolEntry,
    cause: Cause<'_>,
    to: &Addressed<'_>,
    (contact, address): (ContactAttribute, &str),
    occasion: Occasion,
    code: &str,
) -> Message {
    if custom_sender::carries(entry, contact) {
        return custom_sender::message(to, (contact, address), occasion.source(), cause, code.into());
    }
    let username = to.user_name();
    if occasion == Occasion::Authentication {
        return authentication(domain, entry, username, (contact, address), code);
    }
    let template = &entry.settings.verification_message;
    let default_text = if occasion == Occasion::ForgotPassword { DEFAULT_RESET_TEXT } else { DEFAULT_CODE_TEXT };
    let by_link = sends_links(entry) && matches!(occasion, Occasion::SignUp | Occasion::ResendCode);
    match contact {
        ContactAttribute::PhoneNumber => {
            let text = cause.sms().or(template.sms_message.as_deref()).unwrap_or(default_text);
            sms(entry, address, &fill(text, code, username))
        }
        ContactAttribute::Email if by_link => {
            let link = confirmation_link(domain, cause.client_id.unwrap_or_default(), username, code);
            let text = cause.email().or(template.email_message_by_link.as_deref()).unwrap_or(DEFAULT_LINK_TEXT);
            let subject = template.email_subject_by_link.as_deref();
            let subject = cause.email_subject().or(subject).unwrap_or(DEFAULT_LINK_SUBJECT);
            email(domain, entry, address, subject, with_link(&fill_name(text, &escape(username)), &link))
        }
        ContactAttribute::Email => {
            let text = cause.email().or(template.email_message.as_deref()).unwrap_or(default_text);
            let subject = cause.email_subject().or(template.email_subject.as_deref()).unwrap_or(DEFAULT_SUBJECT);
            email(domain, entry, address, subject, fill(text, code, &escape(username)))
        }
    }
}

/// The message that carries the code of a sign-in.
fn authentication(
    domain: &Domain,
    entry: &PoolEntry,
    username: &str,
    (contact, address): (ContactAttribute, &str),
    code: &str,
) -> Message {
    match contact {
        ContactAttribute::PhoneNumber => {
            let text = entry.settings.sms_authentication_message.as_deref().unwrap_or(DEFAULT_AUTHENTICATION_TEXT);
            sms(entry, address, &fill(text, code, username))
        }
        ContactAttribute::Email => {
            let template = entry.settings.mfa.email.as_ref();
            let text = template.and_then(|t| t.message.as_deref()).unwrap_or(DEFAULT_AUTHENTICATION_TEXT);
            let subject = template.and_then(|t| t.subject.as_deref()).unwrap_or(DEFAULT_AUTHENTICATION_SUBJECT);
            email(domain, entry, address, subject, fill(text, code, &escape(username)))
        }
    }
}

/// Whether the text of an invitation says the temporary password. A pool's own must, for users who have one (API reference,
/// `MessageTemplateType`, and the guide of AWS `CloudFormation`).
pub fn tells_password(entry: &PoolEntry, cause: Cause<'_>, contact: ContactAttribute) -> bool {
    custom_sender::carries(entry, contact) || invite_text(entry, cause, contact).is_none_or(|text| text.contains(CODE))
}

/// The text of an invitation, if it is not the default.
fn invite_text<'a>(entry: &'a PoolEntry, cause: Cause<'a>, contact: ContactAttribute) -> Option<&'a str> {
    let template = entry.settings.invite_message.as_ref();
    match contact {
        ContactAttribute::PhoneNumber => cause.sms().or(template.and_then(|t| t.sms_message.as_deref())),
        ContactAttribute::Email => cause.email().or(template.and_then(|t| t.email_message.as_deref())),
    }
}

/// The message that carries a temporary password.
pub fn invitation(
    domain: &Domain,
    entry: &PoolEntry,
    cause: Cause<'_>,
    user: &User,
    to: (ContactAttribute, &str),
    password: &str,
) -> Result<Message> {
    let default = (DEFAULT_INVITE_SUBJECT, DEFAULT_INVITE_TEXT);
    greeting(domain, entry, cause, user, to, password, default)
}

/// The message to a user without a password. Where the pool's template has a place for one, nothing stands there.
pub fn welcome(
    domain: &Domain,
    entry: &PoolEntry,
    cause: Cause<'_>,
    user: &User,
    to: (ContactAttribute, &str),
) -> Result<Message> {
    greeting(domain, entry, cause, user, to, "", (DEFAULT_WELCOME_SUBJECT, DEFAULT_WELCOME_TEXT))
}

/// A message to a user made by an administrator, by the pool's template or else by the default subject and text.
fn greeting(
    domain: &Domain,
    entry: &PoolEntry,
    cause: Cause<'_>,
    user: &User,
    (contact, address): (ContactAttribute, &str),
    password: &str,
    (default_subject, default_text): (&str, &str),
) -> Result<Message> {
    check_way(domain, entry, contact)?;
    if custom_sender::carries(entry, contact) {
        // Escaped, as Cognito does it: its handlers unescape temporary passwords (developer guide, "Custom sender Lambda
        // triggers").
        let secret = escape(password).into();
        let to = Addressed::User(user);
        return Ok(custom_sender::message(&to, (contact, address), Source::AdminCreateUser, cause, secret));
    }
    let text = invite_text(entry, cause, contact).unwrap_or(default_text);
    // Where e-mail or phone stands in for usernames, people know themselves by it.
    let name = if entry.generates_usernames() { address } else { &user.username };
    Ok(match contact {
        ContactAttribute::PhoneNumber => sms(entry, address, &fill(text, password, name)),
        ContactAttribute::Email => {
            let subject = entry.settings.invite_message.as_ref().and_then(|t| t.email_subject.as_deref());
            let subject = cause.email_subject().or(subject).unwrap_or(default_subject);
            email(domain, entry, address, subject, fill(text, &escape(password), &escape(name)))
        }
    })
}

/// Fills the name in first: a code is digits and a password is ours, but a name could hold a placeholder, which must
/// then stay text.
fn fill(template: &str, code: &str, name: &str) -> String {
    let mut out = String::with_capacity(template.len() + code.len() + name.len());
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        let (before, candidate) = rest.split_at(start);
        out.push_str(before);
        if let Some(after) = candidate.strip_prefix(CODE) {
            out.push_str(code);
            rest = after;
        } else if let Some(after) = candidate.strip_prefix(USERNAME) {
            out.push_str(name);
            rest = after;
        } else {
            out.push('{');
            rest = candidate.get(1..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    out
}

fn fill_name(template: &str, name: &str) -> String {
    fill(template, CODE, name)
}

/// Puts the link in place of `{##text##}`.
fn with_link(template: &str, link: &str) -> String {
    let anchor = |text: &str| format!("<a href=\"{}\">{text}</a>", escape(link));
    if let Some((before, rest)) = template.split_once("{##")
        && let Some((text, after)) = rest.split_once("##}")
    {
        return format!("{before}{}{after}", anchor(text));
    }
    format!("{template} {}", anchor("Verify Email"))
}

fn confirmation_link(domain: &Domain, client_id: &str, username: &str, code: &str) -> String {
    let name = utf8_percent_encode(username, QUERY_VALUE);
    let base = &domain.settings.public_url;
    format!("{base}/confirmUser?client_id={client_id}&user_name={name}&confirmation_code={code}")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

fn email(domain: &Domain, entry: &PoolEntry, to: &str, subject: &str, html: String) -> Message {
    let configuration = &entry.settings.email;
    Message::Email(Email {
        from: configuration.from.clone().unwrap_or_else(|| domain.settings.default_email_from.clone()),
        reply_to: configuration.reply_to_email_address.clone(),
        to: to.to_owned(),
        subject: subject.to_owned(),
        html: html.into(),
        source_arn: configuration.source_arn.clone(),
        configuration_set: configuration.configuration_set.clone(),
    })
}

fn sms(entry: &PoolEntry, to: &str, text: &str) -> Message {
    let configuration = entry.settings.sms.as_ref();
    Message::Sms(Sms {
        to: to.to_owned(),
        text: text.into(),
        caller_arn: configuration.and_then(|c| c.sns_caller_arn.clone()),
        external_id: configuration.and_then(|c| c.external_id.clone()),
        sns_region: configuration.and_then(|c| c.sns_region.clone()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_once() {
        assert_eq!(fill("{username}: {####} {x}", "123456", "jane"), "jane: 123456 {x}");
        assert_eq!(fill("{username} {####}", "123456", "{####}"), "{####} 123456");
        assert_eq!(fill("é{####", "1", "2"), "é{####");
    }

    #[test]
    fn links_replace_their_placeholder() {
        assert_eq!(
            with_link("a {##Click##} b", "https://x/?a=1&b=2"),
            "a <a href=\"https://x/?a=1&amp;b=2\">Click</a> b"
        );
        assert!(with_link("no placeholder", "https://x").ends_with("<a href=\"https://x\">Verify Email</a>"));
    }
}
