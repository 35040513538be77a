//! A key management service, as a port: where the secrets of custom senders' messages are encrypted.

use std::collections::BTreeMap;

use async_trait::async_trait;
use zeroize::Zeroizing;

/// A data key that the service made: once for us, once for whoever may ask the service to open it.
pub struct DataKey {
    /// The Amazon Resource Name of the key that wraps it; aliases are resolved.
    pub key_arn: String,
    /// The key itself, 256 bits.
    pub plaintext: Zeroizing<[u8; 32]>,
    /// The wrapped key, which only the service opens, and only with the same encryption context.
    pub ciphertext_blob: Vec<u8>,
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DataKey").field("key_arn", &self.key_arn).finish_non_exhaustive()
    }
}

/// Why there is no data key. The text is for the log.
#[derive(Debug, thiserror::Error)]
pub enum KmsError {
    /// The operator named no service.
    #[error("no key management service is configured (section `kms`)")]
    NotConfigured,
    /// Trying again later may help: the service is away or busy, or the operator may mend its permissions.
    #[error("temporary failure of the key management service: {0}")]
    Temporary(String),
    /// Trying again will not help.
    #[error("the key management service refuses: {0}")]
    Permanent(String),
}

/// A key management service.
#[async_trait]
pub trait Kms: Send + Sync {
    /// True if there is one at all.
    fn is_configured(&self) -> bool {
        true
    }

    /// Makes a data key under the key `key_id` (an ARN), bound to the encryption context.
    async fn generate_data_key(
        &self,
        key_id: &str,
        encryption_context: &BTreeMap<String, String>,
    ) -> Result<DataKey, KmsError>;
}

/// No service: refuses everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoKms;

#[async_trait]
impl Kms for NoKms {
    fn is_configured(&self) -> bool {
        false
    }

    async fn generate_data_key(&self, _: &str, _: &BTreeMap<String, String>) -> Result<DataKey, KmsError> {
        Err(KmsError::NotConfigured)
    }
}
