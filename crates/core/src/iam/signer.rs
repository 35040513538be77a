//! Who signed a request: the identity behind an access key or behind temporary credentials, with everything that policies
//! may ask of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::arn;
use crate::Millis;
use crate::settings::Settings;

/// The proven holder of the credentials that signed a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// `AKIA…` (long-term) or `ASIA…` (temporary).
    pub access_key_id: String,
    /// Whose credentials they are.
    pub identity: Identity,
    /// The session they belong to, if they are temporary.
    pub session: Option<TemporarySession>,
}

/// Whose credentials they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Identity {
    /// Whoever calls with credentials that mean nothing here (`stepwell dev` only): the account itself, and no policies
    /// are asked.
    Anyone,
    /// An IAM user.
    User {
        /// The user's name.
        name: String,
        /// `/`, or `/division/team/`.
        path: String,
        /// `AIDA…`.
        user_id: String,
    },
    /// Whoever assumed an IAM role.
    Role {
        /// The role's name.
        name: String,
        /// `/`, or `/service-role/`.
        path: String,
        /// `AROA…`.
        role_id: String,
        /// The role session's name.
        session_name: String,
    },
}

/// What temporary credentials carry besides whose they are. Sealed into the session token, never looked up.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TemporarySession {
    /// When they were issued (`aws:TokenIssueTime`).
    pub issued_at: Millis,
    /// When they end.
    pub expires_at: Millis,
    /// Layers of session policies. What is not allowed by at least one policy of *every* layer is denied; a deny in any of
    /// them denies. No layer: no restriction.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub session_policies: Vec<Vec<SessionPolicy>>,
    /// Session tags. They override the tags of the role or user with the same key (`aws:PrincipalTag/…`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// The keys of those session tags that go along into the next role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transitive: Vec<String>,
    /// `aws:SourceIdentity`: once set, the same in every role assumed from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
    /// `aws:MultiFactorAuthPresent`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mfa: bool,
    /// Who vouched for the caller, if the role was assumed with a token of an identity provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub federated: Option<Federated>,
    /// Whether an identity pool's enhanced or basic flow led here: such credentials never call identity pools.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub identity_pool: bool,
}

/// One session policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionPolicy {
    /// The policy's JSON text, given with the request.
    Document(String),
    /// A managed policy's ARN: its default version is read when the credentials are used. One that is gone allows nothing.
    Managed(String),
}

/// The identity provider that vouched for a session, and the condition keys it filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Federated {
    /// The name before the colon in condition keys: `cognito-identity.amazonaws.com`, or the issuer without its scheme.
    pub provider: String,
    /// `aws:FederatedProvider`: the provider's ARN, or its name if it is built in.
    pub principal: String,
    /// The condition keys after the colon: `aud`, `sub`, `amr`, ….
    pub keys: BTreeMap<String, Vec<String>>,
}

impl Signer {
    /// Somebody with credentials that mean nothing here (`stepwell dev`), and the deployment's own errands.
    pub fn anyone(access_key_id: impl Into<String>) -> Self {
        Self { access_key_id: access_key_id.into(), identity: Identity::Anyone, session: None }
    }

    /// The ARN of the principal that made the request, as `GetCallerIdentity` and denials tell it: a role's session, not
    /// the role.
    pub fn arn(&self, settings: &Settings) -> String {
        self.identity.arn(&settings.account_id)
    }

    /// The unique id, as `GetCallerIdentity` tells it and `aws:userid` holds it: `AIDA…`, `AROA…:session`, or the account.
    pub fn user_id(&self, settings: &Settings) -> String {
        match &self.identity {
            Identity::Anyone => settings.account_id.clone(),
            Identity::User { user_id, .. } => user_id.clone(),
            Identity::Role { role_id, session_name, .. } => format!("{role_id}:{session_name}"),
        }
    }
}

impl Identity {
    /// See [`Signer::arn`].
    pub fn arn(&self, account_id: &str) -> String {
        match self {
            Self::Anyone | Self::User { .. } => self.principal_arn(account_id),
            Self::Role { name, session_name, .. } => arn::write_session(account_id, name, session_name),
        }
    }

    /// `aws:PrincipalArn`: the user, the role itself (not its session), or the account.
    pub fn principal_arn(&self, account_id: &str) -> String {
        match self {
            Self::Anyone => format!("arn:aws:iam::{account_id}:root"),
            Self::User { name, path, .. } => arn::write(account_id, "user", path, name),
            Self::Role { name, path, .. } => arn::write(account_id, "role", path, name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_and_ids_are_aws_shaped() {
        let settings = Settings::for_tests();
        let signer = |identity| Signer { access_key_id: "AKIA".to_owned(), identity, session: None };
        let anyone = Signer::anyone("test");
        assert_eq!(anyone.arn(&settings), "arn:aws:iam::000000000000:root");
        assert_eq!(anyone.user_id(&settings), "000000000000");
        let user = signer(Identity::User {
            name: "ann".to_owned(),
            path: "/staff/".to_owned(),
            user_id: "AIDAEXAMPLE".to_owned(),
        });
        assert_eq!(user.arn(&settings), "arn:aws:iam::000000000000:user/staff/ann");
        assert_eq!(user.user_id(&settings), "AIDAEXAMPLE");
        let role = signer(Identity::Role {
            name: "app".to_owned(),
            path: "/x/".to_owned(),
            role_id: "AROAEXAMPLE".to_owned(),
            session_name: "s1".to_owned(),
        });
        assert_eq!(role.arn(&settings), "arn:aws:sts::000000000000:assumed-role/app/s1");
        assert_eq!(role.identity.principal_arn("1"), "arn:aws:iam::1:role/x/app");
        assert_eq!(role.user_id(&settings), "AROAEXAMPLE:s1");
    }
}
