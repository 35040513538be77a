//! The `Session` string between two challenges: sealed, bound to pool, client and challenge, and good for one success.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use stepwell_model::SecretString;
use tokio::sync::MutexGuard;

use super::challenge::{ChallengeName, FirstFactor};
use super::progress::Progress;
use super::request::Request;
use super::subject::Subject;
use super::{Realm, machine, secret_hash};
use crate::Millis;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::mfa::MfaFactor;
use crate::ports::store::Write;
use crate::seal::Purpose;
use crate::users::User;

/// Wrong answers after which a Session is void.
const WRONG_ANSWERS: i64 = 3;

/// What a Session offers, with what its answer will be checked against.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Offer {
    /// `NEW_PASSWORD_REQUIRED`.
    NewPassword,
    /// `SELECT_CHALLENGE`.
    SelectChallenge {
        /// What can be selected.
        available: Vec<FirstFactor>,
        /// The state of the passkey request that came with it, where a passkey can be selected.
        web_authn: Option<serde_json::Value>,
    },
    /// `PASSWORD`.
    Password,
    /// `PASSWORD_SRP`.
    PasswordSrp,
    /// `EMAIL_OTP` as first factor: the code is kept under the Session's id.
    EmailOtp,
    /// `SMS_OTP`: likewise.
    SmsOtp,
    /// `WEB_AUTHN`.
    WebAuthn {
        /// The state of the request.
        state: serde_json::Value,
    },
    /// `SELECT_MFA_TYPE`.
    SelectMfaType {
        /// What can be selected.
        factors: Vec<MfaFactor>,
    },
    /// `SMS_MFA`: the code is kept under the Session's id.
    SmsMfa,
    /// `EMAIL_OTP` as second factor: likewise.
    EmailMfa,
    /// `EMAIL_OTP` to an address that `MFA_SETUP` was answered with: it becomes the user's when the code comes back.
    EmailSetup {
        /// The address.
        address: SecretString,
    },
    /// `SOFTWARE_TOKEN_MFA`.
    SoftwareTokenMfa,
    /// `MFA_SETUP`.
    MfaSetup {
        /// What can be set up.
        factors: Vec<MfaFactor>,
        /// The secret that `AssociateSoftwareToken` made, sealed as in the user's record.
        software_token: Option<SetupToken>,
    },
    /// `CUSTOM_CHALLENGE`.
    Custom {
        /// What the create trigger keeps from the client.
        private_parameters: std::collections::BTreeMap<String, String>,
        /// What the create trigger said about the challenge.
        challenge_metadata: Option<String>,
    },
    /// `DEVICE_SRP_AUTH`.
    DeviceSrp,
    /// A sign-up: its code proves the address, and then the user may sign in.
    SignUp,
    /// A confirmed sign-up: `InitiateAuth` takes it in place of a first factor.
    ConfirmedSignUp,
}

/// An authenticator app that is being set up during a sign-in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SetupToken {
    /// The shared secret, sealed by the pool's key and bound to the user.
    #[serde(with = "crate::encoding::bytes")]
    pub sealed_secret: Vec<u8>,
    /// True once `VerifySoftwareToken` saw a right code.
    pub verified: bool,
    /// What the user calls the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub friendly_name: Option<String>,
}

impl Offer {
    /// The kind of Session that holds it.
    fn kind(&self) -> Kind {
        Kind::Challenge(match self {
            Self::SignUp => return Kind::SignUp,
            Self::ConfirmedSignUp => return Kind::ConfirmedSignUp,
            Self::NewPassword => ChallengeName::NewPasswordRequired,
            Self::SelectChallenge { .. } => ChallengeName::SelectChallenge,
            Self::Password => ChallengeName::Password,
            Self::PasswordSrp => ChallengeName::PasswordSrp,
            Self::EmailOtp | Self::EmailMfa | Self::EmailSetup { .. } => ChallengeName::EmailOtp,
            Self::SmsOtp => ChallengeName::SmsOtp,
            Self::WebAuthn { .. } => ChallengeName::WebAuthn,
            Self::SelectMfaType { .. } => ChallengeName::SelectMfaType,
            Self::SmsMfa => ChallengeName::SmsMfa,
            Self::SoftwareTokenMfa => ChallengeName::SoftwareTokenMfa,
            Self::MfaSetup { .. } => ChallengeName::MfaSetup,
            Self::Custom { .. } => ChallengeName::CustomChallenge,
            Self::DeviceSrp => ChallengeName::DeviceSrpAuth,
        })
    }
}

/// What a Session string is expected to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The Session of a challenge.
    Challenge(ChallengeName),
    /// The Session that `SignUp` returned.
    SignUp,
    /// The Session that `ConfirmSignUp` returned.
    ConfirmedSignUp,
}

impl Kind {
    /// What the sealed Session is bound to besides the client.
    fn label(self) -> &'static str {
        match self {
            Self::Challenge(name) => name.as_str(),
            Self::SignUp => "SIGN_UP",
            Self::ConfirmedSignUp => "CONFIRMED_SIGN_UP",
        }
    }
}

/// An offered challenge, and how far the sign-in had come.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// Its id: spent on success, counted against on failure.
    pub id: String,
    /// End of its life.
    pub expires_at: Millis,
    /// How far the sign-in had come.
    pub progress: Progress,
    /// What it offers.
    pub offer: Offer,
}

impl Session {
    /// A new Session with a life of `AuthSessionValidity`.
    pub fn new(cx: &Context<'_>, realm: &Realm, progress: Progress, offer: Offer) -> Self {
        Self {
            id: cx.domain.rng.uuid(),
            expires_at: cx.now() + realm.client.settings.auth_session_validity,
            progress,
            offer,
        }
    }

    /// Seals it for its client.
    pub fn seal(&self, cx: &Context<'_>, realm: &Realm) -> Result<SecretString> {
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(self).map_err(Error::internal)?);
        let bound_to = [realm.client.id.as_str(), self.offer.kind().label()];
        let sealed = realm.entry.keys.seal(&*cx.domain.rng, Purpose::Session, &bound_to, &plain)?;
        let sealed = URL_SAFE_NO_PAD.encode(sealed);
        Ok(match &self.offer {
            // AssociateSoftwareToken and VerifySoftwareToken name no client.
            Offer::MfaSetup { .. } => format!("{}.{sealed}", realm.client.id).into(),
            _ => sealed.into(),
        })
    }

    /// The client that a Session of `MFA_SETUP` says it was made for; only opening it proves that.
    pub fn claimed_client(session: &str) -> Option<&str> {
        session.split_once('.').map(|(client_id, _)| client_id)
    }

    /// Makes and seals a new Session.
    pub fn offer(cx: &Context<'_>, realm: &Realm, progress: Progress, offer: Offer) -> Result<SecretString> {
        Self::new(cx, realm, progress, offer).seal(cx, realm)
    }

    /// Opens a Session of this kind, made for this client, that has not expired.
    pub fn open(cx: &Context<'_>, realm: &Realm, kind: Kind, session: &str) -> Result<Self> {
        // One form for each kind: what is not exactly what was handed out is no Session.
        let names_client = kind == Kind::Challenge(ChallengeName::MfaSetup);
        let sealed = match session.split_once('.') {
            Some((client_id, sealed)) if names_client && client_id == realm.client.id => sealed,
            None if !names_client => session,
            Some(_) | None => return Err(invalid()),
        };
        let sealed = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| invalid())?;
        let bound_to = [realm.client.id.as_str(), kind.label()];
        let plain = realm.entry.keys.unseal(Purpose::Session, &bound_to, &sealed).map_err(|_| invalid())?;
        let session: Self = serde_json::from_slice(&plain).map_err(|_| invalid())?;
        if cx.now() >= session.expires_at {
            return Err(Error::not_authorized("Invalid session for the user, session is expired."));
        }
        Ok(session)
    }

    /// The write that uses it up.
    pub fn spend(&self, realm: &Realm) -> Write {
        spend(realm, &self.id, self.expires_at)
    }
}

/// The write that uses up a Session by its id.
pub(crate) fn spend(realm: &Realm, id: &str, expires_at: Millis) -> Write {
    Write::Spend { pool_id: realm.entry.pool.id.clone(), id: id.to_owned(), expires_at }
}

/// The refusal of a Session, without saying why.
pub(crate) fn invalid() -> Error {
    Error::not_authorized("Invalid session for the user.")
}

/// A Session that may be answered now, and whom it is about. While it lives, no other answer to the same Session is
/// looked at on this node.
#[derive(Debug)]
pub struct Entered<'a> {
    /// The Session.
    pub session: Session,
    /// The user, as stored now; or nobody, where the client hides which names are users'.
    pub subject: Subject,
    _one_answer_at_a_time: MutexGuard<'a, ()>,
}

/// Opens the Session of an answer and makes every check that all challenges share: it offered this challenge to this
/// client, has not expired, was not used, was not answered wrong three times, is answered for the user it was made
/// for, with the client's secret hash, and nothing has happened to the user since that takes back what was proven.
pub async fn enter<'a>(
    cx: &Context<'a>,
    realm: &Realm,
    challenge: ChallengeName,
    request: &Request<'_>,
) -> Result<Entered<'a>> {
    let session = request.session.ok_or_else(|| Error::invalid_parameter("Missing required parameter Session"))?;
    let session = Session::open(cx, realm, Kind::Challenge(challenge), session)?;
    enter_open(cx, realm, session, request).await
}

/// As [`enter`], for a Session that is already open.
pub async fn enter_open<'a>(
    cx: &Context<'a>,
    realm: &Realm,
    session: Session,
    request: &Request<'_>,
) -> Result<Entered<'a>> {
    let name = request.required("USERNAME")?;
    let progress = &session.progress;
    let subject = subject_of(cx, realm, progress).await?;
    let user_id = subject.srp_user_id(realm);
    secret_hash::check(cx, realm, request.secret_hash(), &[name, &user_id, &progress.name]).await?;
    if !is_named(cx, realm, progress, &subject, name).await? {
        return Err(invalid());
    }
    let gate = cx.domain.session_gate(&session.id).await;
    check_usable(cx, realm, &session).await?;
    let holds = match &subject {
        // Where users are hidden, who is disabled is seen only by who can prove something: each step finds that wrong.
        Subject::Known(user) if realm.masks_users() && !progress.has_first_factor() => progress.is_unchanged(user),
        Subject::Known(user) => progress.still_holds(user),
        // Nobody is asked anything where users are not hidden: the user is gone.
        Subject::Unknown { .. } => realm.masks_users(),
    };
    if !holds {
        return Err(invalid());
    }
    Ok(Entered { session, subject, _one_answer_at_a_time: gate })
}

/// Refuses a Session that was used or answered wrong too often.
pub(crate) async fn check_usable(cx: &Context<'_>, realm: &Realm, session: &Session) -> Result<()> {
    let (pool_id, guards) = (&realm.entry.pool.id, &cx.domain.stores.guards);
    if guards.is_spent(pool_id, &session.id).await? {
        return Err(machine::session_used());
    }
    if guards.session_failures(pool_id, &session.id).await? >= WRONG_ANSWERS {
        return Err(invalid());
    }
    Ok(())
}

/// Counts a wrong answer to a Session, durably, before the caller learns of it.
pub(crate) async fn record_wrong(cx: &Context<'_>, realm: &Realm, session: &Session) -> Result<()> {
    let guards = &cx.domain.stores.guards;
    guards.record_session_failure(&realm.entry.pool.id, &session.id, session.expires_at).await?;
    Ok(())
}

impl Entered<'_> {
    /// Counts a wrong answer, durably, and returns the refusal.
    pub async fn wrong(&self, cx: &Context<'_>, realm: &Realm, refusal: Error) -> Result<Error> {
        record_wrong(cx, realm, &self.session).await?;
        Ok(refusal)
    }

    /// Lets go of the Session's lock, once the answer is known to be right and its Session will be used up: what follows
    /// may wait for triggers, or take another lock.
    pub fn leave(self) -> (Session, Subject) {
        (self.session, self.subject)
    }

    /// The user; a Session about nobody can be answered only wrong.
    pub fn user(&self) -> Option<&User> {
        match &self.subject {
            Subject::Known(user) => Some(user),
            Subject::Unknown { .. } => None,
        }
    }
}

/// The user of a sign-in, as stored now.
pub(crate) async fn subject_of(cx: &Context<'_>, realm: &Realm, progress: &Progress) -> Result<Subject> {
    let user = cx.domain.stores.users.by_sub(&realm.entry.pool.id, &progress.sub).await?;
    Ok(user.map_or_else(
        || Subject::Unknown { name: realm.entry.fold_name(&progress.name) },
        |user| Subject::Known(Box::new(user)),
    ))
}

/// True if the name given with an answer is one of the user's.
pub(crate) async fn is_named(
    cx: &Context<'_>,
    realm: &Realm,
    progress: &Progress,
    subject: &Subject,
    name: &str,
) -> Result<bool> {
    let folded = realm.entry.fold_name(name);
    if folded == realm.entry.fold_name(&progress.name)
        || folded == realm.entry.fold_name(&subject.srp_user_id(realm))
        || folded == progress.sub
    {
        return Ok(true);
    }
    let named = crate::users::find::by_login(cx.domain, &realm.entry, name).await?;
    Ok(named.is_some_and(|named| named.sub == progress.sub))
}
