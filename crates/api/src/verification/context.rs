//! The condition keys that another service may tell of a request it received.
//!
//! Only what that service alone can know: its own keys, the resource's tags, the connection. Who signed is known here, and a
//! service that is deceived or careless must not be able to say otherwise.

use std::collections::BTreeSet;
use std::net::IpAddr;

use stepwell_core::Error;
use stepwell_core::iam::authorize::Request;

use super::shapes::ContextEntry;

/// The most keys of a request, and the most values of one.
const MOST: usize = 100;
/// The longest name or value, in bytes.
const LONGEST: usize = 2_048;

/// The global keys about the resource and the connection.
const GLOBAL: &[&str] = &[
    "aws:Referer",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:SecureTransport",
    "aws:SourceIp",
    "aws:TagKeys",
    "aws:UserAgent",
];
/// The global keys of that kind whose name goes on with a tag's.
const GLOBAL_PREFIXES: &[&str] = &["aws:RequestTag/", "aws:ResourceTag/"];

/// Adds the keys of a question about `action`.
pub(super) fn add<'q>(mut request: Request<'q>, action: &str, context: &[ContextEntry]) -> Result<Request<'q>, Error> {
    if context.len() > MOST {
        return Err(Error::invalid_parameter(format!("More than {MOST} context keys.")));
    }
    let mut told = BTreeSet::new();
    for entry in context {
        let ContextEntry { key, value, values } = entry;
        let lengths = [key].into_iter().chain(value).chain(values.iter().flatten());
        if lengths.map(String::len).any(|length| length > LONGEST) || values.iter().flatten().nth(MOST).is_some() {
            return Err(Error::invalid_parameter("A context key or one of its values is too long."));
        }
        if !may_be_told(key, action) {
            return Err(Error::invalid_parameter(format!(
                "The context key {} cannot be told: it is known here, or is not one of the service's.",
                quoted(key)
            )));
        }
        // Tags whose keys differ only in case, or a service that contradicts itself: neither is to be believed.
        if !told.insert(key.to_ascii_lowercase()) {
            request = request.ambiguous_key(key);
            continue;
        }
        request = match (value, values) {
            (Some(value), None) => single(request, key, value)?,
            (None, Some(values)) => request.key_many(key, values.clone()),
            _ => {
                return Err(Error::invalid_parameter(format!(
                    "The context key {} needs either Value or Values.",
                    quoted(key)
                )));
            }
        };
    }
    Ok(request)
}

/// Global keys of the list, and keys of the service to which the action belongs.
fn may_be_told(key: &str, action: &str) -> bool {
    let prefixed = |prefix: &&str| {
        key.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)) && key.len() > prefix.len()
    };
    if GLOBAL.iter().any(|known| known.eq_ignore_ascii_case(key)) || GLOBAL_PREFIXES.iter().any(prefixed) {
        return true;
    }
    let (Some((namespace, name)), Some((service, _))) = (key.split_once(':'), action.split_once(':')) else {
        return false;
    };
    // A provider's keys (`cognito-identity.amazonaws.com:sub`) have dots; `aws` is no service; what STS and SAML say is part
    // of the session.
    !name.is_empty()
        && namespace.eq_ignore_ascii_case(service)
        && namespace.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !["aws", "iam", "saml", "sts"].iter().any(|known| known.eq_ignore_ascii_case(namespace))
}

/// A key whose value has a type.
fn single<'q>(request: Request<'q>, key: &str, value: &str) -> Result<Request<'q>, Error> {
    let wrong = || Error::invalid_parameter(format!("The context key {} has no such value.", quoted(key)));
    if key.eq_ignore_ascii_case("aws:SourceIp") {
        let address: IpAddr = value.parse().map_err(|_| wrong())?;
        return Ok(request.key(key, address.to_canonical()));
    }
    if key.eq_ignore_ascii_case("aws:SecureTransport") {
        let secure: bool = value.parse().map_err(|_| wrong())?;
        return Ok(request.key(key, secure));
    }
    Ok(request.key(key, value))
}

/// A piece of the request, fit for a message.
fn quoted(text: &str) -> String {
    text.chars().take(128).map(|c| if c.is_ascii_graphic() { c } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_service_knows_better_is_taken() {
        for key in ["s3:prefix", "S3:Prefix", "aws:SourceIp", "aws:sourceip", "aws:ResourceTag/a", "aws:RequestTag/b"] {
            assert!(may_be_told(key, "s3:GetObject"), "{key}");
        }
        for key in [
            "",
            "prefix",
            "s3:",
            "s3",
            ":x",
            "sqs:x",
            "aws:",
            "aws:ResourceTag/",
            "aws:PrincipalArn",
            "aws:PrincipalTag/team",
            "aws:principaltag/team",
            "aws:userid",
            "aws:username",
            "aws:CurrentTime",
            "aws:EpochTime",
            "aws:TokenIssueTime",
            "aws:MultiFactorAuthPresent",
            "aws:FederatedProvider",
            "aws:SourceIdentity",
            "aws:PrincipalAccount",
            "cognito-identity.amazonaws.com:sub",
            "sts:ExternalId",
            "iam:ResourceTag/a",
        ] {
            assert!(!may_be_told(key, "s3:GetObject"), "{key}");
        }
        // Whatever the action claims to belong to.
        for (key, action) in [
            ("aws:PrincipalArn", "aws:X"),
            ("cognito-identity.amazonaws.com:sub", "cognito-identity.amazonaws.com:X"),
            ("sts:ExternalId", "sts:AssumeRole"),
            ("iam:PassedToService", "iam:PassRole"),
            ("saml:sub", "saml:x"),
        ] {
            assert!(!may_be_told(key, action), "{key}");
        }
    }

    #[test]
    fn values_are_typed_and_bounded() {
        let entry = |key: &str, value: Option<&str>, values: Option<Vec<String>>| ContextEntry {
            key: key.to_owned(),
            value: value.map(str::to_owned),
            values,
        };
        let add = |entries: &[ContextEntry]| add(Request::new("s3:GetObject"), "s3:GetObject", entries);
        add(&[entry("aws:SourceIp", Some("192.0.2.1"), None), entry("aws:SecureTransport", Some("true"), None)])
            .unwrap();
        add(&[entry("aws:TagKeys", None, Some(vec!["a".to_owned()]))]).unwrap();
        for bad in [
            entry("aws:SourceIp", Some("192.0.2.1/24"), None),
            entry("aws:SecureTransport", Some("yes"), None),
            entry("s3:prefix", None, None),
            entry("s3:prefix", Some("a"), Some(vec![])),
            entry("s3:prefix", Some(&"a".repeat(LONGEST + 1)), None),
            entry("s3:prefix", None, Some(vec![String::new(); MOST + 1])),
        ] {
            assert!(add(&[bad]).is_err());
        }
        let many = vec![entry("s3:prefix", Some("a"), None); MOST + 1];
        assert!(add(&many).is_err());
    }
}
