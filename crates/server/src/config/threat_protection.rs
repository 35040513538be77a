//! Section `threat_protection`: what pools with threat protection compare with: a breach corpus, and maps of addresses.

use std::path::PathBuf;

use super::setting::{Kind, Setting};
use super::values::{ConfigError, Values};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "threat_protection.breach_directory",
        "STEPWELL_BREACH_DIRECTORY",
        Kind::Text,
        "",
        "A folder with a breach corpus in the range format: a file `ABCDE.txt` for each five digits that SHA-1 hashes of \
         leaked passwords begin with, with a line `SUFFIX:COUNT` for each.",
    ),
    Setting::new(
        "threat_protection.breach_endpoint",
        "STEPWELL_BREACH_ENDPOINT",
        Kind::Text,
        "",
        "Instead of the folder: an http or https URL to which `/ABCDE` is added. It learns those five digits of a \
         password's hash and nothing else.",
    ),
    Setting::new(
        "threat_protection.geo_database",
        "STEPWELL_GEO_DATABASE",
        Kind::Text,
        "",
        "A city or country database in MaxMind's format (`.mmdb`), for new countries and impossible travel. Read at \
         start.",
    ),
    Setting::new(
        "threat_protection.asn_database",
        "STEPWELL_ASN_DATABASE",
        Kind::Text,
        "",
        "A database of autonomous systems in the same format, by which another address of a known provider is no new \
         network. Read at start.",
    ),
];

/// Section `threat_protection`.
#[derive(Debug)]
pub(crate) struct ThreatProtection {
    /// The breach corpus, if there is one.
    pub(crate) breaches: Option<BreachCorpus>,
    /// The map of places.
    pub(crate) geo_database: Option<PathBuf>,
    /// The map of providers.
    pub(crate) asn_database: Option<PathBuf>,
}

/// Where the breach corpus is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BreachCorpus {
    /// In a folder.
    Directory(PathBuf),
    /// At a URL without a trailing slash.
    Endpoint(String),
}

pub(super) fn read(values: &Values) -> Result<ThreatProtection, ConfigError> {
    let path = |key: &str| values.text(key).map(PathBuf::from);
    let directory = path("threat_protection.breach_directory");
    let breaches = match (directory, values.text("threat_protection.breach_endpoint")) {
        (Some(_), Some(_)) => {
            let key = "threat_protection.breach_endpoint";
            return Err(values.error(key, "cannot be given together with `threat_protection.breach_directory`"));
        }
        (Some(directory), None) => Some(BreachCorpus::Directory(directory)),
        (None, Some(url)) => {
            let endpoint = read_endpoint(url).ok_or_else(|| {
                let key = "threat_protection.breach_endpoint";
                values.error(key, "must be an http or https URL without user or query")
            })?;
            Some(BreachCorpus::Endpoint(endpoint))
        }
        (None, None) => None,
    };
    Ok(ThreatProtection {
        breaches,
        geo_database: path("threat_protection.geo_database"),
        asn_database: path("threat_protection.asn_database"),
    })
}

fn read_endpoint(url: &str) -> Option<String> {
    let base = url.strip_suffix('/').unwrap_or(url);
    let uri: http::Uri = base.parse().ok()?;
    let plain = matches!(uri.scheme_str()?, "http" | "https") && !uri.authority()?.as_str().contains('@');
    (plain && uri.query().is_none() && !base.contains('#')).then(|| base.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus(settings: &[(&'static str, &str)]) -> Result<Option<BreachCorpus>, ConfigError> {
        let mut values = Values::default();
        for (key, value) in settings {
            values.add_option(key, (*value).to_owned()).unwrap();
        }
        Ok(read(&values)?.breaches)
    }

    #[test]
    fn one_corpus_or_none() {
        let (folder, url) = ("threat_protection.breach_directory", "threat_protection.breach_endpoint");
        assert_eq!(corpus(&[]).unwrap(), None);
        assert_eq!(corpus(&[(folder, "/x")]).unwrap(), Some(BreachCorpus::Directory("/x".into())));
        assert_eq!(
            corpus(&[(url, "https://breaches.example/range/")]).unwrap(),
            Some(BreachCorpus::Endpoint("https://breaches.example/range".into()))
        );
        assert!(corpus(&[(folder, "/x"), (url, "https://breaches.example")]).is_err());
        for bad in ["breaches.example", "ftp://x", "http://u:p@x", "http://x/?a=b", "http://x/#a"] {
            assert!(corpus(&[(url, bad)]).is_err(), "{bad}");
        }
    }
}
