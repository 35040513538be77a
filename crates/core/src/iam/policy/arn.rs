//! ARNs and patterns of them: six fields, each matched by itself, so that a wildcard never crosses a colon; but in `Resource`
//! and `NotResource` a `*` that ends a field does, as AWS has it.
//!
//! Sources: "IAM JSON policy elements: Resource", "ARN condition operators".

use super::context::ContextKeys;
use super::document::Version;
use super::malformed::MalformedPolicy;
use super::steps::Steps;
use super::truth::Truth;
use super::variables::arn_fields;
use super::wildcard::{Pattern, Resolved};

/// The fields of an ARN behind `arn`.
const FIELDS: usize = 5;

/// An ARN of a request, split.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arn<'a> {
    /// Partition, service, Region, account, and the resource with any further colons.
    fields: [&'a str; FIELDS],
    /// All of them, with their colons.
    text: &'a str,
}

impl<'a> Arn<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let text = text.strip_prefix("arn:")?;
        let mut parts = text.splitn(FIELDS, ':');
        let fields = [parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?];
        Some(Self { fields, text })
    }
}

/// A pattern of ARNs.
#[derive(Debug, Clone)]
pub(super) struct ArnPattern {
    fields: [Pattern; FIELDS],
    /// With any text in place of variables; only where there are variables.
    loosened: Option<Box<[Pattern; FIELDS]>>,
}

/// The values of the variables in an [`ArnPattern`], field by field.
pub(super) type ResolvedArn<'a> = [Resolved<'a>; FIELDS];

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

    fn of(fields: [Pattern; FIELDS]) -> Self {
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
}

/// One entry of `Resource` or `NotResource`.
#[derive(Debug, Clone)]
pub(super) enum ResourcePattern {
    /// `*`
    Any,
    /// An ARN pattern.
    Arn(Box<ResourceArn>),
}

/// An ARN pattern in which a `*` at the end of a field may stand for further fields as well.
#[derive(Debug, Clone)]
pub(super) struct ResourceArn {
    pattern: ArnPattern,
    /// The last field that was written; those after it were completed.
    last: usize,
}

impl ResourceArn {
    /// Whether an ARN matches; none if no steps are left to tell.
    fn matches(&self, values: &ResolvedArn<'_>, arn: &Arn<'_>, steps: &Steps) -> Option<bool> {
        if self.pattern.matches(values, arn, steps)? {
            return Some(true);
        }
        let field = |index: usize, text: &str| {
            let (Some(pattern), Some(values)) = (self.pattern.fields.get(index), values.get(index)) else {
                return Some(false);
            };
            pattern.matches(values, text, steps)
        };
        if self.may_span(arn) { self.spans(&field, 0, arn.text, steps) } else { Some(false) }
    }

    /// Whether an ARN could match if the variables had the right values.
    fn could_match(&self, arn: &Arn<'_>, steps: &Steps) -> bool {
        let Some(loosened) = &self.pattern.loosened else { return false };
        if loosened.iter().zip(arn.fields).all(|(pattern, text)| pattern.matches(&[], text, steps) != Some(false)) {
            return true;
        }
        let field = |index: usize, text: &str| loosened.get(index)?.matches(&[], text, steps);
        self.may_span(arn) && self.spans(&field, 0, arn.text, steps) != Some(false)
    }

    /// Whether an ARN has more fields than were written, and a star to take them in.
    fn may_span(&self, arn: &Arn<'_>) -> bool {
        let [written @ .., resource] = &arn.fields;
        let has_more = self.last < written.len() || resource.contains(':');
        has_more && self.pattern.fields.iter().take(self.last).any(Pattern::ends_with_star)
    }

    /// Whether `text` matches the fields from `index` on, where a `*` that ends one takes in any number of those that
    /// follow.
    fn spans(
        &self,
        field: &impl Fn(usize, &str) -> Option<bool>,
        index: usize,
        text: &str,
        steps: &Steps,
    ) -> Option<bool> {
        // The resource, the last of all fields, has its colons to itself.
        if index == FIELDS - 1 {
            return field(index, text);
        }
        let takes_more = self.pattern.fields.get(index).is_some_and(Pattern::ends_with_star);
        let (own, rest) = text.split_once(':').map_or((text, None), |(own, rest)| (own, Some(rest)));
        steps.spend(own.len() / 64);
        if !field(index, own)? {
            return Some(false);
        }
        let Some(mut rest) = rest else { return Some(index == self.last) };
        if index == self.last {
            return Some(takes_more);
        }
        loop {
            if self.spans(field, index + 1, rest, steps)? {
                return Some(true);
            }
            match rest.split_once(':') {
                Some((_, after)) if takes_more => rest = after,
                _ => return Some(false),
            }
        }
    }
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
        let last = fields.len() - 2;
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
        Ok(Self::Arn(Box::new(ResourceArn { pattern: ArnPattern::of(fields), last })))
    }

    /// Whether a resource matches: unknown if it hangs on a variable without a value. Only "*" matches what is no ARN.
    pub(super) fn matches(&self, resource: Option<&Arn<'_>>, keys: &ContextKeys, steps: &Steps) -> ResourceMatch {
        // Six fields are looked at, whatever is in them.
        steps.spend(6);
        match (self, resource) {
            (Self::Any, _) => ResourceMatch { matched: Truth::True, resolved: true },
            (Self::Arn(entry), resource) => match entry.pattern.resolve(keys, steps) {
                Some(values) => ResourceMatch {
                    matched: resource.map_or(Truth::False, |arn| Truth::from(entry.matches(&values, arn, steps))),
                    resolved: true,
                },
                None => ResourceMatch {
                    matched: if resource.is_some_and(|arn| entry.could_match(arn, steps)) {
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
    fn only_a_star_that_ends_a_field_takes_in_others() {
        let queue = "arn:aws:sqs:us-east-1:111122223333:q";
        for pattern in ["arn:aws:sqs:*:q", "arn:aws:sqs:us-*:q", "arn:aws:sqs:*:*3:q", "arn:aws:sqs:*:111122223333:q"] {
            assert!(matches(pattern, queue), "{pattern}");
        }
        for pattern in
            ["arn:aws:sqs:*t-1:q", "arn:aws:sqs:us-?:q", "arn:aws:sqs:*:r", "arn:aws:sqs:*:1*2:q", "arn:aws:sqs:*:1*q"]
        {
            assert!(!matches(pattern, queue), "{pattern}");
        }
        assert!(matches("arn:aws:iam:*:role/*", "arn:aws:iam::111122223333:role/a/b"));
        assert!(!matches("arn:aws:iam:*:role/*", "arn:aws:iam::111122223333:user/role/b"));
        assert!(matches("arn:aws:lambda:*:function:f", "arn:aws:lambda:us-east-1:111122223333:function:f"));
        assert!(!matches("arn:aws:lambda:*:function:f", "arn:aws:lambda:us-east-1:111122223333:function:g:f"));
        assert!(matches("arn:aws:lambda:*:function:*:f", "arn:aws:lambda:us-east-1:111122223333:function:g:h:f"));
        assert!(matches("arn:aws:sqs:*:111122223333:q", "arn:aws:sqs:us-east-1:999999999999:111122223333:q"));
        // Nothing is left for the fields after it.
        assert!(!matches("arn:aws:sqs:*:111122223333:q:*", "arn:aws:sqs:us-east-1:111122223333:q"));
    }

    #[test]
    fn stars_among_many_colons_end() {
        let arn = format!("arn:aws:sqs:a:b:{}", ":".repeat(2_000));
        let pattern = ResourcePattern::parse("arn:aws:sqs:*:*:no", Version::V2012).unwrap();
        let (steps, arn) = (Steps::for_one_question(), Arn::parse(&arn));
        let found = pattern.matches(arn.as_ref(), &ContextKeys::new(), &steps).matched;
        assert!(found == Truth::Unknown && steps.exhausted(), "{found:?}");
    }

    #[test]
    fn missing_fields_are_completed() {
        assert!(matches("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a/b:c"));
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
