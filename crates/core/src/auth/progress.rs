//! How far a sign-in has come: what has been proven, by whom, and what was promised on the way.

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::Realm;
use super::subject::Subject;
use crate::clients::flows::AuthFlow;
use crate::users::{User, UserStatus};

/// One thing that was proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Proof {
    /// The password, sent in the clear or proven by SRP.
    Password,
    /// A code by e-mail, as first factor.
    EmailOtp,
    /// A code by text message, as first factor.
    SmsOtp,
    /// A passkey.
    Passkey {
        /// The authenticator verified the user (PIN, biometrics).
        user_verified: bool,
        /// The key cannot leave the authenticator.
        hardware: bool,
    },
    /// The pool's own challenges.
    Custom,
    /// A code of an authenticator app, as second factor.
    SoftwareToken,
    /// A code by text message, as second factor.
    SmsMfa,
    /// A code by e-mail, as second factor.
    EmailMfa,
    /// A remembered device, in place of a second factor.
    Device,
}

impl Proof {
    /// True for what is accepted beside a first factor.
    pub fn is_second_factor(self) -> bool {
        matches!(self, Self::SoftwareToken | Self::SmsMfa | Self::EmailMfa | Self::Device)
    }
}

/// The result of one round of custom authentication, as triggers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomRound {
    /// `challengeName`: `CUSTOM_CHALLENGE`, `SRP_A`, `PASSWORD_VERIFIER`, …
    pub challenge_name: String,
    /// Whether it was answered right.
    pub challenge_result: bool,
    /// What the create trigger said about it.
    pub challenge_metadata: Option<String>,
}

/// How far a sign-in has come. Travels sealed in Sessions and in `SECRET_BLOCK`.
///
/// A name that is nobody's fills the same fields with the same lengths as a user's, so that its length says nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Progress {
    /// The flow that began it.
    pub flow: AuthFlow,
    /// The name as the client gave it.
    pub name: String,
    /// The user's sub; a made-up one for a name without a user.
    pub sub: String,
    /// The user's generation, big endian: signing out everywhere ends the sign-in.
    #[serde(with = "crate::encoding::bytes")]
    pub generation: Vec<u8>,
    /// SHA-256 of the user's sealed verifier, in hex: another password ends the sign-in.
    pub fingerprint: String,
    /// What has been proven so far.
    pub proofs: Vec<Proof>,
    /// `DEVICE_KEY` as the client gave it at the start.
    pub device_key: Option<String>,
    /// The rounds of custom authentication so far.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub custom: Vec<CustomRound>,
    /// A Session that a right answer must use up besides its own (id and end).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also_spends: Option<(String, crate::Millis)>,
    /// True once the user replaced an administrator's password on the way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub changed_password: bool,
    /// What threat protection said, to be settled at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<crate::risk::Carried>,
    /// True once threat protection demanded a second factor.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub risk_demands_mfa: bool,
    /// The level that the client wants the user to reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_up: Option<super::step_up::StepUp>,
}

impl Progress {
    /// The beginning: nothing has been proven. `device_key` is the client's `DEVICE_KEY`.
    pub fn begin(realm: &Realm, flow: AuthFlow, name: &str, subject: &Subject, device_key: Option<&str>) -> Self {
        let (generation, fingerprint) = match subject {
            Subject::Known(user) => (user.generation, fingerprint(user)),
            Subject::Unknown { name } => (0, hex::encode(digest(&SHA256, name.as_bytes()))),
        };
        Self {
            flow,
            name: name.to_owned(),
            sub: subject.sub(realm),
            generation: generation.to_be_bytes().to_vec(),
            fingerprint,
            proofs: Vec::new(),
            device_key: device_key.filter(|key| crate::devices::is_key(key)).map(str::to_owned),
            custom: Vec::new(),
            also_spends: None,
            changed_password: false,
            risk: None,
            risk_demands_mfa: false,
            step_up: None,
        }
    }

    /// The same with one more proof.
    #[must_use]
    pub fn proven(mut self, proof: Proof) -> Self {
        if !self.proofs.contains(&proof) {
            self.proofs.push(proof);
        }
        self
    }

    /// True if a first factor has been proven: in this sign-in, or by the one whose access token it builds on.
    pub fn has_first_factor(&self) -> bool {
        self.proofs.iter().any(|proof| !proof.is_second_factor())
            || self.step_up.as_ref().is_some_and(super::step_up::StepUp::builds_on_first_factor)
    }

    /// True if a second factor has been proven.
    pub fn has_second_factor(&self) -> bool {
        self.proofs.iter().any(|proof| proof.is_second_factor())
    }

    /// True if nothing has happened to the user since that takes back what was proven, and the user may sign in.
    pub fn still_holds(&self, user: &User) -> bool {
        user.enabled && self.is_unchanged(user)
    }

    /// True if nothing has happened to the user since that takes back what was proven. An administrator's reset takes the
    /// password back without touching it; who has proven nothing yet is told of it once the password is proven.
    pub fn is_unchanged(&self, user: &User) -> bool {
        !(user.status == UserStatus::ResetRequired && self.has_first_factor())
            && user.sub == self.sub
            && user.generation.to_be_bytes().as_slice() == self.generation
            && fingerprint(user) == self.fingerprint
    }

    /// Takes note of the user's new password, which the sign-in itself has just set.
    pub fn rebase(&mut self, user: &User) {
        self.generation = user.generation.to_be_bytes().to_vec();
        self.fingerprint = fingerprint(user);
    }
}

fn fingerprint(user: &User) -> String {
    hex::encode(digest(&SHA256, user.sealed_verifier.as_deref().unwrap_or_default()))
}
