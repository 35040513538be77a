//! String operators: exact, ignoring case, and with wildcards; all with variables.

use super::super::context::{ContextKeys, KeyValue};
use super::super::document::Version;
use super::super::steps::Steps;
use super::super::truth::Truth;
use super::super::variables::BadVariable;
use super::super::wildcard::{Pattern, Resolved, fold};

/// One value of a policy.
#[derive(Debug, Clone)]
pub(super) struct StringTest {
    pattern: Pattern,
    fold: bool,
}

impl StringTest {
    pub(super) fn equals(text: &str, version: Version, ignore_case: bool) -> Result<Self, BadVariable> {
        let pattern = Pattern::exact(text, version)?;
        Ok(Self { pattern: if ignore_case { pattern.folded() } else { pattern }, fold: ignore_case })
    }

    pub(super) fn like(text: &str, version: Version) -> Result<Self, BadVariable> {
        Ok(Self { pattern: Pattern::wildcards(text, version)?, fold: false })
    }

    /// The values of the variables; none if one has none, or no steps are left to tell.
    pub(super) fn resolve<'a>(&'a self, keys: &'a ContextKeys, steps: &Steps) -> Option<Resolved<'a>> {
        let values = self.pattern.resolve(keys, steps)?;
        Some(if self.fold { values.iter().map(|value| fold(value).into()).collect() } else { values })
    }

    pub(super) fn holds(&self, values: &Resolved<'_>, request: &KeyValue, steps: &Steps) -> Truth {
        if !steps.spend(request.steps()) {
            return Truth::Unknown;
        }
        let text = request.text();
        if !self.fold {
            return Truth::from(self.pattern.matches(values, &text, steps));
        }
        let folded: usize = values.iter().map(|value| value.len()).sum();
        if !steps.spend(text.len() + folded) {
            return Truth::Unknown;
        }
        Truth::from(self.pattern.matches(values, &fold(&text), steps))
    }
}
