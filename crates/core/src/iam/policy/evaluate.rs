//! The decision: an explicit deny anywhere, else an allow from every layer that there is, else deny.
//!
//! Source: "Policy evaluation logic", "Session policies", "Permissions boundaries".

use super::arn::Arn;
use super::context::ContextKeys;
use super::document::{Effect, PolicyDocument};
use super::steps::Steps;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct RequestContext<'a> {
    /// `service:Operation`, without wildcards. Case does not matter.
    pub action: &'a str,
    /// The ARNs that the operation works on, each of which must be allowed. None: the operation has no resource-level
    /// permissions and is decided for `*`.
    pub resources: &'a [&'a str],
    /// The request context.
    pub keys: &'a ContextKeys,
}

/// All policies that bear on a caller.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evaluation<'a> {
    /// The identity-based policies: their union must allow.
    pub identity: &'a [PolicyDocument],
    /// The permissions boundary, if there is one: it must allow, too.
    pub boundary: Option<&'a PolicyDocument>,
    /// The session's policies, if it was made with any: they must allow, too.
    pub session: Option<SessionPolicies<'a>>,
}

/// The policies of a session, in layers.
#[derive(Debug, Clone, Copy)]
pub struct SessionPolicies<'a> {
    /// Each layer is a set whose union must allow, and every layer must. No layer, or an empty one, allows nothing.
    pub layers: &'a [&'a [PolicyDocument]],
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Allowed.
    Allow,
    /// Denied by a `Deny` statement.
    ExplicitDeny {
        /// Where the statement stands.
        layer: Layer,
    },
    /// Denied as nothing allows it.
    ImplicitDeny {
        /// Which kind of policy should have allowed it.
        layer: Layer,
    },
}

/// A kind of policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// Identity-based policies.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// Session policies.
    Session,
    /// The role's trust policy.
    Trust,
}

impl Decision {
    /// Whether the request may proceed.
    pub fn is_allowed(self) -> bool {
        self == Self::Allow
    }

    /// The end of AWS's message to who is denied ("Troubleshoot access denied error messages"); none if allowed.
    pub fn reason(self, action: &str) -> Option<String> {
        match self {
            Self::Allow => None,
            Self::ExplicitDeny { layer } => Some(format!(
                "with an explicit deny in {}",
                match layer {
                    Layer::Identity => "an identity-based policy",
                    Layer::Boundary => "a permissions boundary",
                    Layer::Session => "a session policy",
                    Layer::Trust => "the role trust policy",
                }
            )),
            Self::ImplicitDeny { layer } => Some(format!(
                "because no {} allows the {action} action",
                match layer {
                    Layer::Identity => "identity-based policy",
                    Layer::Boundary => "permissions boundary",
                    Layer::Session => "session policy",
                    Layer::Trust => "role trust policy",
                }
            )),
        }
    }
}

/// What a set of policies says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Silent,
    Allowed,
    Denied,
}

impl Evaluation<'_> {
    /// Decides a request.
    pub fn decide(&self, request: &RequestContext<'_>) -> Decision {
        self.explain(request).0
    }

    /// Decides a request, and names the resource that was refused: the first explicitly denied, else the first that
    /// nothing allows.
    pub fn explain<'r>(&self, request: &RequestContext<'r>) -> (Decision, Option<&'r str>) {
        let (layers, resource) = self.verdicts(request);
        (layers.whole(), resource)
    }

    /// The layers' verdicts on a request, of the worst resource.
    pub(super) fn verdicts<'r>(&self, request: &RequestContext<'r>) -> (Layers, Option<&'r str>) {
        let Some(action) = action(request.action) else { return (Layers::NOTHING_ALLOWED, None) };
        let steps = Steps::for_one_question();
        if request.resources.is_empty() {
            return (self.layers(&action, "*", request.keys, &steps), None);
        }
        let mut worst = (Layers::ALL_ALLOWED, None);
        for resource in request.resources {
            // Nothing more can be known, so nothing allows the rest of them.
            if steps.exhausted() {
                return (worst.0.and(Layers::NOTHING_ALLOWED), worst.1.or(Some(*resource)));
            }
            let layers = self.layers(&action, resource, request.keys, &steps);
            match layers.whole() {
                Decision::Allow => {}
                Decision::ExplicitDeny { .. } => return (layers, Some(resource)),
                // Layers are merged, so that a call that needs only some of them sees each resource's refusal.
                Decision::ImplicitDeny { .. } => worst = (worst.0.and(layers), worst.1.or(Some(*resource))),
            }
        }
        worst
    }

    fn layers(&self, action: &str, resource: &str, keys: &ContextKeys, steps: &Steps) -> Layers {
        let arn = Arn::parse(resource);
        let judge = |documents: &[PolicyDocument]| judge(documents, action, arn.as_ref(), keys, steps);
        Layers {
            identity: judge(self.identity),
            boundary: self.boundary.map_or(Verdict::Allowed, |document| judge(std::slice::from_ref(document))),
            session: self.session.map_or(Verdict::Allowed, |session| {
                let layers = session.layers.iter().map(|layer| judge(layer));
                layers.reduce(Verdict::and).unwrap_or(Verdict::Silent)
            }),
        }
    }
}

impl Verdict {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Denied, _) | (_, Self::Denied) => Self::Denied,
            (Self::Silent, _) | (_, Self::Silent) => Self::Silent,
            (Self::Allowed, Self::Allowed) => Self::Allowed,
        }
    }
}

/// What each kind of policy says; a kind that does not bear on the caller allows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layers {
    pub(super) identity: Verdict,
    pub(super) boundary: Verdict,
    pub(super) session: Verdict,
}

impl Layers {
    const ALL_ALLOWED: Self =
        Self { identity: Verdict::Allowed, boundary: Verdict::Allowed, session: Verdict::Allowed };
    const NOTHING_ALLOWED: Self =
        Self { identity: Verdict::Silent, boundary: Verdict::Silent, session: Verdict::Silent };

    fn and(self, other: Self) -> Self {
        Self {
            identity: self.identity.and(other.identity),
            boundary: self.boundary.and(other.boundary),
            session: self.session.and(other.session),
        }
    }

    fn named(self) -> [(Layer, Verdict); 3] {
        [(Layer::Identity, self.identity), (Layer::Boundary, self.boundary), (Layer::Session, self.session)]
    }

    /// The decision if all layers must allow.
    pub(super) fn whole(self) -> Decision {
        self.among(&[Layer::Identity, Layer::Boundary, Layer::Session])
    }

    /// The decision if none may deny, and only these must allow.
    pub(super) fn among(self, needed: &[Layer]) -> Decision {
        let find = |wanted: Verdict| self.named().into_iter().filter(move |(_, verdict)| *verdict == wanted);
        if let Some((layer, _)) = find(Verdict::Denied).next() {
            return Decision::ExplicitDeny { layer };
        }
        match find(Verdict::Silent).find(|(layer, _)| needed.contains(layer)) {
            Some((layer, _)) => Decision::ImplicitDeny { layer },
            None => Decision::Allow,
        }
    }
}

/// The action in lower case; none if it is no action: who asks for `s3:*` must not be told of what `s3:*` allows.
pub(super) fn action(text: &str) -> Option<String> {
    let (vendor, name) = text.split_once(':')?;
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic());
    (plain(vendor) && plain(name) && !name.contains(':') && !text.contains(['*', '?']))
        .then(|| text.to_ascii_lowercase())
}

fn judge(
    documents: &[PolicyDocument],
    action: &str,
    resource: Option<&Arn<'_>>,
    keys: &ContextKeys,
    steps: &Steps,
) -> Verdict {
    let mut verdict = Verdict::Silent;
    for statement in documents.iter().flat_map(PolicyDocument::statements) {
        // Once something allows it, only a Deny can change the answer.
        if statement.effect == Effect::Allow && verdict == Verdict::Allowed {
            continue;
        }
        // A statement about principals is none of an identity's; it can only take away.
        if statement.principal.is_some() && statement.effect == Effect::Allow {
            continue;
        }
        if statement.covers_action(action, steps)
            && statement.covers_resource(resource, keys, steps)
            && statement.conditions_hold(keys, steps)
        {
            match statement.effect {
                Effect::Deny => return Verdict::Denied,
                Effect::Allow => verdict = Verdict::Allowed,
            }
        }
    }
    verdict
}
