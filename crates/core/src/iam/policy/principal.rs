//! Who asks, and whom a trust policy's `Principal` or `NotPrincipal` means.
//!
//! Sources: "AWS JSON policy elements: Principal", "AWS JSON policy elements: `NotPrincipal`", "Policy evaluation logic".

use std::borrow::Cow;

use super::context::ContextKeys;
use super::document::{DocumentKind, Effect};
use super::json::Json;
use super::malformed::MalformedPolicy;

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// An account's root user.
    Root {
        /// The account id.
        account: String,
    },
    /// An IAM user.
    User {
        /// `arn:aws:iam::ACCOUNT:user/PATH/NAME`
        arn: String,
        /// The account id.
        account: String,
        /// The unique id, `AIDA…`.
        user_id: String,
        /// The friendly name.
        name: String,
    },
    /// A session of a role.
    AssumedRole {
        /// `arn:aws:iam::ACCOUNT:role/PATH/NAME`
        role_arn: String,
        /// `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`
        session_arn: String,
        /// The account id.
        account: String,
        /// The role's unique id, `AROA…`.
        role_id: String,
        /// The session's name.
        session_name: String,
    },
    /// The holder of an identity provider's token or assertion.
    Federated {
        /// The provider exactly as a trust policy names it: `cognito-identity.amazonaws.com`, or the ARN of an OIDC or
        /// SAML provider.
        provider: String,
    },
    /// A service.
    Service {
        /// Such as `lambda.amazonaws.com`.
        name: String,
    },
    /// Nobody in particular.
    Anonymous,
}

impl Principal {
    /// The ARN that AWS shows for the caller; of a role's session, the session's.
    pub fn arn(&self) -> Option<String> {
        match self {
            Self::Root { account } => Some(format!("arn:aws:iam::{account}:root")),
            Self::User { arn, .. } => Some(arn.clone()),
            Self::AssumedRole { session_arn, .. } => Some(session_arn.clone()),
            Self::Federated { .. } | Self::Service { .. } | Self::Anonymous => None,
        }
    }

    /// The caller's account.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Root { account } | Self::User { account, .. } | Self::AssumedRole { account, .. } => Some(account),
            Self::Federated { .. } | Self::Service { .. } | Self::Anonymous => None,
        }
    }

    /// Fills in the keys that follow from who asks: `aws:PrincipalArn` (of a session, its role's), `aws:PrincipalAccount`,
    /// `aws:PrincipalType`, `aws:PrincipalIsAWSService`, `aws:userid` and `aws:username` ("Principal key values").
    pub fn insert_keys(&self, keys: &mut ContextKeys) {
        let (kind, user_id) = match self {
            Self::Root { account } => ("Account", Some(account.clone())),
            Self::User { user_id, .. } => ("User", Some(user_id.clone())),
            Self::AssumedRole { role_id, session_name, .. } => {
                ("AssumedRole", Some(format!("{role_id}:{session_name}")))
            }
            Self::Anonymous => ("Anonymous", None),
            Self::Federated { .. } | Self::Service { .. } => ("", None),
        };
        if !kind.is_empty() {
            keys.set("aws:PrincipalType", kind);
        }
        if let Some(user_id) = user_id {
            keys.set("aws:userid", user_id);
        }
        if let Self::User { name, .. } = self {
            keys.set("aws:username", name.as_str());
        }
        if let Self::AssumedRole { role_arn, .. } = self {
            keys.set("aws:PrincipalArn", role_arn.as_str());
        } else if let Some(arn) = self.arn() {
            keys.set("aws:PrincipalArn", arn);
        }
        if let Some(account) = self.account() {
            keys.set("aws:PrincipalAccount", account);
        }
        keys.set("aws:PrincipalIsAWSService", matches!(self, Self::Service { .. }));
    }
}

/// How a trust policy came to allow someone, which says whose policies must allow it as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrustGrant {
    /// The account was named: it delegates, and the caller's identity policies must allow the call.
    Account,
    /// The role whose session calls was named: boundary and session policies still limit it.
    Role,
    /// All principals (`{"AWS": "*"}`, or `NotPrincipal`): boundary and session policies still limit whoever calls.
    Everyone,
    /// The user, the session, the provider or the service itself was named: within the account nothing else is needed.
    Principal,
}

/// One name in a `Principal` element.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    /// `*`
    Everyone,
    /// An account, by id or by its root's ARN.
    Account(String),
    /// A user, role or session ARN, or a unique id.
    Aws {
        /// As written.
        name: String,
        /// The unique id that the name stood for when the policy was saved: from then on the name means nothing.
        pinned: Option<String>,
    },
    Federated(String),
    Service(String),
}

/// A `Principal` or `NotPrincipal` element.
#[derive(Debug, Clone)]
pub(super) struct PrincipalElement {
    negated: bool,
    entries: Vec<Entry>,
}

impl PrincipalElement {
    /// Reads the element of a trust policy.
    pub(super) fn parse(value: &Json, negated: bool) -> Result<Self, MalformedPolicy> {
        let map = match value {
            Json::Object(map) if !map.is_empty() => map,
            Json::Text(text) if text == "*" => {
                return Err(MalformedPolicy::new("AssumeRolepolicy contained an invalid principal: \"STAR\"."));
            }
            _ => return Err(MalformedPolicy::new("Invalid principal in policy.")),
        };
        let mut entries = Vec::new();
        for (kind, names) in map {
            let names = match names {
                Json::Text(name) => vec![name.as_str()],
                Json::List(names) if !names.is_empty() => names
                    .iter()
                    .map(|name| match name {
                        Json::Text(name) => Ok(name.as_str()),
                        _ => Err(MalformedPolicy::new("Invalid principal in policy.")),
                    })
                    .collect::<Result<_, _>>()?,
                _ => return Err(MalformedPolicy::new("Invalid principal in policy.")),
            };
            for name in names {
                let entry = match kind.as_str() {
                    "AWS" => aws_entry(name),
                    "Federated" if is_plain_name(name) => Some(Entry::Federated(name.to_owned())),
                    "Service" if is_plain_name(name) => Some(Entry::Service(name.to_owned())),
                    "Federated" | "Service" | "CanonicalUser" => None,
                    other => return Err(MalformedPolicy::unknown(DocumentKind::Trust, other)),
                };
                entries.push(entry.ok_or_else(|| invalid(kind, name))?);
            }
        }
        Ok(Self { negated, entries })
    }

    /// The names under "AWS" that are not accounts.
    pub(super) fn aws_names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Aws { name, .. } => Some(name.as_str()),
            _ => None,
        })
    }

    /// The names under "Federated".
    pub(super) fn federated_names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Federated(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Ties names to unique ids.
    pub(super) fn pin(&mut self, id_of: &impl Fn(&str) -> Option<String>) {
        for entry in &mut self.entries {
            if let Entry::Aws { name, pinned } = entry
                && let Some(id) = id_of(name)
            {
                *pinned = Some(id);
            }
        }
    }

    /// Whether a statement with this element is about the principal, and through which name; none if it is not.
    pub(super) fn grant(&self, principal: &Principal, effect: Effect) -> Option<TrustGrant> {
        let names = Names::of(principal);
        match (self.negated, effect) {
            (false, _) => self.entries.iter().filter_map(|entry| names.named_by(entry, effect)).max(),
            // Named in any way: not meant. Tokens of providers and services have to be named to be let in.
            (true, Effect::Allow) => {
                let excluded = self.entries.iter().any(|entry| names.named_by(entry, Effect::Deny).is_some());
                (!excluded && principal.account().is_some()).then_some(TrustGrant::Everyone)
            }
            // To be spared by a Deny, the whole chain must be named: account, role, session.
            (true, Effect::Deny) => (!names.spared_by(&self.entries)).then_some(TrustGrant::Everyone),
        }
    }
}

/// A name that a principal element may be equal to, and the unique id that belongs to it: of a session
/// `AROA…:session`, as `aws:userid` has it.
#[derive(Debug, Clone)]
struct Name<'a> {
    arn: &'a str,
    id: Cow<'a, str>,
}

impl Name<'_> {
    fn is(&self, entry: &Entry) -> bool {
        match entry {
            // Whoever is called otherwise by now is still meant, and whoever got the name since is not.
            Entry::Aws { pinned: Some(pinned), .. } => *pinned == self.id,
            Entry::Aws { name, pinned: None } => name == self.arn || *name == self.id,
            _ => false,
        }
    }
}

/// All names of one principal.
#[derive(Debug, Default)]
struct Names<'a> {
    account: Option<&'a str>,
    role: Option<Name<'a>>,
    own: Option<Name<'a>>,
    federated: Option<&'a str>,
    service: Option<&'a str>,
}

impl<'a> Names<'a> {
    fn of(principal: &'a Principal) -> Self {
        let account = principal.account();
        match principal {
            Principal::Root { .. } => Self { account, ..Self::default() },
            Principal::User { arn, user_id, .. } => {
                Self { account, own: Some(Name { arn, id: Cow::from(user_id) }), ..Self::default() }
            }
            Principal::AssumedRole { role_arn, session_arn, role_id, session_name, .. } => Self {
                account,
                role: Some(Name { arn: role_arn, id: Cow::from(role_id) }),
                own: Some(Name { arn: session_arn, id: Cow::from(format!("{role_id}:{session_name}")) }),
                ..Self::default()
            },
            Principal::Federated { provider } => Self { federated: Some(provider), ..Self::default() },
            Principal::Service { name } => Self { service: Some(name), ..Self::default() },
            Principal::Anonymous => Self::default(),
        }
    }

    /// How one entry of `Principal` names the principal.
    fn named_by(&self, entry: &Entry, effect: Effect) -> Option<TrustGrant> {
        match entry {
            // "AWS": "*" lets in whoever has AWS credentials, never a provider's token; it denies everyone.
            Entry::Everyone if effect == Effect::Deny || self.account.is_some() => Some(TrustGrant::Everyone),
            Entry::Account(account) if self.account == Some(account) => Some(TrustGrant::Account),
            Entry::Federated(name) if self.federated == Some(name) => Some(TrustGrant::Principal),
            Entry::Service(name) if self.service == Some(name) => Some(TrustGrant::Principal),
            Entry::Aws { .. } if self.own.as_ref().is_some_and(|own| own.is(entry)) => Some(TrustGrant::Principal),
            Entry::Aws { .. } if self.role.as_ref().is_some_and(|role| role.is(entry)) => Some(TrustGrant::Role),
            _ => None,
        }
    }

    /// Whether `NotPrincipal` with these entries spares the principal a `Deny`.
    fn spared_by(&self, entries: &[Entry]) -> bool {
        let listed = |found: &dyn Fn(&Entry) -> bool| entries.iter().any(found);
        if self.account.is_some() && listed(&|entry| *entry == Entry::Everyone) {
            return true;
        }
        let spared = |name: &Option<Name<'_>>| name.as_ref().is_none_or(|name| listed(&|entry| name.is(entry)));
        match (self.account, self.federated, self.service) {
            (Some(account), _, _) => {
                listed(&|entry| matches!(entry, Entry::Account(named) if named == account))
                    && spared(&self.role)
                    && spared(&self.own)
            }
            (None, Some(name), _) => listed(&|entry| matches!(entry, Entry::Federated(named) if named == name)),
            (None, None, Some(name)) => listed(&|entry| matches!(entry, Entry::Service(named) if named == name)),
            (None, None, None) => false,
        }
    }
}

fn invalid(kind: &str, name: &str) -> MalformedPolicy {
    MalformedPolicy::new(format!("Invalid principal in policy: \"{}\":\"{name}\"", kind.to_ascii_uppercase()))
}

/// A provider or service: any text without wildcards.
fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['*', '?', ' '])
}

/// Reads a name under "AWS": `*`, an account, or the ARN or unique id of one principal. Wildcards only alone.
fn aws_entry(name: &str) -> Option<Entry> {
    if name == "*" {
        return Some(Entry::Everyone);
    }
    if name.contains(['*', '?', ' ']) {
        return None;
    }
    if is_account(name) {
        return Some(Entry::Account(name.to_owned()));
    }
    let aws = Entry::Aws { name: name.to_owned(), pinned: None };
    if let Some(rest) = name.strip_prefix("arn:") {
        let mut fields = rest.splitn(5, ':');
        let (_partition, service, region) = (fields.next()?, fields.next()?, fields.next()?);
        let (account, resource) = (fields.next()?, fields.next()?);
        if !region.is_empty() || !is_account(account) {
            return None;
        }
        let resource_of = |prefix: &str| resource.strip_prefix(prefix).is_some_and(|name| !name.is_empty());
        return match service {
            "iam" if resource == "root" => Some(Entry::Account(account.to_owned())),
            "iam" if resource_of("user/") || resource_of("role/") => Some(aws),
            "sts" if resource_of("federated-user/") => Some(aws),
            "sts" if resource_of("assumed-role/") && resource.split('/').count() == 3 => Some(aws),
            _ => None,
        };
    }
    let is_id = name.len() >= 16
        && (name.starts_with("AIDA") || name.starts_with("AROA"))
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    is_id.then_some(aws)
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
