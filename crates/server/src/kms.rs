//! KMS by its own API (`TrentService.GenerateDataKey`, AWS JSON 1.1), at the configured endpoint with the configured key.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Response;
use serde::Deserialize;
use serde_json::json;
use stepwell_core::SecretString;
use stepwell_core::ports::clock::Clock;
use stepwell_core::ports::kms::{DataKey, Kms, KmsError, NoKms};
use zeroize::Zeroizing;

use crate::config::aws::AwsService;
use crate::delivery::aws::{SignedService, summary};
use crate::egress::{Egress, EgressError};

const JSON: &str = "application/x-amz-json-1.1";
const TARGET: &str = "TrentService.GenerateDataKey";
/// Refusals that say something about the key or about us that nobody mends by waiting. Everything else may pass:
/// throttling, a disabled key, a missing permission.
const PERMANENT: &[&str] =
    &["NotFoundException", "InvalidArnException", "InvalidKeyUsageException", "ValidationException"];

/// The configured service, or none.
pub(crate) fn from_config(settings: Option<&AwsService>, egress: Arc<Egress>, clock: Arc<dyn Clock>) -> Arc<dyn Kms> {
    match settings {
        Some(settings) => Arc::new(AwsKms(SignedService { settings: settings.clone(), egress, clock, service: "kms" })),
        None => Arc::new(NoKms),
    }
}

/// KMS.
#[derive(Debug)]
struct AwsKms(SignedService);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    key_id: String,
    plaintext: SecretString,
    ciphertext_blob: String,
}

#[async_trait]
impl Kms for AwsKms {
    async fn generate_data_key(
        &self,
        key_id: &str,
        encryption_context: &BTreeMap<String, String>,
    ) -> Result<DataKey, KmsError> {
        let body = json!({"KeyId": key_id, "KeySpec": "AES_256", "EncryptionContext": encryption_context});
        let AwsService { region, endpoint, .. } = &self.0.settings;
        // The region is the operator's, never the one in the pool's key: nobody else chooses where we connect.
        let origin = endpoint.clone().unwrap_or_else(|| format!("https://kms.{region}.amazonaws.com"));
        let headers = [("content-type", JSON), ("x-amz-target", TARGET)];
        match self.0.exchange(&origin, region, "/", &headers, body.to_string().into_bytes()).await {
            Ok(response) if response.status().is_success() => data_key(response.body()),
            Ok(response) => Err(judge(&response)),
            Err(error @ EgressError::Address(_)) => Err(KmsError::Permanent(error.to_string())),
            Err(error) => Err(KmsError::Temporary(error.to_string())),
        }
    }
}

fn data_key(body: &[u8]) -> Result<DataKey, KmsError> {
    let unusable = || KmsError::Temporary("the answer is not a 256-bit data key".to_owned());
    let answer: Answer = serde_json::from_slice(body).map_err(|_| unusable())?;
    let plaintext = Zeroizing::new(STANDARD.decode(answer.plaintext.as_bytes()).map_err(|_| unusable())?);
    let mut key = Zeroizing::new([0; 32]);
    if plaintext.len() != key.len() {
        return Err(unusable());
    }
    key.copy_from_slice(&plaintext);
    let ciphertext_blob = STANDARD.decode(&answer.ciphertext_blob).map_err(|_| unusable())?;
    Ok(DataKey { key_arn: answer.key_id, plaintext: key, ciphertext_blob })
}

fn judge(response: &Response<Bytes>) -> KmsError {
    let text = summary(response);
    let for_good = response.status().as_u16() == 400 && PERMANENT.iter().any(|code| text.contains(code));
    if for_good { KmsError::Permanent(text) } else { KmsError::Temporary(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers() {
        let arn = "arn:aws:kms:eu-west-1:111122223333:key/a";
        let answer = |plaintext: &[u8]| {
            let blob = STANDARD.encode(b"wrapped");
            json!({"KeyId": arn, "Plaintext": STANDARD.encode(plaintext), "CiphertextBlob": blob}).to_string()
        };
        let key = data_key(answer(&[7; 32]).as_bytes()).unwrap();
        assert_eq!((key.key_arn.as_str(), *key.plaintext), (arn, [7; 32]));
        assert_eq!(key.ciphertext_blob, b"wrapped");
        for bad in [answer(&[7; 16]), answer(&[]), "{}".to_owned(), "<html>".to_owned()] {
            assert!(matches!(data_key(bad.as_bytes()), Err(KmsError::Temporary(_))), "{bad}");
        }
    }

    #[test]
    fn refusals() {
        let answer = |status: u16, body: &'static str| {
            judge(&Response::builder().status(status).body(Bytes::from_static(body.as_bytes())).unwrap())
        };
        assert!(matches!(answer(400, r#"{"__type":"NotFoundException"}"#), KmsError::Permanent(_)));
        for later in ["AccessDeniedException", "ThrottlingException", "DisabledException", "KMSInvalidStateException"] {
            let body = format!(r#"{{"__type":"{later}"}}"#).leak();
            assert!(matches!(answer(400, body), KmsError::Temporary(_)), "{later}");
        }
        assert!(matches!(answer(503, "NotFoundException"), KmsError::Temporary(_)));
    }
}
