//! The mailbox of `dev`: the last thousand messages, in memory, each with the code or link found in it.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use serde::Serialize;
use stepwell_core::Millis;
use stepwell_core::pools::ContactAttribute;
use stepwell_core::ports::clock::Clock;
use stepwell_core::ports::delivery::{CustomMessage, Message};

const CAPACITY: usize = 1000;
const CODE_LENGTHS: [usize; 2] = [6, 8];

/// A message as the mailbox shows it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Entry {
    /// Counts up; ten digits, so that texts sort as numbers.
    pub(crate) id: String,
    /// `email` or `sms`.
    pub(crate) channel: &'static str,
    /// The recipient.
    pub(crate) to: String,
    /// The subject; none for text messages.
    pub(crate) subject: Option<String>,
    /// The whole text; HTML in e-mails.
    pub(crate) body: String,
    /// The code in the text, or else the link.
    pub(crate) code: Option<String>,
    /// When it arrived.
    pub(crate) at: Millis,
}

/// The mailbox.
pub(crate) struct Mailbox {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Newest first.
    entries: VecDeque<Arc<Entry>>,
    last_id: u64,
    /// Counts changes, clearing included. It starts at the time, so that none comes back after a restart: open pages compare
    /// it with the one they saw last.
    revision: u64,
}

impl std::fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mailbox")
    }
}

impl Mailbox {
    /// An empty mailbox.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let state = State { revision: clock.now().unsigned_abs(), ..State::default() };
        Self { clock, state: Mutex::new(state) }
    }

    /// Puts a message in, and the oldest out when it is full.
    pub(crate) fn put(&self, message: &Message) {
        let (channel, to, subject, body) = match message {
            Message::Email(email) => ("email", &email.to, Some(email.subject.clone()), email.html.as_str().to_owned()),
            Message::Sms(sms) => ("sms", &sms.to, None, sms.text.as_str().to_owned()),
            Message::Custom(custom) => custom_entry(custom),
        };
        let to = to.clone();
        let (code, at) = (find_code(&body), self.clock.now());
        let mut state = self.state.lock();
        state.last_id += 1;
        state.revision += 1;
        let id = format!("{:010}", state.last_id);
        state.entries.push_front(Arc::new(Entry { id, channel, to, subject, body, code, at }));
        state.entries.truncate(CAPACITY);
    }

    /// All messages, newest first, and the number of the state they are from.
    pub(crate) fn list(&self) -> (Vec<Arc<Entry>>, u64) {
        let state = self.state.lock();
        (state.entries.iter().cloned().collect(), state.revision)
    }

    /// The number of the state; it changes whenever the list does.
    pub(crate) fn revision(&self) -> u64 {
        self.state.lock().revision
    }

    /// Forgets all messages.
    pub(crate) fn clear(&self) {
        let mut state = self.state.lock();
        state.entries.clear();
        state.revision += 1;
    }
}

/// What a custom sender was told: which one and why, and the secret in the clear.
fn custom_entry(message: &CustomMessage) -> (&'static str, &String, Option<String>, String) {
    let (channel, sender) = match message.contact {
        ContactAttribute::Email => ("email", "CustomEmailSender"),
        ContactAttribute::PhoneNumber => ("sms", "CustomSMSSender"),
    };
    let attributes = || {
        let known = message.user_attributes.iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
        known.map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n")
    };
    let body = message.secret.as_ref().map_or_else(attributes, |secret| secret.as_str().to_owned());
    (channel, &message.to, Some(format!("{sender}_{}", message.source.as_str())), body)
}

/// The code that stands alone in the text, six or eight digits, or else its link.
fn find_code(body: &str) -> Option<String> {
    let text = without_tags(body);
    let digits = text
        .split(|c: char| !is_part_of_word(c))
        .find(|word| CODE_LENGTHS.contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit()));
    digits.map(str::to_owned).or_else(|| find_link(body))
}

/// What sticks to digits without ending them: so that a number within a link or a longer name is not taken for a code.
fn is_part_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '=' | '/' | '&' | '?' | '-' | '_' | '@' | '+' | '%' | '#')
}

/// The text between tags.
fn without_tags(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                text.push(' ');
            }
            _ if in_tag => {}
            c => text.push(c),
        }
    }
    text
}

/// The first http or https URL, entities decoded.
fn find_link(html: &str) -> Option<String> {
    let start = html.match_indices("http").map(|(index, _)| index).find(|index| {
        html.get(*index..).is_some_and(|rest| rest.starts_with("http://") || rest.starts_with("https://"))
    })?;
    let rest = html.get(start..)?;
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>')).unwrap_or(rest.len());
    rest.get(..end).map(|link| link.replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use stepwell_core::ports::delivery::Sms;

    use super::*;

    struct Fixed;
    impl Clock for Fixed {
        fn now(&self) -> Millis {
            5
        }
    }

    fn sms(text: &str) -> Message {
        Message::Sms(Sms {
            to: "+15555550100".to_owned(),
            text: text.into(),
            caller_arn: None,
            external_id: None,
            sns_region: None,
        })
    }

    #[test]
    fn codes_and_links() {
        let found = |body| find_code(body);
        assert_eq!(found("Your confirmation code is 123456").as_deref(), Some("123456"));
        assert_eq!(found("Code: <b>012345</b>.").as_deref(), Some("012345"));
        assert_eq!(found("Your authentication code is 12345678.").as_deref(), Some("12345678"));
        assert_eq!(found("1234567 and 12345"), None);
        assert_eq!(found("user123456 and 123456@example.com"), None);
        let link = r#"Please click <a href="https://id.example/confirm?code=123456&amp;u=a">Verify</a>"#;
        assert_eq!(found(link).as_deref(), Some("https://id.example/confirm?code=123456&u=a"));
        assert_eq!(
            found("See https://id.example/?code=123456 now").as_deref(),
            Some("https://id.example/?code=123456")
        );
        assert_eq!(found("Your username is ann and temporary password is Xy7!abcd"), None);
    }

    #[test]
    fn newest_first_and_bounded() {
        let mailbox = Mailbox::new(Arc::new(Fixed));
        // No page that was open before a restart has seen it.
        let first = mailbox.revision();
        assert_eq!(first, 5);
        for number in 0..=CAPACITY {
            mailbox.put(&sms(&format!("{number}")));
        }
        let (entries, revision) = mailbox.list();
        assert_eq!((entries.len(), revision), (CAPACITY, first + 1001));
        assert_eq!((entries[0].body.as_str(), entries[0].id.as_str(), entries[0].at), ("1000", "0000001001", 5));
        assert_eq!(entries.last().unwrap().body, "1");
        mailbox.clear();
        assert!(mailbox.list().0.is_empty() && mailbox.revision() == first + 1002);
    }
}
