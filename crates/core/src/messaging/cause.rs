//! What a message is owed to, as far as links and triggers speak of it.

use std::collections::BTreeMap;

use crate::triggers::custom_message::Texts;

/// The app client that asked for a message, and what it wants triggers to know.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cause<'a> {
    /// The app client; none where an administrator asked.
    pub client_id: Option<&'a str>,
    /// `ClientMetadata` of the request. Which triggers learn it is theirs to say.
    pub client_metadata: Option<&'a BTreeMap<String, String>>,
    /// What the pool's `CustomMessage` trigger wrote, if it was asked.
    pub texts: Option<&'a Texts>,
}

impl<'a> Cause<'a> {
    /// A client's request; an empty id is no client.
    pub fn new(client_id: &'a str, client_metadata: Option<&'a BTreeMap<String, String>>) -> Self {
        Self { client_id: Some(client_id).filter(|id| !id.is_empty()), client_metadata, texts: None }
    }

    /// The same, with the texts that a trigger wrote.
    #[must_use]
    pub fn with_texts(self, texts: &'a Texts) -> Self {
        Self { texts: Some(texts), ..self }
    }

    /// The trigger's text message.
    pub(super) fn sms(&self) -> Option<&'a str> {
        self.texts?.sms.as_deref()
    }

    /// The trigger's e-mail.
    pub(super) fn email(&self) -> Option<&'a str> {
        self.texts?.email.as_deref()
    }

    /// The trigger's subject.
    pub(super) fn email_subject(&self) -> Option<&'a str> {
        self.texts?.email_subject.as_deref()
    }
}

impl<'a> From<&'a str> for Cause<'a> {
    fn from(client_id: &'a str) -> Self {
        Self::new(client_id, None)
    }
}

impl<'a> From<&'a String> for Cause<'a> {
    fn from(client_id: &'a String) -> Self {
        Self::new(client_id, None)
    }
}
