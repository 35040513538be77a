//! ARNs and patterns of them: six fields, each matched by itself, so that a wildcard never crosses a colon.
//!
//! Sources: "IAM JSON policy elements: Resource", "ARN condition operators".

use super::context::ContextKeys;
use super::document::Version;
use super::malformed::MalformedPolicy;
use super::steps::Steps;
use super::truth::Truth;
use super::variables::arn_fields;
use super::wildcard::{Pattern, Resolved};

/// An ARN of a request, split.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arn<'a> {
    /// Partition, service, Region, account, and the resource with any further colons.
    fields: [&'a str; 5],
}

impl<'a> Arn<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next()? != "arn" {
            return None;
        }
        let fields = [parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?];
        Some(Self { fields })
    }
}

/// A pattern of ARNs.
#[derive(Debug, Clone)]
pub(super) struct ArnPattern {
    fields: [Pattern; 5],
    /// With any text in place of variables; only where there are variables.
    loosened: Option<Box<[Pattern; 5]>>,
}

/// The values of the variables in an [`ArnPattern`], field by field.
pub(super) type ResolvedArn<'a> = [Resolved<'a>; 5];

impl ArnPattern {
    /// Compiles a pattern of six fields; none if it has fewer, or a broken variable.
    pub(super) fn parse(text: &str, version: Version) -> Option<Self> {
        let fields = arn_fields(text, version);
        let [arn, partition, service, region, account, resource] = fields.as_slice() else { return None };
        if *arn != "arn" {
            return None;
        }
        let field = |text: &str| Pattern::wildcards(text, version).ok();
        Some(Self::of([field(partition)?, field(service)?, field(region)?, field(account)?, field(resource)?]))
    }

    fn of(fields: [Pattern; 5]) -> Self {
        let loosened =
            fields.iter().any(Pattern::has_variables).then(|| Box::new(fields.each_ref().map(Pattern::loosened)));
        Self { fields, loosened }
    }

    /// The values of the variables; none if one has none, or no steps are left to tell.
    pub(super) fn resolve<'a>(&'a self, keys: &'a ContextKeys, steps: &Steps) -> Option<ResolvedArn<'a>> {
        let [partition, service, region, account, resource] = &self.fields;
        Some([
            partition.resolve(keys, steps)?,
            service.resolve(keys, steps)?,
            region.resolve(keys, steps)?,
            account.resolve(keys, steps)?,
            resource.resolve(keys, steps)?,
        ])
    }

    /// Whether an ARN matches; none if no steps are left to tell.
    pub(super) fn matches(&self, values: &ResolvedArn<'_>, arn: &Arn<'_>, steps: &Steps) -> Option<bool> {
        // The resource differs most often, so it is looked at first.
        let fields = self.fields.iter().zip(values).zip(arn.fields);
        for ((pattern, values), text) in fields.rev() {
            if !pattern.matches(values, text, steps)? {
                return Some(false);
            }
        }
        Some(true)
    }

    /// Whether an ARN could match if the variables had the right values.
    fn could_match(&self, arn: &Arn<'_>, steps: &Steps) -> bool {
        let Some(loosened) = &self.loosened else { return false };
        loosened.iter().zip(arn.fields).all(|(pattern, text)| pattern.matches(&[], text, steps) != Some(false))
    }
}

/// One entry of `Resource` or `NotResource`.
#[derive(Debug, Clone)]
pub(super) enum ResourcePattern {
    /// `*`
    Any,
    /// An ARN pattern.
    Arn(Box<ArnPattern>),
}

impl ResourcePattern {
    /// Compiles an entry; fields missing at the end are completed with `*`.
    pub(super) fn parse(text: &str, version: Version) -> Result<Self, MalformedPolicy> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let mut fields = arn_fields(text, version);
        if fields.first() != Some(&"arn") || fields.len() < 2 {
            return Err(MalformedPolicy::new(format!("Resource {text} must be in ARN format or \"*\".")));
        }
        if fields.len() < 3 {
            return Err(MalformedPolicy::new("Resource vendor must be fully qualified and cannot contain regexes."));
        }
        fields.resize(6, "*");
        let [_, partition, service, region, account, resource] = fields.as_slice() else {
            return Err(MalformedPolicy::legacy());
        };
        if partition.is_empty() || !partition.bytes().all(|byte| byte.is_ascii_lowercase() || b"-*?".contains(&byte)) {
            return Err(MalformedPolicy::new(format!(
                "Partition \"{partition}\" is not valid for resource \"{text}\"."
            )));
        }
        if service.is_empty() || !service.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte)) {
            return Err(MalformedPolicy::new("Resource vendor must be fully qualified and cannot contain regexes."));
        }
        let plain = |text: &str| {
            let pattern = Pattern::wildcards(text, version).map_err(|_| MalformedPolicy::legacy())?;
            // Variables are allowed only after the fifth colon.
            if pattern.has_variables() { Err(MalformedPolicy::legacy()) } else { Ok(pattern) }
        };
        let resource = Pattern::wildcards(resource, version).map_err(|_| MalformedPolicy::legacy())?;
        let fields = [plain(partition)?, plain(service)?, plain(region)?, plain(account)?, resource];
        Ok(Self::Arn(Box::new(ArnPattern::of(fields))))
    }

    /// Whether a resource matches: unknown if it hangs on a variable without a value. Only "*" matches what is no ARN.
    pub(super) fn matches(&self, resource: Option<&Arn<'_>>, keys: &ContextKeys, steps: &Steps) -> ResourceMatch {
        // Six fields are looked at, whatever is in them.
        steps.spend(6);
        match (self, resource) {
            (Self::Any, _) => ResourceMatch { matched: Truth::True, resolved: true },
            (Self::Arn(pattern), resource) => match pattern.resolve(keys, steps) {
                Some(values) => ResourceMatch {
                    matched: resource.map_or(Truth::False, |arn| Truth::from(pattern.matches(&values, arn, steps))),
                    resolved: true,
                },
                None => ResourceMatch {
                    matched: if resource.is_some_and(|arn| pattern.could_match(arn, steps)) {
                        Truth::Unknown
                    } else {
                        Truth::False
                    },
                    resolved: false,
                },
            },
        }
    }
}

/// How one entry of `Resource` fared.
#[derive(Debug, Clone, Copy)]
pub(super) struct ResourceMatch {
    /// Whether the resource is meant; unknown if it could be.
    pub(super) matched: Truth,
    /// Whether all variables had values.
    pub(super) resolved: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, arn: &str) -> bool {
        let pattern = ResourcePattern::parse(pattern, Version::V2012).unwrap();
        let arn = Arn::parse(arn);
        pattern.matches(arn.as_ref(), &ContextKeys::new(), &Steps::for_one_question()).matched == Truth::True
    }

    #[test]
    fn wildcards_stay_within_their_field() {
        assert!(matches("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a/b:c"));
        assert!(!matches("arn:aws:sqs:*:111122223333:q", "arn:aws:sqs:us-east-1:999999999999:111122223333:q"));
        assert!(matches("arn:aws:sqs", "arn:aws:sqs:us-east-1:111122223333:q"));
        assert!(!matches("arn:aws:sqs", "arn:aws:sns:us-east-1:111122223333:q"));
        assert!(!matches("arn:aws:s3:::*", "*"));
        assert!(matches("*", "*"));
        assert!(matches("*", "not an ARN"));
    }

    #[test]
    fn odd_resources_are_refused() {
        for (text, message) in [
            ("bucket", "Resource bucket must be in ARN format or \"*\"."),
            ("**", "Resource ** must be in ARN format or \"*\"."),
            ("", "Resource  must be in ARN format or \"*\"."),
            ("arn:aws", "Resource vendor must be fully qualified and cannot contain regexes."),
            ("arn:aws:s3*:::b", "Resource vendor must be fully qualified and cannot contain regexes."),
            ("arn:AWS!:s3:::b", "Partition \"AWS!\" is not valid for resource \"arn:AWS!:s3:::b\"."),
            ("arn:aws:iam::${aws:PrincipalAccount}:user/x", "The policy failed legacy parsing"),
            ("arn:aws:s3:::b/${aws:username", "The policy failed legacy parsing"),
        ] {
            assert_eq!(ResourcePattern::parse(text, Version::V2012).unwrap_err().message(), message, "{text}");
        }
    }
}
