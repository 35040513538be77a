//! ARN operators: six fields, each compared by itself, with wildcards and variables.

use super::super::arn::{Arn, ArnPattern, ResolvedArn};
use super::super::context::KeyValue;
use super::super::steps::Steps;
use super::super::truth::Truth;

/// Whether an ARN of the request matches; unknown if it is none.
pub(super) fn holds(pattern: &ArnPattern, values: &ResolvedArn<'_>, request: &KeyValue, steps: &Steps) -> Truth {
    if !steps.spend(request.steps()) {
        return Truth::Unknown;
    }
    let text = request.text();
    Truth::from(Arn::parse(&text).and_then(|arn| pattern.matches(values, &arn, steps)))
}
