//! Which way a message goes: to the configured transport of its kind, to the mailbox of `dev`, or both.

use std::sync::Arc;

use async_trait::async_trait;
use stepwell_core::ports::delivery::{CustomMessage, Delivery, DeliveryError, Message};

use super::mailbox::Mailbox;
use super::ses::Ses;
use super::smtp::SmtpSender;
use super::sns::Sns;
use crate::config::Config;
use crate::config::email::Transport;
use crate::egress::Egress;
use crate::start::{Ambient, StartError};

/// The ways there are.
#[derive(Debug)]
pub(crate) struct Routes {
    email: Option<EmailRoute>,
    sms: Option<Sns>,
    mailbox: Option<Arc<Mailbox>>,
}

#[derive(Debug)]
enum EmailRoute {
    Smtp(Box<SmtpSender>),
    Ses(Ses),
}

impl Routes {
    /// The ways the configuration opens; `mailbox` is for `dev`.
    pub(crate) fn new(
        config: &Config,
        public_url: &str,
        ambient: &Ambient,
        mailbox: Option<Arc<Mailbox>>,
    ) -> Result<Self, StartError> {
        let egress = Arc::new(Egress::default());
        let email = match &config.email.transport {
            Some(Transport::Smtp(smtp)) => {
                Some(EmailRoute::Smtp(Box::new(SmtpSender::new(smtp, public_url, Arc::clone(&ambient.rng))?)))
            }
            Some(Transport::Ses(ses)) => {
                Some(EmailRoute::Ses(Ses::new(ses.clone(), Arc::clone(&egress), Arc::clone(&ambient.clock))))
            }
            None => None,
        };
        let sms = config.sms.sns.clone().map(|sns| Sns::new(sns, egress, Arc::clone(&ambient.clock)));
        Ok(Self { email, sms, mailbox })
    }

    /// Whether e-mail goes anywhere.
    pub(crate) fn takes_email(&self) -> bool {
        self.email.is_some() || self.mailbox.is_some()
    }

    /// Whether text messages go anywhere.
    pub(crate) fn takes_sms(&self) -> bool {
        self.sms.is_some() || self.mailbox.is_some()
    }
}

#[async_trait]
impl Delivery for Routes {
    async fn send(&self, message: &Message) -> Result<(), DeliveryError> {
        let sent = match (message, &self.email, &self.sms) {
            (Message::Email(email), Some(EmailRoute::Smtp(smtp)), _) => smtp.send(email).await,
            (Message::Email(email), Some(EmailRoute::Ses(ses)), _) => ses.send(email).await,
            (Message::Sms(sms), _, Some(sns)) => sns.send(sms).await,
            (Message::Email(_), None, _) | (Message::Sms(_), _, None) if self.mailbox.is_some() => Ok(()),
            (Message::Email(_), None, _) => Err(DeliveryError::Permanent("no e-mail transport is configured".into())),
            (Message::Sms(_), _, None) => Err(DeliveryError::Permanent("no SMS transport is configured".into())),
            (Message::Custom(_), _, _) => {
                return Err(DeliveryError::Permanent("a custom sender's message has no transport".into()));
            }
        };
        // A message that will be tried again would come into the mailbox again.
        if let Some(mailbox) = &self.mailbox
            && !matches!(sent, Err(DeliveryError::Temporary(_)))
        {
            mailbox.put(message);
        }
        sent
    }

    fn observe_custom(&self, message: &CustomMessage) {
        if let Some(mailbox) = &self.mailbox {
            mailbox.put(&Message::Custom(message.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use stepwell_core::ports::delivery::Sms;

    use super::*;

    #[tokio::test]
    async fn without_a_transport_messages_go_to_the_mailbox_or_are_refused() {
        let message = Message::Sms(Sms {
            to: "+15555550100".to_owned(),
            text: "123456".into(),
            caller_arn: None,
            external_id: None,
            sns_region: None,
        });
        let mailbox = Arc::new(Mailbox::new(Ambient::system().clock));
        let dev = Routes { email: None, sms: None, mailbox: Some(Arc::clone(&mailbox)) };
        assert!(dev.takes_email() && dev.takes_sms());
        dev.send(&message).await.unwrap();
        assert_eq!(mailbox.list().0.len(), 1);
        let serve = Routes { email: None, sms: None, mailbox: None };
        assert!(!serve.takes_email() && !serve.takes_sms());
        assert!(matches!(serve.send(&message).await, Err(DeliveryError::Permanent(_))));
    }
}
