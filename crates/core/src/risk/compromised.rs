//! Passwords that others know: comparison with the operator's breach corpus (developer guide, "Working with
//! compromised-credentials detection").

use aws_lc_rs::digest;

use super::configuration::{self, Filter};
use super::mode::{Flow, Mode, mode};
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::ports::breaches::PREFIX_LENGTH;
use stepwell_model::ErrorCode;

/// Whether the password stands in the corpus; `None` if that is unknown: there is no corpus, or it does not answer.
/// A corpus that is away does not keep people out (decision 0016).
pub(super) async fn look_up(domain: &Domain, password: &str) -> Option<bool> {
    let breaches = &domain.outside.breaches;
    if !breaches.is_configured() {
        return None;
    }
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    let hash = zeroize::Zeroizing::new(hex::encode_upper(hash));
    let (prefix, suffix) = hash.split_at_checked(PREFIX_LENGTH)?;
    match breaches.range(prefix).await {
        Ok(range) => Some(is_listed(&range, suffix)),
        Err(error) => {
            tracing::warn!(%error, "a password could not be compared with the breach corpus");
            None
        }
    }
}

/// Compares a new password with the breach corpus: `InvalidPasswordException` where such passwords are refused. Where
/// threat protection is off, or the pool does not look at such events, nothing is compared. Returns what is known for
/// the event's record.
pub async fn check_new_password(
    cx: &Context<'_>,
    entry: &PoolEntry,
    client_id: Option<&str>,
    password: &str,
    filter: Filter,
) -> Result<Option<bool>> {
    let mode = mode(&entry.settings, Flow::Standard);
    if mode == Mode::Off {
        return Ok(None);
    }
    let configuration = configuration::in_force(cx.domain, &entry.id, client_id).await?;
    if !configuration.looks_at(filter) {
        return Ok(None);
    }
    let compromised = look_up(cx.domain, password).await;
    if compromised == Some(true) && mode == Mode::Enforced && configuration.blocks(filter) {
        return Err(Error::new(ErrorCode::InvalidPassword, "Provided password cannot be used for security reasons."));
    }
    Ok(compromised)
}

/// True if a line of the range has this suffix and a count above zero.
fn is_listed(range: &str, suffix: &str) -> bool {
    range.lines().filter_map(|line| line.trim().split_once(':')).any(|(listed, count)| {
        listed.eq_ignore_ascii_case(suffix) && count.trim().bytes().any(|digit| matches!(digit, b'1'..=b'9'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suffix_is_listed_or_not() {
        let range = "1D2DA4053E34E76F6576ED1DA63134B5E2A:2\r\n1E4C9B93F3F0682250B6CF8331B7EE68FD8:3861493\r\n\
                     00000000000000000000000000000000000:0\r\nbroken\r\n";
        assert!(is_listed(range, "1E4C9B93F3F0682250B6CF8331B7EE68FD8"));
        assert!(is_listed(&range.to_lowercase(), "1E4C9B93F3F0682250B6CF8331B7EE68FD8"));
        assert!(!is_listed(range, "1E4C9B93F3F0682250B6CF8331B7EE68FD9"));
        assert!(!is_listed(range, "1E4C9B93F3F0682250B6CF8331B7EE68FD"));
        // Padding says nothing.
        assert!(!is_listed(range, "00000000000000000000000000000000000"));
        assert!(!is_listed("", "1E4C9B93F3F0682250B6CF8331B7EE68FD8"));
    }
}
