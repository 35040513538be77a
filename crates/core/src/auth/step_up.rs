//! Step-up: reaching a higher authentication level than an access token shows, or than a sign-in would (developer guide,
//! "Authentication levels with ACR and AMR claims"). `TARGET_ACR_VALUES`, `MAX_AGE` and `ACCESS_TOKEN` of `USER_AUTH`.
//!
//! All or nothing: a sign-in that wants a level ends with tokens of that level or higher, or without tokens.

use serde::{Deserialize, Serialize};

use super::progress::Proof;
use super::subject::Subject;
use super::{FirstFactor, Realm, Request, facts};
use crate::SECOND;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::mfa::MfaFactor;
use crate::pools::plan::{self, Feature};
use crate::tokens::access_token::{self, AccessToken};
use crate::tokens::generation::Made;
use crate::users::UserStatus;

/// What the client wants the user to reach, and what counts towards it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepUp {
    /// The level to reach, 1 to 4.
    pub level: u8,
    /// The methods that an access token shows (its `amr`), where they still count.
    pub credit: Vec<String>,
    /// The sign-in of that access token: once it is revoked, nothing can be built on it.
    #[serde(default)]
    pub origin_jti: Option<String>,
}

impl StepUp {
    /// True if an access token stands in for the first factor: only a second one is missing.
    pub fn builds_on_first_factor(&self) -> bool {
        self.level >= 3 && self.credit.iter().any(|method| method == "pwd")
    }

    /// True if the level is not reached yet.
    pub fn is_open(&self, proofs: &[Proof]) -> bool {
        facts::level(&facts::methods(&self.credit, proofs)) < self.level
    }

    /// True if the level can be reached from this first factor, given whether the user has a second one.
    pub fn can_begin_with(&self, factor: FirstFactor, second: &[MfaFactor]) -> bool {
        match factor {
            FirstFactor::Password | FirstFactor::PasswordSrp => self.level == 1 || !self.fitting(second).is_empty(),
            FirstFactor::WebAuthn => self.level <= 3,
            FirstFactor::EmailOtp | FirstFactor::SmsOtp => self.level <= 2,
        }
    }

    /// Refuses to build on a sign-in that was revoked since.
    pub async fn check_basis(&self, cx: &Context<'_>, realm: &Realm) -> Result<()> {
        match &self.origin_jti {
            Some(origin) if cx.domain.stores.guards.is_revoked(&realm.entry.pool.id, origin).await? => {
                Err(Error::not_authorized("Access Token has been revoked"))
            }
            _ => Ok(()),
        }
    }

    /// Which of the user's second factors lead to the level from a password.
    pub fn fitting(&self, second: &[MfaFactor]) -> Vec<MfaFactor> {
        second.iter().copied().filter(|factor| self.level < 4 || *factor == MfaFactor::SoftwareToken).collect()
    }
}

/// What the request wants; `None` if it asks for no level. The first level of its list that can be reached, as `is_possible`
/// has it, is the one it has to be.
pub async fn wanted(
    cx: &Context<'_>,
    realm: &Realm,
    subject: &Subject,
    request: &Request<'_>,
    is_possible: impl Fn(&StepUp) -> bool,
) -> Result<Option<StepUp>> {
    let Some(targets) = request.optional("TARGET_ACR_VALUES") else {
        if request.optional("ACCESS_TOKEN").is_some() {
            return Err(Error::invalid_parameter("ACCESS_TOKEN can be used only together with TARGET_ACR_VALUES."));
        }
        return Ok(None);
    };
    plan::check(cx.domain, &realm.entry.settings, Feature::StepUp)?;
    let levels = levels(realm, targets);
    if levels.is_empty() {
        return Err(Error::invalid_parameter("TARGET_ACR_VALUES contains no level of this user pool."));
    }
    let (credit, origin_jti) = match credit(cx, realm, subject, request).await? {
        Some(token) => (token.amr, token.origin_jti),
        None => (Vec::new(), None),
    };
    let reached = if credit.is_empty() { 0 } else { facts::level(&credit) };
    let options = levels.into_iter().filter(|level| *level > reached);
    let chosen =
        options.map(|level| StepUp { level, credit: credit.clone(), origin_jti: origin_jti.clone() }).find(is_possible);
    let refusal = "The user cannot reach any of the requested authentication levels, or has reached them already.";
    chosen.map_or_else(|| Err(Error::invalid_parameter(refusal)), |chosen| Ok(Some(chosen)))
}

/// The levels that the names stand for, in their order; names that are no level of the pool are passed over.
fn levels(realm: &Realm, targets: &str) -> Vec<u8> {
    let settings = &realm.entry.settings;
    targets.split_whitespace().filter_map(|name| (1..=4).find(|level| settings.acr_name(*level) == name)).collect()
}

/// The given access token, whose methods count if it is the user's own, of this client, and fresh enough.
async fn credit(
    cx: &Context<'_>,
    realm: &Realm,
    subject: &Subject,
    request: &Request<'_>,
) -> Result<Option<AccessToken>> {
    let max_age = match request.optional("MAX_AGE") {
        None => None,
        Some(text) => match text.parse::<u32>() {
            Ok(seconds) => Some(i64::from(seconds) * SECOND),
            Err(_) => return Err(Error::invalid_parameter("MAX_AGE must be a number of seconds.")),
        },
    };
    let Some(token) = request.optional("ACCESS_TOKEN") else { return Ok(None) };
    let token = access_token::verify(cx.domain, token).await?;
    let is_own = matches!(subject, Subject::Known(user) if user.sub == token.sub);
    // Who holds a derived token (`GetDerivedToken`) is a service, and has proven nothing of the user's.
    let is_of_sign_in = token.made == Made::BySignIn;
    // Nor does a token from before an administrator took the user's password back: it would stand for the new one.
    let still_counts = matches!(subject, Subject::Known(user) if user.status == UserStatus::Confirmed);
    let is_of_realm = token.pool_id == realm.entry.pool.id && token.client_id == realm.client.id;
    if !is_own || !is_of_sign_in || !is_of_realm || !still_counts {
        return Err(Error::not_authorized("Invalid Access Token"));
    }
    if max_age.is_some_and(|max_age| cx.now() - token.auth_time > max_age) {
        return Ok(None);
    }
    Ok(Some(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step_up(level: u8, credit: &[&str]) -> StepUp {
        StepUp { level, credit: credit.iter().map(|&method| method.to_owned()).collect(), origin_jti: None }
    }

    #[test]
    fn a_level_is_open_until_it_is_reached() {
        assert!(step_up(4, &["pwd"]).is_open(&[]));
        assert!(step_up(4, &["pwd"]).is_open(&[Proof::SmsMfa]));
        assert!(!step_up(4, &["pwd"]).is_open(&[Proof::SoftwareToken]));
        assert!(!step_up(3, &["pwd"]).is_open(&[Proof::EmailMfa]));
        assert!(!step_up(3, &[]).is_open(&[Proof::Passkey { user_verified: true, hardware: false }]));
        assert!(step_up(2, &[]).is_open(&[Proof::Password]));
        assert!(!step_up(2, &[]).is_open(&[Proof::EmailOtp]));
    }

    #[test]
    fn only_first_factors_that_lead_there_are_offered() {
        let app = [MfaFactor::SoftwareToken];
        let sms = [MfaFactor::Sms];
        assert!(step_up(4, &[]).can_begin_with(FirstFactor::Password, &app));
        assert!(!step_up(4, &[]).can_begin_with(FirstFactor::Password, &sms));
        assert!(!step_up(4, &[]).can_begin_with(FirstFactor::WebAuthn, &app));
        assert!(step_up(3, &[]).can_begin_with(FirstFactor::WebAuthn, &[]));
        assert!(!step_up(3, &[]).can_begin_with(FirstFactor::EmailOtp, &sms));
        assert!(step_up(2, &[]).can_begin_with(FirstFactor::EmailOtp, &[]));
        assert!(!step_up(2, &[]).can_begin_with(FirstFactor::PasswordSrp, &[]));
        assert!(step_up(1, &[]).can_begin_with(FirstFactor::PasswordSrp, &[]));
    }

    #[test]
    fn an_access_token_replaces_only_a_password() {
        assert!(step_up(4, &["pwd"]).builds_on_first_factor());
        assert!(!step_up(4, &["email_otp"]).builds_on_first_factor());
        assert!(!step_up(4, &[]).builds_on_first_factor());
    }
}
