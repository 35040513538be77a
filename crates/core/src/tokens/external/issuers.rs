//! What is known of issuers elsewhere: their keys, fetched when needed and kept for a while, within bounds.

use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use parking_lot::Mutex;
use serde::Deserialize;

use super::ExternalTokenError;
use super::keys::KeySet;
use crate::domain::Domain;
use crate::ports::egress::Outgoing;
use crate::{HOUR, MINUTE, Millis, SECOND};

/// How many issuers are remembered: more than can be registered (`iam::provider::MAX_OIDC_PROVIDERS`), so that tokens that
/// name one do not make us forget another.
const MOST_ISSUERS: usize = 1_024;
/// How long keys are taken as the issuer's.
const FRESH_FOR: Millis = HOUR;
/// How often an unknown key id may make us look again: forged tokens must not make us a fountain of requests.
const LOOK_AGAIN_AFTER: Millis = MINUTE;
/// How long a failure is remembered.
const FAILURE_FOR: Millis = 10 * SECOND;

/// The issuers known to this process.
pub struct Issuers(Mutex<LruCache<String, Arc<Issuer>>>);

impl std::fmt::Debug for Issuers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Issuers")
    }
}

impl Default for Issuers {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(NonZeroUsize::new(MOST_ISSUERS).unwrap_or(NonZeroUsize::MIN))))
    }
}

/// One issuer.
#[derive(Default)]
struct Issuer {
    state: Mutex<State>,
    /// Held while fetching, so that many tokens at once fetch once. Tokens whose key is known do not wait for it.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    keys: Option<(Arc<KeySet>, Millis)>,
    failure: Option<(String, Millis)>,
}

impl State {
    /// What is known without fetching: keys that will do, or that there is no point in trying now.
    fn known(&self, kid: Option<&str>, now: Millis) -> Option<Result<Arc<KeySet>, ExternalTokenError>> {
        if let Some((keys, fetched_at)) = &self.keys {
            let age = now - fetched_at;
            if age < LOOK_AGAIN_AFTER || (age < FRESH_FOR && keys.has(kid)) {
                return Some(Ok(Arc::clone(keys)));
            }
        }
        match &self.failure {
            Some((failure, at)) if now - at < FAILURE_FOR => {
                Some(Err(ExternalTokenError::Unreachable(failure.clone())))
            }
            _ => None,
        }
    }
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

impl Issuers {
    /// The keys of an issuer, which the caller trusts: kept ones if they are fresh and know `kid`.
    pub(super) async fn keys(
        &self,
        domain: &Domain,
        issuer: &str,
        kid: Option<&str>,
    ) -> Result<Arc<KeySet>, ExternalTokenError> {
        let known = Arc::clone(self.0.lock().get_or_insert(issuer.to_owned(), Arc::default));
        let now = domain.clock.now();
        if let Some(known) = known.state.lock().known(kid, now) {
            return known;
        }
        let _fetching = known.fetching.lock().await;
        // Somebody else may have fetched while we waited.
        if let Some(known) = known.state.lock().known(kid, now) {
            return known;
        }
        match fetch(domain, issuer).await {
            Ok(keys) => {
                let keys = Arc::new(keys);
                *known.state.lock() = State { keys: Some((Arc::clone(&keys), now)), failure: None };
                Ok(keys)
            }
            Err(failure) => {
                tracing::warn!(issuer, failure, "the keys of an OpenID provider cannot be had");
                known.state.lock().failure = Some((failure.clone(), now));
                Err(ExternalTokenError::Unreachable(failure))
            }
        }
    }
}

async fn fetch(domain: &Domain, issuer: &str) -> Result<KeySet, String> {
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let document = get(domain, &url).await?;
    let discovery: Discovery =
        serde_json::from_slice(&document).map_err(|_| format!("{url} is not a discovery document"))?;
    if discovery.issuer != issuer {
        return Err(format!("{url} is the document of another issuer"));
    }
    let keys = get(domain, &discovery.jwks_uri).await?;
    KeySet::read(&keys).ok_or_else(|| "its jwks_uri is not a key set".to_owned())
}

async fn get(domain: &Domain, url: &str) -> Result<Vec<u8>, String> {
    let answer = domain.outside.egress.send(Outgoing::get(url)).await.map_err(|error| error.to_string())?;
    if answer.status == 200 { Ok(answer.body) } else { Err(format!("{url} answered {}", answer.status)) }
}
