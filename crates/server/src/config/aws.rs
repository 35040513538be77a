//! What the sections for AWS-shaped services share: region, endpoint and keys.

use stepwell_core::SecretString;

use super::SETTINGS;
use super::values::{ConfigError, Values};

/// An AWS-shaped service to send through.
#[derive(Debug, Clone)]
pub(crate) struct AwsService {
    /// The region to sign for.
    pub(crate) region: String,
    /// Where the service is, if not at AWS: an origin, plain http allowed.
    pub(crate) endpoint: Option<String>,
    /// The access key.
    pub(crate) access_key_id: String,
    /// Its secret.
    pub(crate) secret_access_key: SecretString,
}

/// Reads `<prefix>.region`, `.endpoint`, `.access_key_id` and `.secret_access_key`; none if none is given.
pub(super) fn read(values: &Values, prefix: &str) -> Result<Option<AwsService>, ConfigError> {
    let key = |name: &str| format!("{prefix}.{name}");
    let names = ["region", "endpoint", "access_key_id", "secret_access_key"];
    if names.iter().all(|name| values.text(&key(name)).is_none()) {
        values.settle(&key("endpoint"), "not set");
        return Ok(None);
    }
    let required =
        |name: &str| values.text(&key(name)).ok_or_else(|| values.error(&key(name), "is missing")).map(str::to_owned);
    let endpoint = match values.text(&key("endpoint")) {
        Some(url) => Some(read_endpoint(url).ok_or_else(|| {
            values.error(&key("endpoint"), "must be an http or https URL without user, query or path")
        })?),
        None => None,
    };
    let region = required("region")?;
    if endpoint.is_none()
        && let Some(setting) = SETTINGS.iter().find(|setting| setting.key == key("endpoint"))
    {
        values.settle(setting.key, setting.default.replace('`', "").replace("<region>", &region));
    }
    Ok(Some(AwsService {
        region,
        endpoint,
        access_key_id: required("access_key_id")?,
        secret_access_key: required("secret_access_key")?.into(),
    }))
}

fn read_endpoint(url: &str) -> Option<String> {
    let origin = url.strip_suffix('/').unwrap_or(url);
    let uri: http::Uri = origin.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
    let plain = matches!(scheme, "http" | "https") && !authority.as_str().contains('@');
    (plain && origin == format!("{scheme}://{authority}")).then(|| origin.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_or_nothing() {
        let mut values = Values::default();
        assert!(read(&values, "email.ses").unwrap().is_none());
        values.add_option("email.ses.endpoint", "http://10.0.0.1:5000/".to_owned()).unwrap();
        assert!(read(&values, "email.ses").unwrap_err().to_string().contains("email.ses.region"));
        values.add_option("email.ses.region", "us-east-1".to_owned()).unwrap();
        values.add_option("email.ses.access_key_id", "a".to_owned()).unwrap();
        values.add_option("email.ses.secret_access_key", "b".to_owned()).unwrap();
        assert_eq!(read(&values, "email.ses").unwrap().unwrap().endpoint.as_deref(), Some("http://10.0.0.1:5000"));
        for bad in ["10.0.0.1", "ftp://x", "http://u:p@x", "http://x/path", "http://x?q"] {
            assert!(read_endpoint(bad).is_none(), "{bad}");
        }
    }
}
