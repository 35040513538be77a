//! Where a code went, as far as the caller may know.

use crate::cache::PoolEntry;
use crate::pools::{ContactAttribute, RecoveryMechanism};

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
    pub fn new(attribute: ContactAttribute, address: &str) -> Self {
        let destination = match attribute {
            ContactAttribute::Email => mask_email(address),
            ContactAttribute::PhoneNumber => mask_phone_number(address),
        };
        Self { attribute, destination }
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

/// The address of a name that is nobody's, the same each time, as a real user's would be.
pub fn simulated(entry: &PoolEntry, name: &str) -> (ContactAttribute, String) {
    let attribute = match ContactAttribute::from_name_shape(name) {
        Some(attribute) => attribute,
        None if simulates_phone(entry) => ContactAttribute::PhoneNumber,
        None => ContactAttribute::Email,
    };
    let mac = entry.keys.name_mac(&["destination", name]);
    let pick = |index: usize, base: u8, count: u8| {
        char::from(base + mac.get(index).copied().unwrap_or_default() % count)
    };
    let address = match (attribute, ContactAttribute::from_name_shape(name)) {
        (_, Some(_)) => name.to_owned(),
        (ContactAttribute::Email, None) => format!("{}@{}", pick(0, b'a', 26), pick(1, b'a', 26)),
        (ContactAttribute::PhoneNumber, None) => {
            format!("+1{}", (0..10).map(|index| pick(index, b'0', 10)).collect::<String>())
        }
    };
    (attribute, address)
}

fn simulates_phone(entry: &PoolEntry) -> bool {
    match entry.settings.account_recovery.as_deref() {
        Some([first, ..]) => *first == RecoveryMechanism::VerifiedPhoneNumber,
        Some([]) | None => entry.settings.auto_verified_attributes == [ContactAttribute::PhoneNumber],
    }
}

impl ContactAttribute {
    /// The kind of address a login name looks like.
    pub fn from_name_shape(name: &str) -> Option<Self> {
        if name.contains('@') {
            Some(Self::Email)
        } else if name.strip_prefix('+').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit())) {
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
        assert_eq!(CodeDelivery::new(ContactAttribute::Email, "jane@example.com").destination, "j***@e***");
        assert_eq!(CodeDelivery::new(ContactAttribute::PhoneNumber, "+15551234567").destination, "+*******4567");
        assert_eq!(CodeDelivery::new(ContactAttribute::PhoneNumber, "+1").destination, "+1");
    }
}
