//! A policy document, compiled: what evaluation needs and nothing else.

use std::sync::Arc;

use super::arn::{Arn, ResourcePattern};
use super::condition::Condition;
use super::context::ContextKeys;
use super::grammar;
use super::malformed::MalformedPolicy;
use super::principal::PrincipalElement;
use super::steps::Steps;
use super::truth::Truth;
use super::wildcard::Pattern;

/// What a document is for, which decides its grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    /// Attached to a user or role: the inline and managed policies, and permissions boundaries.
    Identity,
    /// Given when a session is made.
    Session,
    /// Says who may assume a role.
    Trust,
}

/// The version of the policy language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `2008-10-17`, and documents that name none: without variables.
    V2008,
    /// `2012-10-17`.
    V2012,
}

/// `Allow` or `Deny`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// A policy document. Cloning shares it.
#[derive(Debug, Clone)]
pub struct PolicyDocument {
    inner: Arc<Inner>,
}

#[derive(Debug, Clone)]
struct Inner {
    kind: DocumentKind,
    version: Version,
    statements: Vec<Statement>,
}

impl PolicyDocument {
    /// Reads and compiles a document; its size is the caller's to limit. Source: "Grammar of the IAM JSON policy language".
    pub fn parse(text: &str, kind: DocumentKind) -> Result<Self, MalformedPolicy> {
        let (version, statements) = grammar::compile(text, kind)?;
        Ok(Self { inner: Arc::new(Inner { kind, version, statements }) })
    }

    /// What the document was read as.
    pub fn kind(&self) -> DocumentKind {
        self.inner.kind
    }

    /// The version of its language.
    pub fn version(&self) -> Version {
        self.inner.version
    }

    /// How many statements it has.
    pub fn statement_count(&self) -> usize {
        self.inner.statements.len()
    }

    /// The users, roles and sessions that a trust policy names, by ARN or unique id; accounts and `*` left out. IAM refuses
    /// to save a policy that names users or roles which do not exist: `Invalid principal in policy: "AWS":"…"`.
    pub fn aws_principals(&self) -> Vec<&str> {
        self.principal_elements().flat_map(PrincipalElement::aws_names).collect()
    }

    /// The identity providers that a trust policy names.
    pub fn federated_principals(&self) -> Vec<&str> {
        self.principal_elements().flat_map(PrincipalElement::federated_names).collect()
    }

    /// Ties the named users, roles and sessions (`AROA…:session`) to their unique ids, as IAM does when it saves a trust
    /// policy: from then on it means them however they are called, and nobody who is created anew under the same name.
    /// `id_of` gives the id for a name, or none to leave it as it is.
    #[must_use]
    pub fn with_principal_ids(&self, id_of: impl Fn(&str) -> Option<String>) -> Self {
        let mut inner = Inner::clone(&self.inner);
        for principal in inner.statements.iter_mut().filter_map(|statement| statement.principal.as_mut()) {
            principal.pin(&id_of);
        }
        Self { inner: Arc::new(inner) }
    }

    pub(super) fn statements(&self) -> &[Statement] {
        &self.inner.statements
    }

    fn principal_elements(&self) -> impl Iterator<Item = &PrincipalElement> {
        self.inner.statements.iter().filter_map(|statement| statement.principal.as_ref())
    }
}

/// `X` or `NotX`, with its entries.
#[derive(Debug, Clone)]
pub(super) struct Listed<T> {
    pub(super) negated: bool,
    pub(super) entries: Vec<T>,
}

/// One statement.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub(super) effect: Effect,
    /// `Action` or `NotAction`, in lower case.
    pub(super) actions: Listed<Pattern>,
    /// `Resource` or `NotResource`; trust policies have neither.
    pub(super) resources: Option<Listed<ResourcePattern>>,
    /// `Principal` or `NotPrincipal`; only trust policies have one.
    pub(super) principal: Option<PrincipalElement>,
    pub(super) conditions: Vec<Condition>,
}

impl Statement {
    /// Whether the statement is about an action, given in lower case.
    pub(super) fn covers_action(&self, lower: &str, steps: &Steps) -> bool {
        let entries = self.actions.entries.iter();
        let matched = Truth::any(entries.map(|pattern| Truth::from(pattern.matches(&[], lower, steps))));
        let covered = if self.actions.negated { matched.not() } else { matched };
        self.applies(covered)
    }

    /// Whether an uncertain statement applies: an `Allow` if it certainly does, a `Deny` unless it certainly does not.
    fn applies(&self, truth: Truth) -> bool {
        match self.effect {
            Effect::Allow => truth == Truth::True,
            Effect::Deny => truth != Truth::False,
        }
    }

    /// Whether the statement is about a resource. A variable without a value voids an `Allow` as a whole; a `Deny` then
    /// counts wherever it could.
    pub(super) fn covers_resource(&self, resource: Option<&Arn<'_>>, keys: &ContextKeys, steps: &Steps) -> bool {
        let Some(listed) = &self.resources else { return true };
        let mut matched = Truth::False;
        let mut resolved = true;
        for entry in &listed.entries {
            let found = entry.matches(resource, keys, steps);
            matched = matched.or(found.matched);
            resolved &= found.resolved;
        }
        match (self.effect, listed.negated) {
            (Effect::Allow, false) => resolved && matched == Truth::True,
            (Effect::Allow, true) => resolved && matched == Truth::False,
            (Effect::Deny, false) => matched != Truth::False,
            (Effect::Deny, true) => matched != Truth::True,
        }
    }

    /// Whether the conditions let the statement apply.
    pub(super) fn conditions_hold(&self, keys: &ContextKeys, steps: &Steps) -> bool {
        self.applies(Truth::all(self.conditions.iter().map(|condition| condition.evaluate(keys, self.effect, steps))))
    }
}
