//! Section `identity_pools`: which identity pools hand out credentials of another STS.

use stepwell_core::identity_pools::external_sts::{Endpoint, ExternalSts};

use super::setting::{Kind, Setting};
use super::triggers;
use super::values::{ConfigError, Values};

/// In the list of endpoints: every pool.
const EVERY: &str = "*";

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "identity_pools.external_sts",
        "STEPWELL_EXTERNAL_STS",
        Kind::List,
        "none",
        "Identity pools whose credentials come from another STS (AWS, MinIO, Ceph): `<identity pool id>=<URL>`, or `*=<URL>` for all that have no entry of their own. `GetCredentialsForIdentity` calls `AssumeRoleWithWebIdentity` there with the identity's OpenID token, and the server there verifies it with the keys under `<public_url>/identity`.",
    ),
    Setting::new(
        "identity_pools.external_sts_scope_down_guests",
        "STEPWELL_EXTERNAL_STS_SCOPE_DOWN_GUESTS",
        Kind::Switch,
        "`true`",
        "Whether guests' sessions at another STS get the session policies that AWS limits guests to. A server that does not know the actions in them refuses them: then set `false`, and let the guests' role there allow only what guests may do.",
    ),
];

pub(super) fn read(values: &Values) -> Result<ExternalSts, ConfigError> {
    const KEY: &str = "identity_pools.external_sts";
    let scope_down_guests = values.switch("identity_pools.external_sts_scope_down_guests", true);
    let mut external = ExternalSts::default();
    for entry in values.list(KEY) {
        let (pool, url) = entry
            .split_once('=')
            .map(|(pool, url)| (pool.trim(), url.trim()))
            .filter(|(pool, _)| *pool == EVERY || is_pool_id(pool))
            .ok_or_else(|| values.error(KEY, "each entry is `<identity pool id>=<URL>` or `*=<URL>`"))?;
        triggers::host_of(url, false)
            .map_err(|problem| values.error(KEY, format_args!("the URL of {pool} {problem}")))?;
        let endpoint = Endpoint { url: url.to_owned(), scope_down_guests };
        let before = if pool == EVERY {
            external.default.replace(endpoint)
        } else {
            external.pools.insert(pool.to_owned(), endpoint)
        };
        if before.is_some() {
            return Err(values.error(KEY, format_args!("{pool} stands there twice")));
        }
    }
    Ok(external)
}

/// `<region>:<uuid>`.
fn is_pool_id(text: &str) -> bool {
    text.split_once(':').is_some_and(|(region, id)| {
        !region.is_empty() && id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOL: &str = "us-east-1:11111111-1111-4111-8111-111111111111";

    fn external(text: &str) -> Result<ExternalSts, ConfigError> {
        let mut values = Values::default();
        values.add_option("identity_pools.external_sts", text.to_owned()).unwrap();
        read(&values)
    }

    #[test]
    fn endpoints_of_pools() {
        let read = external(&format!("{POOL}=https://minio.example/, *=http://127.0.0.1:9000")).unwrap();
        let url = |pool: &str| read.of_pool(pool).map(|endpoint| (endpoint.url.as_str(), endpoint.scope_down_guests));
        assert_eq!(url(POOL), Some(("https://minio.example/", true)));
        assert_eq!(url("us-east-1:other"), Some(("http://127.0.0.1:9000", true)));
        assert_eq!(external("").unwrap(), ExternalSts::default());
    }

    #[test]
    fn what_is_no_endpoint() {
        for wrong in [
            "https://sts.example".to_owned(),
            "us-east-1_abc=https://sts.example".to_owned(),
            format!("{POOL}="),
            format!("{POOL}=sts.example"),
            format!("{POOL}=http://sts.example"),
            format!("{POOL}=https://user@sts.example"),
            "*=https://a.example,*=https://b.example".to_owned(),
        ] {
            assert!(external(&wrong).is_err(), "{wrong}");
        }
    }
}
