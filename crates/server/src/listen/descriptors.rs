//! File descriptors: enough for the connections that are allowed, and some left for the database.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// For database files, outgoing connections and the log.
const RESERVED: u64 = 128;

/// Raises the process's own limit as far as it is allowed to, and returns how many connections there may be at once: as
/// many as asked for, or what the limit leaves. Without this, connections could take the database its descriptors.
pub(crate) fn connections(asked: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let wanted = u64::try_from(asked).unwrap_or(u64::MAX).saturating_add(RESERVED);
    let Some(current) = limit.current.filter(|current| *current < wanted) else { return asked };
    let raised = limit.maximum.map_or(wanted, |maximum| maximum.min(wanted));
    let available = match setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum: limit.maximum }) {
        Ok(()) => raised,
        Err(_) => current,
    };
    if available >= wanted {
        return asked;
    }
    let allowed = usize::try_from(available.saturating_sub(RESERVED)).unwrap_or(asked).max(1);
    tracing::warn!(asked, allowed, "the limit of open files allows fewer connections than server.max_connections");
    allowed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_within_the_limit() {
        assert_eq!(connections(16), 16);
        let hard = getrlimit(Resource::Nofile).maximum.and_then(|hard| usize::try_from(hard).ok());
        if let Some(hard) = hard {
            assert_eq!(connections(hard), hard - usize::try_from(RESERVED).unwrap());
        }
    }
}
