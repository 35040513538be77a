//! The e-mail about a risky sign-in (developer guide, "Sending notification messages"; placeholders in "Message
//! templates"), to the user's verified address.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use stepwell_model::{SecretString, idp};
use time::OffsetDateTime;
use time::macros::format_description;

use super::assess::Action;
use super::{AuthEvent, feedback};
use crate::Millis;
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::messaging::outbox;
use crate::pools::{ContactAttribute, PoolSettings};
use crate::ports::delivery::{Email, Message};
use crate::ports::store::Write;
use crate::triggers::custom_sender;
use crate::users::User;

/// What may stand unescaped in a query value.
const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Which of the three templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The sign-in was refused.
    Block,
    /// A second factor was asked for.
    Mfa,
    /// Nothing was done.
    NoAction,
}

impl Kind {
    fn template(self, configuration: &idp::NotifyConfigurationType) -> Option<&idp::NotifyEmailType> {
        match self {
            Self::Block => configuration.block_email.as_ref(),
            Self::Mfa => configuration.mfa_email.as_ref(),
            Self::NoAction => configuration.no_action_email.as_ref(),
        }
    }

    /// Our own words, where the pool has none.
    fn default_template(self) -> (&'static str, &'static str) {
        match self {
            Self::Block => ("Blocked sign-in attempt", "We blocked an unusual attempt to sign in to your account."),
            Self::Mfa => ("New sign-in attempt", "We asked for another factor at an unusual sign-in to your account."),
            Self::NoAction => ("New sign-in", "We noticed an unusual sign-in to your account."),
        }
    }
}

/// What a notification is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Notice<'a> {
    pub(super) event: &'a AuthEvent,
    pub(super) client_id: &'a str,
    pub(super) action: Action,
    pub(super) kind: Kind,
}

/// True if the pool's own function carries its e-mails.
pub(super) fn custom_sender(settings: &PoolSettings) -> bool {
    settings.triggers.custom_email_sender.as_ref().is_some_and(|sender| sender.lambda_arn.is_some())
}

/// The write that sends the notification. Nothing for users without a verified address: a stranger's would be told.
pub(super) fn write(
    cx: &Context<'_>,
    entry: &PoolEntry,
    user: &User,
    configuration: &idp::NotifyConfigurationType,
    notice: Notice<'_>,
) -> Result<Vec<Write>> {
    let address = user.attribute("email").filter(|_| user.is_verified(ContactAttribute::Email));
    let Some(address) = address else { return Ok(Vec::new()) };
    let facts = Facts::of(cx, entry, user, notice.event)?;
    let message = custom_sender::account_take_over(entry, user, address, notice.client_id, facts.for_handlers(notice))
        .unwrap_or_else(|| email(cx, entry, address, configuration, notice.kind, &facts));
    Ok(vec![outbox::enqueue(cx.domain, entry, &message)?])
}

/// What a message can say of the sign-in.
struct Facts<'a> {
    username: &'a str,
    event: &'a AuthEvent,
    login_time: String,
    feedback_token: String,
    link: String,
}

impl<'a> Facts<'a> {
    fn of(cx: &Context<'_>, entry: &PoolEntry, user: &'a User, event: &'a AuthEvent) -> Result<Self> {
        let feedback_token = feedback::token(cx, entry, &user.sub, &event.id);
        let link = format!(
            "{}/authEventFeedback?user_pool_id={}&user_name={}&event_id={}&feedback_token={feedback_token}",
            cx.domain.settings.public_url,
            entry.id,
            utf8_percent_encode(&user.username, QUERY_VALUE),
            event.id,
        );
        Ok(Self { username: &user.username, event, login_time: login_time(event.created_at)?, feedback_token, link })
    }

    fn judging(&self, valid: bool) -> String {
        format!("{}&feedback_value={}", self.link, if valid { "Valid" } else { "Invalid" })
    }

    /// The value of a placeholder; `None` for what is none.
    fn value(&self, placeholder: &str) -> Option<String> {
        let context = &self.event.context;
        let unknown = || "unknown".to_owned();
        Some(match placeholder {
            "username" => self.username.to_owned(),
            "ip-address" => context.ip_address.clone().unwrap_or_else(unknown),
            "city" => context.city.clone().unwrap_or_else(unknown),
            "country" => context.country.clone().unwrap_or_else(unknown),
            "device-name" => context.device_name.clone().unwrap_or_else(unknown),
            "login-time" => self.login_time.clone(),
            "event-id" => self.event.id.clone(),
            "feedback-token" => self.feedback_token.clone(),
            "one-click-link-valid" => self.judging(true),
            "one-click-link-invalid" => self.judging(false),
            _ => return None,
        })
    }

    /// What a custom sender is told.
    fn for_handlers(&self, notice: Notice<'_>) -> BTreeMap<String, Option<SecretString>> {
        let context = &self.event.context;
        let action = match (notice.kind, notice.action) {
            (Kind::Block, _) => "BLOCK",
            (_, Action::RequireMfa) => "MFA_REQUIRED",
            (_, Action::MfaIfConfigured) => "MFA_IF_CONFIGURED",
            _ => "NO_ACTION",
        };
        [
            ("EVENT_ID", Some(self.event.id.clone())),
            ("USER_NAME", Some(self.username.to_owned())),
            ("IP_ADDRESS", context.ip_address.clone()),
            ("CITY", context.city.clone()),
            ("COUNTRY", context.country.clone()),
            ("DEVICE_NAME", context.device_name.clone()),
            ("LOGIN_TIME", Some(self.login_time.clone())),
            ("ACCOUNT_TAKE_OVER_ACTION", Some(action.to_owned())),
            ("ONE_CLICK_LINK_VALID", Some(self.judging(true))),
            ("ONE_CLICK_LINK_INVALID", Some(self.judging(false))),
            ("FEEDBACK_TOKEN", Some(self.feedback_token.clone())),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.map(SecretString::from)))
        .collect()
    }
}

fn login_time(at: Millis) -> Result<String> {
    let at = OffsetDateTime::from_unix_timestamp(at.div_euclid(1_000)).map_err(Error::internal)?;
    let form = format_description!(
        "[weekday], [month repr:long] [day padding:none], [year] [hour repr:12]:[minute] [period] UTC"
    );
    at.format(form).map_err(Error::internal)
}

fn email(
    cx: &Context<'_>,
    entry: &PoolEntry,
    address: &str,
    configuration: &idp::NotifyConfigurationType,
    kind: Kind,
    facts: &Facts<'_>,
) -> Message {
    let of_pool = &entry.settings.email;
    let (subject, html) = body(configuration, kind, facts);
    let from = configuration.from.clone().or_else(|| of_pool.from.clone());
    Message::Email(Email {
        from: from.unwrap_or_else(|| cx.domain.settings.default_email_from.clone()),
        reply_to: configuration.reply_to.clone().or_else(|| of_pool.reply_to_email_address.clone()),
        to: address.to_owned(),
        subject,
        html: html.into(),
        source_arn: configuration.source_arn.clone(),
        configuration_set: of_pool.configuration_set.clone(),
    })
}

fn body(configuration: &idp::NotifyConfigurationType, kind: Kind, facts: &Facts<'_>) -> (String, String) {
    let template = kind.template(configuration);
    let (default_subject, default_text) = kind.default_template();
    let subject = template.and_then(|template| template.subject.clone()).unwrap_or_else(|| default_subject.to_owned());
    let in_html = |name: &str| facts.value(name).map(|value| escape(&value));
    let html = template.and_then(|template| template.html_body.as_deref());
    let text = template.and_then(|template| template.text_body.as_deref());
    let html = match (html, text) {
        (Some(html), _) => fill(html, in_html),
        // Messages are HTML; plain text is shown as it stands, with its links made to work.
        (None, Some(text)) => fill(&escape(text), |name| {
            let value = in_html(name)?;
            Some(if name.starts_with("one-click-link") { format!("<a href=\"{value}\">{value}</a>") } else { value })
        })
        .replace('\n', "<br>\n"),
        (None, None) => fill(
            &format!(
                "<p>{default_text}</p><p>Time: {{login-time}}<br>Address: {{ip-address}}<br>Device: {{device-name}}<br>\
                 Location: {{city}}, {{country}}</p><p>If this was not you, change your password and \
                 <a href=\"{{one-click-link-invalid}}\">tell us</a>. \
                 If it was you, you can <a href=\"{{one-click-link-valid}}\">let us know</a>.</p>"
            ),
            in_html,
        ),
    };
    // A subject is one line of plain text.
    (fill(&subject, |name| facts.value(name)).replace(char::is_control, " "), html)
}

/// Replaces each `{name}` by its value, once: values are not searched for placeholders again.
fn fill(template: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, candidate)) = rest.split_once('{') {
        out.push_str(before);
        let filled = candidate.split_once('}').and_then(|(name, after)| Some((value(name)?, after)));
        rest = if let Some((value, after)) = filled {
            out.push_str(&value);
            after
        } else {
            out.push('{');
            candidate
        };
    }
    out.push_str(rest);
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::{EventContext, EventRisk};

    fn event() -> AuthEvent {
        AuthEvent {
            pool_id: "us-east-1_abcdefghi".into(),
            sub: "sub".into(),
            id: "5f0c".into(),
            created_at: 1_616_163_900_000,
            event_type: "SignIn".into(),
            response: "Fail".into(),
            risk: EventRisk::default(),
            challenges: Vec::new(),
            context: EventContext {
                ip_address: Some("203.0.113.7".into()),
                device_name: Some("<b>{city}</b>".into()),
                city: Some("Berlin".into()),
                ..EventContext::default()
            },
            feedback: None,
            version: 0,
        }
    }

    fn rendered(email: Option<idp::NotifyEmailType>) -> (String, String) {
        let event = event();
        let facts = Facts {
            username: "jane",
            login_time: login_time(event.created_at).unwrap(),
            event: &event,
            feedback_token: "t".into(),
            link: "https://id.test/f?a=1&b=2".into(),
        };
        let configuration = idp::NotifyConfigurationType { block_email: email, ..Default::default() };
        body(&configuration, Kind::Block, &facts)
    }

    fn template(html: Option<&str>, text: Option<&str>) -> idp::NotifyEmailType {
        idp::NotifyEmailType {
            subject: Some("For {username}: {nothing}".into()),
            html_body: html.map(Into::into),
            text_body: text.map(Into::into),
        }
    }

    #[test]
    fn placeholders_are_filled_once_and_escaped() {
        let html = "{login-time}|{ip-address}|{city}|{country}|{device-name}|{event-id}|{feedback-token}|{x";
        let (subject, body) = rendered(Some(template(Some(html), Some("unused"))));
        assert_eq!(subject, "For jane: {nothing}");
        assert_eq!(
            body,
            "Friday, March 19, 2021 02:25 PM UTC|203.0.113.7|Berlin|unknown|&lt;b&gt;{city}&lt;/b&gt;|5f0c|t|{x"
        );
    }

    #[test]
    fn links_work_in_both_bodies() {
        let (_, html) = rendered(Some(template(Some("<a href={one-click-link-invalid}>no</a>"), None)));
        assert_eq!(html, "<a href=https://id.test/f?a=1&amp;b=2&amp;feedback_value=Invalid>no</a>");
        let (_, text) = rendered(Some(template(None, Some("1 < 2\n{one-click-link-valid}"))));
        let link = "https://id.test/f?a=1&amp;b=2&amp;feedback_value=Valid";
        assert_eq!(text, format!("1 &lt; 2<br>\n<a href=\"{link}\">{link}</a>"));
    }

    #[test]
    fn our_own_words_where_there_is_no_template() {
        let (subject, html) = rendered(None);
        assert_eq!(subject, "Blocked sign-in attempt");
        assert!(html.contains("203.0.113.7") && html.contains("feedback_value=Invalid\">tell us"), "{html}");
        assert!(!html.contains('{') || html.contains("{city}"), "{html}");
    }
}
