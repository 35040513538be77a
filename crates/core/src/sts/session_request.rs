//! What is asked of a role besides the role: name, duration, session policies, tags, source identity. The same for everybody
//! who assumes one.

use std::collections::BTreeMap;

use super::credentials::{self, Grant, TemporaryCredentials};
use super::invalid;
use super::role::Target;
use crate::SECOND;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::iam::policy::{ContextKeys, DocumentKind, PolicyDocument};
use crate::iam::{Federated, SessionPolicy, TemporarySession, managed_policy};
use stepwell_model::ErrorCode;

/// The duration of a role session that asks for none, in seconds, and the longest in a role chain.
const ONE_HOUR: i32 = 3_600;
/// Characters of all session policies of a request together.
const MOST_POLICY_TEXT: usize = 2_048;
/// Managed session policies of a request.
const MOST_POLICY_ARNS: usize = 10;
/// Session tags of one session.
const MOST_TAGS: usize = 50;

/// What is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionRequest {
    /// `RoleSessionName`.
    pub session_name: String,
    /// `DurationSeconds`.
    pub duration_seconds: Option<i32>,
    /// `Policy`: an inline session policy.
    pub policy: Option<String>,
    /// `PolicyArns`: managed session policies.
    pub policy_arns: Vec<String>,
    /// `Tags`, or those of a provider's token.
    pub tags: Vec<(String, String)>,
    /// `TransitiveTagKeys`.
    pub transitive: Vec<String>,
    /// `SourceIdentity`.
    pub source_identity: Option<String>,
    /// `MinimumSessionTokenSize`, in bytes.
    pub minimum_token_size: usize,
}

/// What came of it.
#[derive(Debug)]
pub struct Assumed {
    /// `arn:aws:sts::<account>:assumed-role/<role>/<session>`.
    pub arn: String,
    /// `AROA…:<session>`.
    pub assumed_role_id: String,
    /// The credentials.
    pub credentials: TemporaryCredentials,
    /// How much of the room for session policies and tags is taken, in percent; none if nothing was passed.
    pub packed_percent: Option<u32>,
    /// The session's source identity.
    pub source_identity: Option<String>,
}

/// What a session inherits from the one that it was made with.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Inherited<'a> {
    /// The caller's session is a role's own: this is role chaining.
    pub(super) chained: bool,
    pub(super) session: Option<&'a TemporarySession>,
}

impl SessionRequest {
    /// Checks everything that needs no permission, and makes the session; times are set when it is issued.
    pub(super) async fn session(
        &self,
        domain: &Domain,
        target: &Target,
        inherited: Inherited<'_>,
    ) -> Result<TemporarySession> {
        let duration = self.duration(target, inherited.chained)?;
        let (tags, transitive) = self.session_tags(inherited)?;
        let issued_at = domain.clock.now();
        Ok(TemporarySession {
            issued_at,
            expires_at: issued_at + i64::from(duration) * SECOND,
            session_policies: self.session_policies(domain).await?,
            tags,
            transitive,
            source_identity: self.source_identity(inherited)?,
            mfa: false,
            federated: None,
            identity_pool: false,
        })
    }

    fn duration(&self, target: &Target, chained: bool) -> Result<i32> {
        let asked = self.duration_seconds.unwrap_or(ONE_HOUR);
        if chained && asked > ONE_HOUR {
            return Err(invalid(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
            ));
        }
        if asked > target.role.max_session_duration {
            return Err(invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role."));
        }
        Ok(asked)
    }

    /// The session's tags with those that come along, and which of them go on.
    fn session_tags(&self, inherited: Inherited<'_>) -> Result<(BTreeMap<String, String>, Vec<String>)> {
        let mut tags: BTreeMap<String, String> = BTreeMap::new();
        let mut transitive: Vec<String> = Vec::new();
        if let Some(session) = inherited.session {
            for key in &session.transitive {
                if let Some(value) = session.tags.get(key) {
                    tags.insert(key.clone(), value.clone());
                    transitive.push(key.clone());
                }
            }
        }
        let comes_along = |key: &str| transitive.iter().any(|known| known.eq_ignore_ascii_case(key));
        if self.tags.iter().map(|(key, _)| key).chain(&self.transitive).any(|key| comes_along(key)) {
            return Err(invalid(
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key \
                 from the calling session.",
            ));
        }
        for (key, value) in &self.tags {
            if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
                return Err(invalid("aws: prefixed tag key names are not allowed for external use."));
            }
            if tags.keys().any(|known| known.eq_ignore_ascii_case(key)) {
                return Err(invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive."));
            }
            tags.insert(key.clone(), value.clone());
        }
        if tags.len() > MOST_TAGS {
            return Err(invalid(format!("A session may have at most {MOST_TAGS} tags.")));
        }
        for key in &self.transitive {
            let own = tags
                .keys()
                .find(|known| known.eq_ignore_ascii_case(key))
                .ok_or_else(|| invalid("The specified transitive tag key must be included in the requested tags."))?;
            if !transitive.contains(own) {
                transitive.push(own.clone());
            }
        }
        Ok((tags, transitive))
    }

    /// Once set, a source identity is the same in the whole chain.
    fn source_identity(&self, inherited: Inherited<'_>) -> Result<Option<String>> {
        let before = inherited.session.and_then(|session| session.source_identity.as_ref());
        match (before, &self.source_identity) {
            (Some(before), Some(asked)) if before != asked => Err(Error::new(
                ErrorCode::AccessDenied,
                "The source identity of the calling session cannot be changed.",
            )),
            (Some(kept), _) | (None, Some(kept)) => Ok(Some(kept.clone())),
            (None, None) => Ok(None),
        }
    }

    async fn session_policies(&self, domain: &Domain) -> Result<Vec<Vec<SessionPolicy>>> {
        let characters = self.policy.iter().chain(&self.policy_arns).map(|text| text.chars().count()).sum::<usize>();
        if characters > MOST_POLICY_TEXT {
            let percent = (characters * 100).div_ceil(MOST_POLICY_TEXT);
            return Err(credentials::too_large(u32::try_from(percent).unwrap_or(u32::MAX)));
        }
        if self.policy_arns.len() > MOST_POLICY_ARNS {
            return Err(invalid(format!("At most {MOST_POLICY_ARNS} managed session policies can be passed.")));
        }
        let mut layer = Vec::new();
        if let Some(text) = &self.policy {
            PolicyDocument::parse(text, DocumentKind::Session)
                .map_err(|malformed| Error::new(ErrorCode::MalformedPolicyDocument, malformed.message().to_owned()))?;
            layer.push(SessionPolicy::Document(text.clone()));
        }
        for arn in &self.policy_arns {
            if managed_policy::default_text(domain, arn).await?.is_none() {
                return Err(invalid(format!("Policy {arn} does not exist or is not attachable.")));
            }
            layer.push(SessionPolicy::Managed(arn.clone()));
        }
        Ok(if layer.is_empty() { Vec::new() } else { vec![layer] })
    }

    /// Whether tags are passed on, so that `sts:TagSession` must be allowed.
    pub(super) fn passes_tags(&self, session: &TemporarySession) -> bool {
        !self.tags.is_empty() || !session.transitive.is_empty()
    }

    /// The condition keys that the request fills.
    pub(super) fn insert_keys(&self, session: &TemporarySession, keys: &mut ContextKeys) {
        keys.set("sts:RoleSessionName", self.session_name.as_str());
        if let Some(seconds) = self.duration_seconds {
            keys.set("sts:DurationSeconds", i64::from(seconds));
        }
        if let Some(source) = &session.source_identity {
            keys.set("sts:SourceIdentity", source.as_str());
        }
        if !self.tags.is_empty() {
            keys.set_tags("aws:RequestTag/", self.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())));
            keys.set_many("aws:TagKeys", self.tags.iter().map(|(key, _)| key.clone()).collect());
        }
        if !self.transitive.is_empty() {
            keys.set_many("sts:TransitiveTagKeys", self.transitive.clone());
        }
    }

    /// Issues the credentials of a session that may be had.
    pub(super) fn issue(
        &self,
        domain: &Domain,
        target: &Target,
        mut session: TemporarySession,
        federated: Option<Federated>,
    ) -> Result<Assumed> {
        session.federated = federated;
        let packed = credentials::packed_percent(&session)?;
        let identity = target.identity(&self.session_name);
        let arn = identity.arn(&domain.settings.account_id);
        let assumed_role_id = format!("{}:{}", target.role.role_id, self.session_name);
        let source_identity = session.source_identity.clone();
        let grant = Grant { identity, session };
        Ok(Assumed {
            arn,
            assumed_role_id,
            credentials: credentials::issue_sized(domain, grant, self.minimum_token_size)?,
            packed_percent: (packed > 0).then_some(packed),
            source_identity,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(tags: &[(&str, &str)], transitive: &[&str], source: Option<&str>) -> TemporarySession {
        TemporarySession {
            tags: tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            transitive: transitive.iter().map(|key| (*key).to_owned()).collect(),
            source_identity: source.map(str::to_owned),
            ..TemporarySession::default()
        }
    }

    fn request(tags: &[(&str, &str)], transitive: &[&str]) -> SessionRequest {
        SessionRequest {
            tags: tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            transitive: transitive.iter().map(|key| (*key).to_owned()).collect(),
            ..SessionRequest::default()
        }
    }

    #[test]
    fn transitive_tags_come_along_and_cannot_be_overridden() {
        let before = session(&[("Team", "a"), ("Mood", "b")], &["Team"], None);
        let inherited = Inherited { chained: true, session: Some(&before) };
        let (tags, transitive) = request(&[("Cost", "1")], &["cost"]).session_tags(inherited).unwrap();
        assert_eq!(tags, BTreeMap::from([("Team".into(), "a".into()), ("Cost".into(), "1".into())]));
        assert_eq!(transitive, ["Team", "Cost"]);
        for refused in [request(&[("team", "x")], &[]), request(&[], &["TEAM"])] {
            let error = refused.session_tags(inherited).unwrap_err();
            assert!(error.message().contains("conflicts with a transitive tag key"), "{error}");
        }
        // A tag that does not go along may be set anew.
        assert!(request(&[("Mood", "x")], &[]).session_tags(inherited).is_ok());
    }

    #[test]
    fn tags_are_checked() {
        let refused = |tags: &[(&str, &str)], transitive: &[&str]| {
            request(tags, transitive).session_tags(Inherited::default()).unwrap_err().message().to_owned()
        };
        assert!(refused(&[("a", "1"), ("A", "2")], &[]).starts_with("Duplicate tag keys"));
        assert!(refused(&[("AWS:x", "1")], &[]).starts_with("aws: prefixed"));
        assert!(refused(&[("a", "1")], &["b"]).contains("must be included"));
    }

    #[test]
    fn a_source_identity_stays() {
        let before = session(&[], &[], Some("ann"));
        let inherited = Inherited { chained: true, session: Some(&before) };
        let asked = |source: Option<&str>, inherited| {
            let request = SessionRequest { source_identity: source.map(str::to_owned), ..SessionRequest::default() };
            request.source_identity(inherited)
        };
        assert_eq!(asked(None, inherited).unwrap().as_deref(), Some("ann"));
        assert_eq!(asked(Some("ann"), inherited).unwrap().as_deref(), Some("ann"));
        assert_eq!(asked(Some("bob"), inherited).unwrap_err().code(), ErrorCode::AccessDenied);
        assert_eq!(asked(Some("bob"), Inherited::default()).unwrap().as_deref(), Some("bob"));
        assert_eq!(asked(None, Inherited::default()).unwrap(), None);
    }
}
