//! Where a code went, as far as the caller may know.

use super::Occasion;
use crate::auth::subject::{made_up_id, made_up_sub, seems_to_have_phone};
use crate::cache::PoolEntry;
use crate::pools::{ContactAttribute, RecoveryMechanism};
use crate::users::User;

/// `CodeDeliveryDetails`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeDelivery {
    /// The attribute, and with it the medium.
    pub attribute: ContactAttribute,
    /// The masked address.
    pub destination: String,
}

impl CodeDelivery {
    /// Details of a message to `address`.
    pub fn new(entry: &PoolEntry, attribute: ContactAttribute, address: &str) -> Self {
        let address = entry.fold_alias(attribute.name(), address);
        Self { attribute, destination: mask(attribute, &address) }
    }
}

fn mask(attribute: ContactAttribute, address: &str) -> String {
    match attribute {
        ContactAttribute::Email => mask_email(address),
        ContactAttribute::PhoneNumber => mask_phone_number(address),
    }
}

/// `j***@e***`
fn mask_email(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let first = |part: &str| part.chars().next().map(String::from).unwrap_or_default();
    format!("{}***@{}***", first(local), first(domain))
}

/// `+*******1234`
fn mask_phone_number(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    let hidden = digits.len().saturating_sub(4);
    let shown: String = digits.iter().skip(hidden).collect();
    format!("+{}{shown}", "*".repeat(hidden))
}

/// The address that an answer pretends a message went to. A user for whom it cannot be done shows an address of its own;
/// a name that is nobody's shows itself if it is an address, or else a made-up one, the same each time.
pub fn simulated(
    entry: &PoolEntry,
    hidden: Option<&User>,
    name: &str,
    occasion: Occasion,
) -> (ContactAttribute, String) {
    let preferred =
        if prefers_phone(entry, occasion) { ContactAttribute::PhoneNumber } else { ContactAttribute::Email };
    let own = |contact: ContactAttribute| Some((contact, hidden?.attribute(contact.name())?.to_owned()));
    if let Some(own) =
        own(preferred).or_else(|| own(ContactAttribute::Email)).or_else(|| own(ContactAttribute::PhoneNumber))
    {
        return own;
    }
    let folded = entry.fold_name(name);
    let shape = ContactAttribute::from_name_shape(&folded);
    let attribute = match occasion {
        Occasion::ForgotPassword => recovered_by(entry, &folded, shape),
        _ => shape.unwrap_or(preferred),
    };
    (attribute, made_up(entry, name, attribute))
}

/// Where a recovery of a name that is nobody's seems to go. Where the phone comes first, users without one are written to,
/// and so are some of those who are not there.
fn recovered_by(entry: &PoolEntry, folded: &str, shape: Option<ContactAttribute>) -> ContactAttribute {
    let by_phone = match entry.settings.account_recovery.as_deref() {
        // Legacy pools try the phone first, which few users have where the pool cannot reach it.
        None => entry.settings.sms.is_some() && seems_to_have_phone(entry, &made_up_sub(entry, folded)),
        Some(mechanisms) => match (
            mechanisms.first() == Some(&RecoveryMechanism::VerifiedPhoneNumber),
            mechanisms.contains(&RecoveryMechanism::VerifiedEmail),
            mechanisms.contains(&RecoveryMechanism::VerifiedPhoneNumber),
        ) {
            (true, true, _) => {
                shape == Some(ContactAttribute::PhoneNumber) || seems_to_have_phone(entry, &made_up_sub(entry, folded))
            }
            (_, false, has_phone) => has_phone,
            (false, true, has_phone) => has_phone && shape == Some(ContactAttribute::PhoneNumber),
        },
    };
    if by_phone { ContactAttribute::PhoneNumber } else { ContactAttribute::Email }
}

/// An address of this kind for a name that is nobody's: the name itself if it is one, or else the same each time.
pub(crate) fn made_up(entry: &PoolEntry, name: &str, attribute: ContactAttribute) -> String {
    let name = &entry.fold_name(name);
    let mac = entry.keys.name_mac(&["destination", &made_up_id(entry, name)]);
    let pick =
        |index: usize, base: u8, count: u8| char::from(base + mac.get(index).copied().unwrap_or_default() % count);
    match (attribute, ContactAttribute::from_name_shape(name)) {
        (attribute, Some(shape)) if attribute == shape => name.to_owned(),
        (ContactAttribute::Email, _) => format!("{}@{}", pick(0, b'a', 26), pick(1, b'a', 26)),
        (ContactAttribute::PhoneNumber, _) => {
            format!("+1{}", (0..10).map(|index| pick(index, b'0', 10)).collect::<String>())
        }
    }
}

/// Where the operation would send first for a user who has both.
fn prefers_phone(entry: &PoolEntry, occasion: Occasion) -> bool {
    let auto_verified = &entry.settings.auto_verified_attributes;
    match (occasion, entry.settings.account_recovery.as_deref()) {
        (Occasion::ForgotPassword, Some([first, ..])) => *first == RecoveryMechanism::VerifiedPhoneNumber,
        _ => auto_verified.contains(&ContactAttribute::PhoneNumber),
    }
}

impl ContactAttribute {
    /// The kind of address a login name looks like.
    pub fn from_name_shape(name: &str) -> Option<Self> {
        if name.contains('@') {
            Some(Self::Email)
        } else if name
            .strip_prefix('+')
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
        {
            Some(Self::PhoneNumber)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_as_cognito_does() {
        assert_eq!(mask(ContactAttribute::Email, "jane@example.com"), "j***@e***");
        assert_eq!(mask(ContactAttribute::PhoneNumber, "+15551234567"), "+*******4567");
        assert_eq!(mask(ContactAttribute::PhoneNumber, "+1"), "+1");
    }
}
