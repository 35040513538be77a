//! Policy documents as they are accepted: valid, and within IAM's quotas for their size (IAM User Guide, "IAM and AWS STS
//! quotas").

use std::collections::BTreeMap;

use super::errors::{malformed, over_quota};
use super::policy::{DocumentKind, PolicyDocument, VERSION_REQUIRED, Version, trust_needs_audience};
use super::{EntityKind, trust_names};
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::identity_pools::issuer;
use stepwell_model::ErrorCode;

/// How large a managed policy may be.
const MAX_MANAGED: usize = 6_144;
/// How large a role's trust policy may be (AWS's highest quota).
const MAX_TRUST: usize = 4_096;
/// How large all inline policies of a user may be together.
const MAX_USER_INLINE: usize = 2_048;
/// How large all inline policies of a role may be together.
const MAX_ROLE_INLINE: usize = 10_240;
/// White space is free in quotas and kept, for documents are given back as they came. But not without end: what is stored has
/// at most so many bytes for each character of its quota. AWS knows no such limit, and nobody who writes policies meets it.
const STORED: usize = 8;

/// How IAM counts: characters, but no white space.
fn size(text: &str) -> usize {
    text.chars().filter(|character| !character.is_whitespace()).count()
}

/// A version of a managed policy.
pub(super) fn managed(text: &str) -> Result<()> {
    let document = parse(text, DocumentKind::Identity)?;
    if document.version() != Version::V2012 {
        return Err(malformed(VERSION_REQUIRED));
    }
    within("PolicySize", text, MAX_MANAGED)
}

fn within(quota: &str, text: &str, max: usize) -> Result<()> {
    if size(text) > max {
        return Err(over_quota(quota, max));
    }
    if text.len() > max * STORED {
        return Err(over_quota(quota, format_args!("{} bytes with white space", max * STORED)));
    }
    Ok(())
}

/// The inline policies of a user or role after one was put in.
pub(super) fn inline(kind: EntityKind, name: &str, text: &str, all: &BTreeMap<String, String>) -> Result<()> {
    parse(text, DocumentKind::Identity)?;
    let max = if kind == EntityKind::Role { MAX_ROLE_INLINE } else { MAX_USER_INLINE };
    if all.values().map(|text| size(text)).sum::<usize>() > max {
        let kind = kind.as_str();
        let message = format!("Maximum policy size of {max} bytes exceeded for {kind} {name}");
        return Err(Error::new(ErrorCode::LimitExceeded, message));
    }
    if all.values().map(String::len).sum::<usize>() > max * STORED {
        let (kind, max) = (kind.as_str(), max * STORED);
        let message = format!("Maximum policy size of {max} bytes with white space exceeded for {kind} {name}");
        return Err(Error::new(ErrorCode::LimitExceeded, message));
    }
    Ok(())
}

/// A role's trust policy. Users, roles and sessions of this account that it names must exist, sessions by their role;
/// returned are their unique ids, by name, to which the policy is bound from now on.
pub(super) async fn trust(domain: &Domain, text: &str) -> Result<BTreeMap<String, String>> {
    let document = parse(text, DocumentKind::Trust)?;
    within("ACLSizePerRole", text, MAX_TRUST)?;
    let issuer = issuer::url(&domain.settings);
    trust_needs_audience(&document, issuer.split_once("://").map(|(_, rest)| rest))
        .map_err(|error| malformed(error.message().to_owned()))?;
    let mut ids = BTreeMap::new();
    for name in document.aws_principals() {
        if let Some(id) = trust_names::unique_id(domain, name).await? {
            ids.insert(name.to_owned(), id);
        }
    }
    Ok(ids)
}

fn parse(text: &str, kind: DocumentKind) -> Result<PolicyDocument> {
    PolicyDocument::parse(text, kind).map_err(|error| malformed(error.message().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;

    #[test]
    fn white_space_does_not_count() {
        let spaced = POLICY.replace(',', ",\n\t        ");
        assert_eq!(size(&spaced), POLICY.len());
        let padded = POLICY.replace("s3:*", &format!("s3:{}*", "x".repeat(6_200)));
        assert_eq!(managed(&padded).unwrap_err().message(), "Cannot exceed quota for PolicySize: 6144");
        managed(&POLICY.replace('{', &format!("{{{}", " ".repeat(6_200)))).unwrap();
    }

    #[test]
    fn white_space_is_not_without_end() {
        let long = |length: usize| format!("{POLICY}{}", " ".repeat(length - POLICY.len()));
        managed(&long(49_152)).unwrap();
        let error = managed(&long(49_153)).unwrap_err();
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
        assert_eq!(error.message(), "Cannot exceed quota for PolicySize: 49152 bytes with white space");
        // Of all inline policies together.
        for (kind, max) in [(EntityKind::User, 16_384), (EntityKind::Role, 81_920)] {
            let mut all = BTreeMap::from([("a".to_owned(), long(max / 2)), ("b".to_owned(), long(max / 2))]);
            inline(kind, "x", POLICY, &all).unwrap();
            all.insert("b".to_owned(), long(max / 2 + 1));
            let error = inline(kind, "x", POLICY, &all).unwrap_err();
            let kind = kind.as_str();
            let message = format!("Maximum policy size of {max} bytes with white space exceeded for {kind} x");
            assert_eq!((error.code(), error.message()), (ErrorCode::LimitExceeded, message.as_str()));
        }
    }

    #[test]
    fn inline_policies_share_one_quota() {
        let text = |length: usize| POLICY.replace("s3:*", &format!("s3:{}*", "x".repeat(length)));
        let mut all = BTreeMap::from([("a".to_owned(), text(1_000))]);
        inline(EntityKind::User, "ann", &text(1_000), &all).unwrap();
        all.insert("b".to_owned(), text(1_000));
        let error = inline(EntityKind::User, "ann", &text(1_000), &all).unwrap_err();
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
        assert_eq!(error.message(), "Maximum policy size of 2048 bytes exceeded for user ann");
        inline(EntityKind::Role, "app", &text(1_000), &all).unwrap();
    }

    #[test]
    fn managed_policies_need_the_current_version_and_valid_text() {
        let old = POLICY.replace("2012-10-17", "2008-10-17");
        assert_eq!(managed(&old).unwrap_err().code(), ErrorCode::MalformedPolicyDocument);
        assert_eq!(managed("{}").unwrap_err().code(), ErrorCode::MalformedPolicyDocument);
        inline(EntityKind::User, "ann", &old, &BTreeMap::new()).unwrap();
    }
}
