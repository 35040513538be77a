//! Identity providers of the account: OpenID Connect and SAML.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::arn;
use crate::Millis;

/// How many OpenID Connect providers an account may have (AWS's highest quota).
pub const MAX_OIDC_PROVIDERS: i64 = 700;
/// How many SAML providers an account may have.
pub const MAX_SAML_PROVIDERS: i64 = 100;

/// A hundred years with 2100 among them, which is no leap year; in milliseconds.
const CENTURY: Millis = 36_524 * 86_400_000;

/// An OpenID Connect provider as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OidcProvider {
    /// The issuer without `https://`: host and path, as given.
    pub url: String,
    /// The audiences that are accepted.
    #[serde(default)]
    pub client_ids: BTreeSet<String>,
    /// SHA-1 thumbprints of the certificate authorities of its server, in hexadecimal. Kept for the API: the server is
    /// verified by the certificate authorities that Stepwell trusts, as AWS does.
    #[serde(default)]
    pub thumbprints: Vec<String>,
    /// Tags, by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Millis,
    /// The version read, for the store's precondition.
    #[serde(skip)]
    pub version: i64,
}

impl OidcProvider {
    /// Under which the store keeps it: the host in lower case, the path as it is.
    pub fn key(&self) -> String {
        Self::key_of(&self.url)
    }

    /// The key of an issuer given without `https://`.
    pub fn key_of(url: &str) -> String {
        match url.split_once('/') {
            Some((host, path)) => format!("{}/{path}", host.to_ascii_lowercase()),
            None => url.to_ascii_lowercase(),
        }
    }

    /// Its Amazon Resource Name.
    pub fn arn(&self, account_id: &str) -> String {
        arn::write(account_id, "oidc-provider", "/", &self.url)
    }
}

/// A SAML provider as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamlProvider {
    /// The name.
    pub name: String,
    /// `SAMLProviderUUID`: upper-case letters and digits.
    pub uuid: String,
    /// The metadata document (XML), as given.
    pub metadata: String,
    /// The end of the metadata's life, if it names one. [`Self::expires_at`] is what IAM tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Millis>,
    /// Tags, by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Millis,
    /// The version read, for the store's precondition.
    #[serde(skip)]
    pub version: i64,
}

impl SamlProvider {
    /// Under which the store keeps it.
    pub fn key(&self) -> String {
        super::name_key(&self.name)
    }

    /// Its Amazon Resource Name.
    pub fn arn(&self, account_id: &str) -> String {
        arn::write(account_id, "saml-provider", "/", &self.name)
    }

    /// The end of its life as IAM tells it: a hundred years after it was made if the metadata names none.
    pub fn expires_at(&self) -> Millis {
        self.valid_until.unwrap_or_else(|| self.created_at.saturating_add(CENTURY))
    }
}
