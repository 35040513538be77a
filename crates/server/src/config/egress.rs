//! Section `egress`: which hosts may be reached although they are not on the public internet, or without TLS.

use http::uri::Authority;

use super::setting::{Kind, Setting};
use super::values::{ConfigError, Values};

pub(super) const SETTINGS: &[Setting] = &[Setting::new(
    "egress.trusted_hosts",
    "STEPWELL_EGRESS_TRUSTED_HOSTS",
    Kind::List,
    "none",
    "Hosts, each with or without a port, that may be reached at private addresses, and by plain http, when somebody else than the operator names their address: OpenID providers registered in IAM, whose issuer is https all the same, so that plain http serves for the key set alone. Others must be https on the public internet. `stepwell dev` trusts its own machine besides.",
)];

/// Section `egress`.
#[derive(Debug)]
pub(crate) struct Egress {
    /// `host` or `host:port`, in lower case.
    pub(crate) trusted_hosts: Vec<String>,
}

pub(super) fn read(values: &Values) -> Result<Egress, ConfigError> {
    const KEY: &str = "egress.trusted_hosts";
    let trusted_hosts = values
        .list(KEY)
        .iter()
        .map(|entry| {
            let host = entry.to_ascii_lowercase();
            let is_host = host.parse::<Authority>().is_ok_and(|authority| !authority.as_str().contains('@'));
            if is_host { Ok(host) } else { Err(values.error(KEY, "each entry is `<host>` or `<host>:<port>`")) }
        })
        .collect::<Result<_, _>>()?;
    Ok(Egress { trusted_hosts })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(hosts: &str) -> Result<Egress, ConfigError> {
        let mut values = Values::default();
        values.add_environment([("STEPWELL_EGRESS_TRUSTED_HOSTS".to_owned(), hosts.to_owned())]).unwrap();
        read(&values)
    }

    #[test]
    fn hosts_stand_with_or_without_a_port() {
        let hosts = given("OP.internal, 10.0.0.1:8443,[::1]:9000").unwrap().trusted_hosts;
        assert_eq!(hosts, ["op.internal", "10.0.0.1:8443", "[::1]:9000"]);
        for wrong in ["https://op.internal", "op.internal/path", "user@op.internal", "a b"] {
            assert!(given(wrong).is_err(), "{wrong}");
        }
    }
}
