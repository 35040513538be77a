//! Policy documents as they are accepted: valid, and within IAM's quotas for their size (IAM User Guide, "IAM and AWS STS
//! quotas").

use std::collections::BTreeMap;

use super::arn::IamArn;
use super::errors::{malformed, over_quota};
use super::policy::{DocumentKind, PolicyDocument, VERSION_REQUIRED, Version, trust_needs_audience};
use super::{EntityKind, roles, users};
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::identity_pools::issuer;
use stepwell_model::ErrorCode;

/// How large a managed policy may be.
const MAX_MANAGED: usize = 6_144;
/// How large a role's trust policy may be.
const MAX_TRUST: usize = 2_048;
/// How large all inline policies of a user may be together.
const MAX_USER_INLINE: usize = 2_048;
/// How large all inline policies of a role may be together.
const MAX_ROLE_INLINE: usize = 10_240;

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
    if size(text) > MAX_MANAGED { Err(over_quota("PolicySize", MAX_MANAGED)) } else { Ok(()) }
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
    Ok(())
}

/// A role's trust policy. Users and roles of this account that it names must exist; returned are their unique ids, by ARN,
/// to which the policy is bound from now on.
pub(super) async fn trust(domain: &Domain, text: &str) -> Result<BTreeMap<String, String>> {
    let document = parse(text, DocumentKind::Trust)?;
    if size(text) > MAX_TRUST {
        return Err(over_quota("ACLSizePerRole", MAX_TRUST));
    }
    let issuer = issuer::url(&domain.settings);
    trust_needs_audience(&document, issuer.split_once("://").map(|(_, rest)| rest))
        .map_err(|error| malformed(error.message().to_owned()))?;
    let mut ids = BTreeMap::new();
    for arn in document.aws_principals() {
        let Some(parsed) = IamArn::parse(arn).filter(|parsed| parsed.account == domain.settings.account_id) else {
            continue;
        };
        let id = unique_id(domain, arn, &parsed).await?;
        let id = id.ok_or_else(|| malformed(format!("Invalid principal in policy: \"AWS\":\"{arn}\"")))?;
        ids.insert(arn.to_owned(), id);
    }
    Ok(ids)
}

async fn unique_id(domain: &Domain, arn: &str, parsed: &IamArn<'_>) -> Result<Option<String>> {
    let account = &domain.settings.account_id;
    Ok(match parsed.kind {
        "user" => users::find(domain, parsed.name()).await?.filter(|user| user.arn(account) == arn).map(|u| u.user_id),
        "role" => roles::find(domain, parsed.name()).await?.filter(|role| role.arn(account) == arn).map(|r| r.role_id),
        _ => None,
    })
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
