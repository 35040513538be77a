//! Policy evaluation as AWS documents it: documents are parsed and compiled once, then decided without IO or clock.
//!
//! The rule above all others: what cannot be understood never widens. Unknown operators and elements are refused when a
//! policy is saved; what turns out unknowable when it is evaluated (an unknown key, a value of the wrong type, a variable
//! without a value) keeps an `Allow` from applying and lets a `Deny` apply. Where that differs from AWS is written down in
//! `docs/decisions/0020-policy-evaluation.md`.

mod arn;
mod condition;
mod context;
mod document;
mod evaluate;
mod grammar;
mod json;
mod keys;
mod malformed;
mod principal;
mod steps;
mod trust;
mod truth;
mod variables;
mod wildcard;

pub use context::{ContextKeys, KeyValue, Values};
pub use document::{DocumentKind, PolicyDocument, Version};
pub use evaluate::{Decision, Evaluation, Layer, RequestContext, SessionPolicies};
pub use malformed::{MalformedPolicy, VERSION_REQUIRED};
pub use principal::{Principal, TrustGrant};
pub use trust::{TrustDecision, evaluate_assume_role, evaluate_trust, trust_needs_audience};
