//! Messages that are kept instead of sent.

use async_trait::async_trait;
use parking_lot::Mutex;
use stepwell_core::ports::delivery::{CustomMessage, Delivery, DeliveryError, Message};

/// Every message handed over, oldest first.
#[derive(Debug, Default)]
pub struct KeptMessages(Mutex<Vec<Message>>);

impl KeptMessages {
    /// Takes out what has come so far.
    pub fn take(&self) -> Vec<Message> {
        std::mem::take(&mut *self.0.lock())
    }

    /// The code, six or eight digits, in the newest message to `to`.
    pub fn code(&self, to: &str) -> Option<String> {
        let messages = self.0.lock();
        let text = messages.iter().rev().find_map(|message| match message {
            Message::Email(email) if email.to == to => Some(email.html.as_str()),
            Message::Sms(sms) if sms.to == to => Some(sms.text.as_str()),
            Message::Custom(custom) if custom.to == to => custom.secret.as_deref(),
            Message::Email(_) | Message::Sms(_) | Message::Custom(_) => None,
        })?;
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
        words
            .find(|word| matches!(word.len(), 6 | 8) && word.bytes().all(|byte| byte.is_ascii_digit()))
            .map(str::to_owned)
    }
}

#[async_trait]
impl Delivery for KeptMessages {
    async fn send(&self, message: &Message) -> Result<(), DeliveryError> {
        self.0.lock().push(message.clone());
        Ok(())
    }

    fn observe_custom(&self, message: &CustomMessage) {
        self.0.lock().push(Message::Custom(message.clone()));
    }
}
