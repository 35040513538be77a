//! The `Condition` element: operators, their keys and values, and what AWS says of keys that are missing.
//!
//! Sources: "IAM JSON policy elements: Condition operators", "Conditions with multiple context keys or values",
//! "Single-valued vs. multivalued context keys".

mod arn;
mod binary;
mod boolean;
mod date;
mod ip;
mod null;
mod numeric;
mod operator;
mod string;

use self::date::Instant;
use self::ip::Range;
use self::numeric::Decimal;
use self::operator::{Comparison, Operator, Order, Qualifier};
use self::string::StringTest;
use super::arn::ArnPattern;
use super::context::{ContextKeys, KeyValue, Values};
use super::document::{Effect, Version};
use super::json::Json;
use super::keys::{KeyClass, classify};
use super::malformed::MalformedPolicy;
use super::steps::{LOOK_UP, Steps};
use super::truth::Truth;

/// One key under one operator, with its values.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    operator: Operator,
    /// In lower case.
    key: String,
    class: KeyClass,
    test: Test,
    /// The values as written, for checks at save time.
    written: Vec<String>,
}

/// The policy's values, compiled. A value that is none of its type stays as `None`: unknown when evaluated.
#[derive(Debug, Clone)]
enum Test {
    Text(Vec<StringTest>),
    Numeric(Order, Vec<Option<Decimal>>),
    Date(Order, Vec<Option<Instant>>),
    Bool(Vec<Option<bool>>),
    Binary(Vec<Option<Vec<u8>>>),
    Ip(Vec<Option<Range>>),
    Arn(Vec<Option<ArnPattern>>),
    Null(Vec<Option<bool>>),
}

impl Condition {
    /// Reads the `Condition` element.
    pub(super) fn parse_all(element: &Json, version: Version) -> Result<Vec<Self>, MalformedPolicy> {
        let Json::Object(operators) = element else { return Err(MalformedPolicy::syntax()) };
        let mut conditions = Vec::new();
        for (name, keys) in operators {
            let operator = Operator::parse(name).ok_or_else(MalformedPolicy::syntax)?;
            let Json::Object(keys) = keys else { return Err(MalformedPolicy::syntax()) };
            for (key, values) in keys {
                conditions.push(Self::compile(operator, key, texts(values)?, version)?);
            }
        }
        Ok(conditions)
    }

    fn compile(operator: Operator, key: &str, written: Vec<String>, version: Version) -> Result<Self, MalformedPolicy> {
        let values = || written.iter().map(String::as_str);
        let variable = |_| MalformedPolicy::legacy();
        let test = match operator.comparison {
            Comparison::Text { fold } => Test::Text(
                values()
                    .map(|value| StringTest::equals(value, version, fold))
                    .collect::<Result<_, _>>()
                    .map_err(variable)?,
            ),
            Comparison::Like => Test::Text(
                values().map(|value| StringTest::like(value, version)).collect::<Result<_, _>>().map_err(variable)?,
            ),
            Comparison::Numeric(order) => Test::Numeric(order, values().map(Decimal::parse).collect()),
            Comparison::Date(order) => {
                let instants: Vec<_> = values().map(Instant::parse).collect();
                if instants.contains(&None) {
                    return Err(MalformedPolicy::legacy());
                }
                Test::Date(order, instants)
            }
            Comparison::Bool => Test::Bool(values().map(boolean::parse).collect()),
            Comparison::Binary => Test::Binary(values().map(binary::parse).collect()),
            Comparison::Ip => Test::Ip(values().map(Range::parse).collect()),
            Comparison::Arn => Test::Arn(values().map(|value| ArnPattern::parse(value, version)).collect()),
            Comparison::Null => Test::Null(values().map(boolean::parse).collect()),
        };
        let key = key.to_ascii_lowercase();
        Ok(Self { operator, class: classify(&key), key, test, written })
    }

    /// Whether the condition holds for a request.
    pub(super) fn evaluate(&self, keys: &ContextKeys, effect: Effect, steps: &Steps) -> Truth {
        if self.class == KeyClass::Unknown || self.written.is_empty() {
            return Truth::Unknown;
        }
        if !steps.spend(LOOK_UP) {
            return Truth::Unknown;
        }
        let values = keys.lookup(&self.key);
        if matches!(values, Some(Values::Ambiguous)) {
            return Truth::Unknown;
        }
        if let Test::Null(expected) = &self.test {
            // A list of nothing but empty strings is "a null data set" elsewhere: it proves neither presence nor absence.
            return match values {
                Some(Values::Many(list)) if is_null_set(list) => Truth::Unknown,
                values => null::holds(expected, values.is_some()),
            };
        }
        let Some(values) = values else { return self.without_key(effect) };
        let values = values.as_slice();
        match self.operator.qualifier {
            // A multivalued key needs a set operator; with one value it is no matter.
            Qualifier::None => match values {
                [value] => self.one(keys, value, steps),
                _ => Truth::Unknown,
            },
            // "Resolves to a null data set, such as an empty string".
            Qualifier::ForAllValues if is_null_set(values) => Truth::True,
            Qualifier::ForAnyValue if is_null_set(values) => Truth::False,
            Qualifier::ForAllValues => Truth::all(values.iter().map(|value| self.one(keys, value, steps))),
            Qualifier::ForAnyValue => Truth::any(values.iter().map(|value| self.one(keys, value, steps))),
        }
    }

    /// What AWS makes of a missing key; narrower for an `Allow` that hangs on a key that is always missing here.
    fn without_key(&self, effect: Effect) -> Truth {
        if self.operator.if_exists {
            return Truth::True;
        }
        let holds = match self.operator.qualifier {
            Qualifier::None => self.operator.negated,
            Qualifier::ForAllValues => true,
            Qualifier::ForAnyValue => false,
        };
        Truth::from(holds && (effect == Effect::Deny || self.class != KeyClass::NeverFilled))
    }

    /// Whether the condition holds for one value of the request: it equals one of the policy's values, or, negated, none.
    fn one(&self, keys: &ContextKeys, request: &KeyValue, steps: &Steps) -> Truth {
        let read = if matches!(self.test, Test::Text(_) | Test::Arn(_)) { 0 } else { request.reading_steps() };
        if !steps.spend(1 + self.written.len() + read) {
            return Truth::Unknown;
        }
        let matched = self.matched(keys, request, steps);
        if self.operator.negated { matched.not() } else { matched }
    }

    fn matched(&self, keys: &ContextKeys, request: &KeyValue, steps: &Steps) -> Truth {
        match &self.test {
            // A variable without a value leaves the whole condition unknown, whatever the other values say.
            Test::Text(tests) => {
                let mut result = Truth::False;
                for test in tests {
                    let Some(values) = test.resolve(keys, steps) else { return Truth::Unknown };
                    result = result.or(test.holds(&values, request, steps));
                }
                result
            }
            Test::Arn(patterns) => {
                let mut result = Truth::False;
                for pattern in patterns {
                    let Some(pattern) = pattern else {
                        result = result.or(Truth::Unknown);
                        continue;
                    };
                    let Some(values) = pattern.resolve(keys, steps) else { return Truth::Unknown };
                    result = result.or(arn::holds(pattern, &values, request, steps));
                }
                result
            }
            Test::Numeric(order, policy) => typed(policy, Decimal::of(request).as_ref(), |r, p| order.holds(r, p)),
            Test::Date(order, policy) => typed(policy, Instant::of(request).as_ref(), |r, p| order.holds(r, p)),
            Test::Bool(policy) => typed(policy, boolean::of(request).as_ref(), |r, p| r == p),
            Test::Binary(policy) => typed(policy, binary::of(request).as_ref(), |r, p| r == p),
            Test::Ip(policy) => typed(policy, ip::of(request).as_ref(), |r, p| p.contains(*r)),
            Test::Null(_) => Truth::Unknown,
        }
    }

    /// Whether the condition makes sure that a key of this name is there and has one of the values, all of which `names`
    /// accepts.
    pub(super) fn requires(&self, key: &str, names: impl Fn(&str) -> bool) -> bool {
        matches!(self.test, Test::Text(_))
            && !self.operator.negated
            && !self.operator.if_exists
            && self.operator.qualifier != Qualifier::ForAllValues
            && self.key == key
            && !self.written.is_empty()
            && self.written.iter().all(|value| names(value))
    }
}

/// Compares with each of the policy's values; what cannot be read on either side is unknown.
fn typed<R, P>(policy: &[Option<P>], request: Option<&R>, holds: impl Fn(&R, &P) -> bool) -> Truth {
    Truth::any(policy.iter().map(|policy| match (request, policy) {
        (Some(request), Some(policy)) => Truth::from(holds(request, policy)),
        _ => Truth::Unknown,
    }))
}

fn is_null_set(values: &[KeyValue]) -> bool {
    values.iter().all(|value| matches!(value, KeyValue::Text(text) if text.is_empty()))
}

/// The values of a key: strings, numbers and truth values, one or a list.
fn texts(values: &Json) -> Result<Vec<String>, MalformedPolicy> {
    let text = |value: &Json| match value {
        Json::Text(text) | Json::Number(text) => Ok(text.clone()),
        Json::Bool(value) => Ok(value.to_string()),
        Json::Null | Json::List(_) | Json::Object(_) => Err(MalformedPolicy::syntax()),
    };
    match values {
        Json::List(values) => values.iter().map(text).collect(),
        value => Ok(vec![text(value)?]),
    }
}
