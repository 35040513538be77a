//! The name of a condition operator, taken apart: qualifier, comparison, `IfExists`.
//!
//! Source: "IAM JSON policy elements: Condition operators".

/// `ForAllValues:` or `ForAnyValue:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Qualifier {
    /// Neither.
    None,
    /// Every value of the request.
    ForAllValues,
    /// At least one value of the request.
    ForAnyValue,
}

/// How numbers and dates are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// `…Equals` and, negated, `…NotEquals`.
    Equal,
    /// `…LessThan`
    Less,
    /// `…LessThanEquals`
    LessOrEqual,
    /// `…GreaterThan`
    Greater,
    /// `…GreaterThanEquals`
    GreaterOrEqual,
}

impl Order {
    /// Whether a value of the request stands in this order to one of the policy.
    pub(super) fn holds<T: Ord>(self, request: &T, policy: &T) -> bool {
        match self {
            Self::Equal => request == policy,
            Self::Less => request < policy,
            Self::LessOrEqual => request <= policy,
            Self::Greater => request > policy,
            Self::GreaterOrEqual => request >= policy,
        }
    }
}

/// What is compared, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    /// `StringEquals` and `StringEqualsIgnoreCase`
    Text {
        /// Ignoring case.
        fold: bool,
    },
    /// `StringLike`
    Like,
    /// `Numeric…`
    Numeric(Order),
    /// `Date…`
    Date(Order),
    /// `Bool`
    Bool,
    /// `BinaryEquals`
    Binary,
    /// `IpAddress`
    Ip,
    /// `ArnEquals` and `ArnLike`, which behave identically.
    Arn,
    /// `Null`
    Null,
}

/// A whole operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    /// The set operator before it.
    pub(super) qualifier: Qualifier,
    /// The comparison.
    pub(super) comparison: Comparison,
    /// `…Not…`: true when the comparison is not.
    pub(super) negated: bool,
    /// `…IfExists`
    pub(super) if_exists: bool,
}

impl Operator {
    /// Reads an operator's name; none if there is no such operator.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (qualifier, name) = match name.split_once(':') {
            Some(("ForAllValues", name)) => (Qualifier::ForAllValues, name),
            Some(("ForAnyValue", name)) => (Qualifier::ForAnyValue, name),
            Some(_) => return None,
            None => (Qualifier::None, name),
        };
        let (name, if_exists) = match name.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let (comparison, negated) = match name {
            "StringEquals" => (Comparison::Text { fold: false }, false),
            "StringNotEquals" => (Comparison::Text { fold: false }, true),
            "StringEqualsIgnoreCase" => (Comparison::Text { fold: true }, false),
            "StringNotEqualsIgnoreCase" => (Comparison::Text { fold: true }, true),
            "StringLike" => (Comparison::Like, false),
            "StringNotLike" => (Comparison::Like, true),
            "NumericEquals" => (Comparison::Numeric(Order::Equal), false),
            "NumericNotEquals" => (Comparison::Numeric(Order::Equal), true),
            "NumericLessThan" => (Comparison::Numeric(Order::Less), false),
            "NumericLessThanEquals" => (Comparison::Numeric(Order::LessOrEqual), false),
            "NumericGreaterThan" => (Comparison::Numeric(Order::Greater), false),
            "NumericGreaterThanEquals" => (Comparison::Numeric(Order::GreaterOrEqual), false),
            "DateEquals" => (Comparison::Date(Order::Equal), false),
            "DateNotEquals" => (Comparison::Date(Order::Equal), true),
            "DateLessThan" => (Comparison::Date(Order::Less), false),
            "DateLessThanEquals" => (Comparison::Date(Order::LessOrEqual), false),
            "DateGreaterThan" => (Comparison::Date(Order::Greater), false),
            "DateGreaterThanEquals" => (Comparison::Date(Order::GreaterOrEqual), false),
            "Bool" => (Comparison::Bool, false),
            "BinaryEquals" => (Comparison::Binary, false),
            "IpAddress" => (Comparison::Ip, false),
            "NotIpAddress" => (Comparison::Ip, true),
            "ArnEquals" | "ArnLike" => (Comparison::Arn, false),
            "ArnNotEquals" | "ArnNotLike" => (Comparison::Arn, true),
            // It asks about existence itself, so neither a set operator nor `IfExists` goes with it.
            "Null" if !if_exists && qualifier == Qualifier::None => (Comparison::Null, false),
            _ => return None,
        };
        Some(Self { qualifier, comparison, negated, if_exists })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_operators_are_none() {
        for name in [
            "",
            "stringequals",
            "StringEqualsIfExist",
            "IfExists",
            "NullIfExists",
            "ForAnyValue:Null",
            "ForAllValues",
            "ForSomeValues:StringEquals",
            "ForAllValues:ForAnyValue:StringEquals",
            "NumericLike",
            "StringEqualsIfExistsIfExists",
        ] {
            assert_eq!(Operator::parse(name), None, "{name}");
        }
        let operator = Operator::parse("ForAnyValue:StringNotLikeIfExists").unwrap();
        assert!(operator.negated && operator.if_exists && operator.qualifier == Qualifier::ForAnyValue);
    }
}
