//! From text to statements: the grammar, and what IAM refuses to save.
//!
//! Sources: "Grammar of the IAM JSON policy language", "IAM JSON policy elements reference".

use std::collections::HashSet;

use super::arn::ResourcePattern;
use super::condition::Condition;
use super::document::{DocumentKind, Effect, Listed, Statement, Version};
use super::json::Json;
use super::malformed::MalformedPolicy;
use super::principal::PrincipalElement;
use super::wildcard::Pattern;

/// Reads a whole document.
pub(super) fn compile(text: &str, kind: DocumentKind) -> Result<(Version, Vec<Statement>), MalformedPolicy> {
    let json = Json::parse(text).ok_or_else(|| MalformedPolicy::json(kind))?;
    let Json::Object(members) = json else { return Err(MalformedPolicy::syntax()) };
    let (mut version, mut statements) = (Version::V2008, None);
    for (name, value) in &members {
        match (name.as_str(), value) {
            ("Version", Json::Text(text)) if text == "2012-10-17" => version = Version::V2012,
            ("Version", Json::Text(text)) if text == "2008-10-17" => version = Version::V2008,
            ("Id", Json::Text(_)) => {}
            ("Statement", Json::List(list)) if !list.is_empty() => statements = Some(list.as_slice()),
            ("Statement", Json::Object(_)) => statements = Some(std::slice::from_ref(value)),
            ("Version" | "Id" | "Statement", _) => return Err(MalformedPolicy::syntax()),
            (other, _) => return Err(MalformedPolicy::unknown(kind, other)),
        }
    }
    let statements = statements.ok_or_else(|| MalformedPolicy::missing(kind, "Statement"))?;
    let mut sids = HashSet::new();
    let mut compiled = Vec::with_capacity(statements.len());
    for statement in statements {
        let elements = Elements::read(statement, kind)?;
        if let Some(sid) = elements.sid.filter(|sid| !sid.is_empty())
            && !sids.insert(sid)
        {
            return Err(MalformedPolicy::new("Statement IDs (SID) in a single policy must be unique."));
        }
        compiled.push(elements.compile(kind, version)?);
    }
    Ok((version, compiled))
}

/// The elements of one statement, each at most once.
#[derive(Default)]
struct Elements<'a> {
    sid: Option<&'a str>,
    effect: Option<&'a Json>,
    action: Option<(bool, &'a Json)>,
    resource: Option<(bool, &'a Json)>,
    principal: Option<(bool, &'a Json)>,
    condition: Option<&'a Json>,
}

impl<'a> Elements<'a> {
    fn read(statement: &'a Json, kind: DocumentKind) -> Result<Self, MalformedPolicy> {
        let Json::Object(members) = statement else { return Err(MalformedPolicy::syntax()) };
        let mut elements = Self::default();
        for (name, value) in members {
            let twice = match name.as_str() {
                "Sid" => {
                    let Json::Text(sid) = value else { return Err(MalformedPolicy::syntax()) };
                    elements.sid.replace(sid).is_some()
                }
                "Effect" => elements.effect.replace(value).is_some(),
                "Action" => elements.action.replace((false, value)).is_some(),
                "NotAction" => elements.action.replace((true, value)).is_some(),
                "Resource" => elements.resource.replace((false, value)).is_some(),
                "NotResource" => elements.resource.replace((true, value)).is_some(),
                "Principal" => elements.principal.replace((false, value)).is_some(),
                "NotPrincipal" => elements.principal.replace((true, value)).is_some(),
                "Condition" => elements.condition.replace(value).is_some(),
                other => return Err(MalformedPolicy::unknown(kind, other)),
            };
            if twice {
                return Err(MalformedPolicy::syntax());
            }
        }
        Ok(elements)
    }

    fn compile(&self, kind: DocumentKind, version: Version) -> Result<Statement, MalformedPolicy> {
        if self.sid.is_some_and(|sid| !sid.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
            return Err(MalformedPolicy::new(
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression \
                 [0-9A-Za-z]*",
            ));
        }
        let effect = self.effect(kind)?;
        let principal = self.principal(kind)?;
        let actions = self.actions(kind)?;
        let resources = self.resources(kind, version)?;
        let conditions =
            self.condition.map(|element| Condition::parse_all(element, version)).transpose()?.unwrap_or_default();
        Ok(Statement { effect, actions, resources, principal, conditions })
    }

    fn effect(&self, kind: DocumentKind) -> Result<Effect, MalformedPolicy> {
        match self.effect {
            Some(Json::Text(effect)) if effect == "Allow" => Ok(Effect::Allow),
            Some(Json::Text(effect)) if effect == "Deny" => Ok(Effect::Deny),
            Some(Json::Text(effect)) if kind == DocumentKind::Trust => {
                Err(MalformedPolicy::new(format!("Invalid effect: {effect}")))
            }
            Some(_) => Err(MalformedPolicy::syntax()),
            None => Err(MalformedPolicy::missing(kind, "Effect")),
        }
    }

    fn principal(&self, kind: DocumentKind) -> Result<Option<PrincipalElement>, MalformedPolicy> {
        match (kind, self.principal) {
            (DocumentKind::Trust, Some((negated, value))) => PrincipalElement::parse(value, negated).map(Some),
            (DocumentKind::Trust, None) => Err(MalformedPolicy::missing(kind, "Principal")),
            (_, Some(_)) => Err(MalformedPolicy::new("Policy document should not specify a principal.")),
            (_, None) => Ok(None),
        }
    }

    fn actions(&self, kind: DocumentKind) -> Result<Listed<Pattern>, MalformedPolicy> {
        let missing = || MalformedPolicy::new("Policy statement must contain actions.");
        let (negated, value) = match (kind, self.action) {
            (DocumentKind::Trust, None) => return Err(MalformedPolicy::missing(kind, "Action")),
            (_, None) => return Err(missing()),
            (_, Some(action)) => action,
        };
        let texts = texts(value)?;
        if texts.is_empty() {
            return Err(missing());
        }
        // What a trust policy leaves out by `NotAction`, or names for other services, would say nothing about assuming.
        if kind == DocumentKind::Trust
            && (negated || !texts.iter().all(|text| text.to_ascii_lowercase().starts_with("sts:")))
        {
            return Err(MalformedPolicy::new("AssumeRole policy may only specify STS AssumeRole actions."));
        }
        let entries = texts.into_iter().map(action).collect::<Result<_, _>>()?;
        Ok(Listed { negated, entries })
    }

    fn resources(
        &self,
        kind: DocumentKind,
        version: Version,
    ) -> Result<Option<Listed<ResourcePattern>>, MalformedPolicy> {
        let missing = || MalformedPolicy::new("Policy statement must contain resources.");
        let (negated, value) = match (kind, self.resource) {
            (DocumentKind::Trust, None) => return Ok(None),
            (DocumentKind::Trust, Some((negated, _))) => {
                return Err(MalformedPolicy::prohibited(if negated { "NotResource" } else { "Resource" }));
            }
            (_, None) => return Err(missing()),
            (_, Some(resource)) => resource,
        };
        let texts = texts(value)?;
        if texts.is_empty() {
            return Err(missing());
        }
        let entries = texts.into_iter().map(|text| ResourcePattern::parse(text, version)).collect::<Result<_, _>>()?;
        Ok(Some(Listed { negated, entries }))
    }
}

/// Reads an action: `*`, or `vendor:name` with wildcards in the name.
fn action(text: &str) -> Result<Pattern, MalformedPolicy> {
    if text == "*" {
        return Ok(Pattern::plain("*"));
    }
    let Some((vendor, name)) = text.split_once(':') else {
        return Err(MalformedPolicy::new("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."));
    };
    if name.contains(':') {
        return Err(MalformedPolicy::new("Actions/Condition can contain only one colon."));
    }
    if vendor.is_empty() || !vendor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte)) {
        return Err(MalformedPolicy::new(format!("Vendor {vendor} is not valid")));
    }
    if name.is_empty() {
        return Err(MalformedPolicy::legacy());
    }
    Ok(Pattern::plain(&text.to_ascii_lowercase()))
}

/// A string, or a list of them.
fn texts(value: &Json) -> Result<Vec<&str>, MalformedPolicy> {
    match value {
        Json::Text(text) => Ok(vec![text]),
        Json::List(list) => list
            .iter()
            .map(|item| match item {
                Json::Text(text) => Ok(text.as_str()),
                _ => Err(MalformedPolicy::syntax()),
            })
            .collect(),
        _ => Err(MalformedPolicy::syntax()),
    }
}
