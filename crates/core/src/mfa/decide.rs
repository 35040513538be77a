//! Which second factor a sign-in asks for (developer guide, "Details of MFA logic at user runtime").
//!
//! Two places where the guide says two things, and what is done here:
//! - A factor that the user turned on counts where MFA is optional; an authenticator app alone does not, until it is
//!   turned on by `SetUserMFAPreference`, as the API reference has it. Where MFA is required, it counts.
//! - The guide's diagram refuses users whose only address is the one that recovers passwords. Here they may use it, as
//!   pools with text messages alone always could; recovery keeps away from it instead (see `sign_up::recovery`).

use super::MfaFactor;
use crate::pools::{ContactAttribute, MfaMode, PoolSettings, RecoveryMechanism, UserPool, passkeys_are_two_factors};
use crate::users::User;

/// What stands between a proven first factor and tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MfaDecision {
    /// Nothing.
    NotRequired,
    /// This factor.
    Challenge(MfaFactor),
    /// One of these, as the user chooses; at least two.
    Select(Vec<MfaFactor>),
    /// One of these must be set up first; where there is none, the user cannot sign in.
    Setup(Vec<MfaFactor>),
}

/// True if nobody gets tokens of this pool for a password alone.
pub fn is_required(pool: &UserPool) -> bool {
    pool.settings.mfa.mode == MfaMode::On
}

/// True if the user is asked for a second factor after a password: such a user begins with the password, or with a
/// passkey that counts as both.
pub fn is_asked(pool: &UserPool, user: &User) -> bool {
    decide(pool, user) != MfaDecision::NotRequired
}

/// True if a passkey that verified the user counts as both factors: the pool and the user (`WebAuthnMfaSettings`) say so.
pub fn passkey_is_both(pool: &UserPool, user: &User) -> bool {
    passkeys_are_two_factors(&pool.settings) && user.mfa.web_authn
}

/// What a sign-in to this pool must still prove after its first factor.
pub fn decide(pool: &UserPool, user: &User) -> MfaDecision {
    match pool.settings.mfa.mode {
        MfaMode::Off => MfaDecision::NotRequired,
        MfaMode::Optional => ask(user, turned_on(pool, user), MfaDecision::NotRequired),
        MfaMode::On => ask(user, provable(pool, user), MfaDecision::Setup(can_set_up(pool, user))),
    }
}

/// What a sign-in must prove that has to prove a second factor beyond what its pool asks for: because threat protection
/// demands one, or the client asked for a higher level.
pub fn demand(pool: &UserPool, user: &User) -> MfaDecision {
    ask(user, usable(pool, user), MfaDecision::Setup(can_set_up(pool, user)))
}

/// The addresses to which a sign-in of this user, whoever demands its second factor, can send codes: recovery keeps away
/// from them, since who reads such an address would pass both factors.
///
/// Of a user who has turned nothing on, where nothing need be, there are none: who has that user's password, however it
/// was come by, needs no more to sign in and set a factor up.
pub fn second_factor_contacts(pool: &UserPool, user: &User) -> Vec<ContactAttribute> {
    let asked = match decide(pool, user) {
        // Also where the pool has stopped asking: step-up and threat protection go on.
        MfaDecision::NotRequired => ask(user, turned_on(pool, user), MfaDecision::NotRequired),
        asked => asked,
    };
    let factors = match asked {
        MfaDecision::Challenge(factor) => vec![factor],
        MfaDecision::Select(factors) => factors,
        MfaDecision::NotRequired | MfaDecision::Setup(_) => Vec::new(),
    };
    factors.into_iter().filter_map(MfaFactor::contact).collect()
}

fn ask(user: &User, factors: Vec<MfaFactor>, otherwise: MfaDecision) -> MfaDecision {
    match (user.mfa.preferred.filter(|preferred| factors.contains(preferred)), factors.as_slice()) {
        (Some(preferred), _) => MfaDecision::Challenge(preferred),
        (None, []) => otherwise,
        (None, [only]) => MfaDecision::Challenge(*only),
        (None, _) => MfaDecision::Select(factors),
    }
}

/// The factors that the user turned on and can still prove.
fn turned_on(pool: &UserPool, user: &User) -> Vec<MfaFactor> {
    available(pool, user).filter(|factor| user.mfa.enabled.contains(factor)).collect()
}

/// The factors that a demand can be met with: those that the user turned on, or, of who has turned none on, those that
/// could be proven now. A demand never asks for less than a sign-in without it.
pub fn usable(pool: &UserPool, user: &User) -> Vec<MfaFactor> {
    let turned_on = turned_on(pool, user);
    if turned_on.is_empty() { provable(pool, user) } else { turned_on }
}

/// The factors that the user could prove now, turned on or not. Of two addresses, the one that recovers passwords in
/// the first place is left out as long as something else is there, unless the user prefers it.
fn provable(pool: &UserPool, user: &User) -> Vec<MfaFactor> {
    let mut factors: Vec<MfaFactor> = available(pool, user).collect();
    if let Some(recovers) = factors.iter().position(|factor| recovers_first(&pool.settings, *factor))
        && factors.len() > 1
        && factors.get(recovers).copied() != user.mfa.preferred
        && !factors.get(recovers).is_some_and(|factor| user.mfa.enabled.contains(factor))
    {
        factors.remove(recovers);
    }
    factors
}

fn available<'a>(pool: &'a UserPool, user: &'a User) -> impl Iterator<Item = MfaFactor> + 'a {
    MfaFactor::ALL.into_iter().filter(|factor| match factor {
        // Who has set an app up and turned it on keeps it when the pool offers it to nobody else any more.
        MfaFactor::SoftwareToken => {
            user.software_token.is_some()
                && (pool.settings.mfa.software_token || user.mfa.enabled.contains(&MfaFactor::SoftwareToken))
        }
        MfaFactor::Sms | MfaFactor::Email => {
            pool.settings.mfa.offers(*factor)
                && factor.contact().is_some_and(|contact| user.attribute(contact.name()).is_some())
        }
    })
}

/// What a user without a factor can set up: an app during the sign-in; an address by giving it, where there is none.
fn can_set_up(pool: &UserPool, user: &User) -> Vec<MfaFactor> {
    MfaFactor::ALL
        .into_iter()
        .filter(|factor| pool.settings.mfa.offers(*factor))
        .filter(|factor| factor.contact().is_none_or(|contact| user.attribute(contact.name()).is_none()))
        .filter(|factor| !recovers_first(&pool.settings, *factor) || pool.settings.mfa.offers_only(*factor))
        .collect()
}

/// True if the factor's address is the first to which this pool sends recovery codes. A pool that says nothing about
/// recovery says nothing about this either.
fn recovers_first(settings: &PoolSettings, factor: MfaFactor) -> bool {
    let first = settings.account_recovery.as_deref().and_then(<[_]>::first);
    match (factor.contact(), first) {
        (Some(ContactAttribute::Email), Some(RecoveryMechanism::VerifiedEmail))
        | (Some(ContactAttribute::PhoneNumber), Some(RecoveryMechanism::VerifiedPhoneNumber)) => true,
        (Some(_) | None, _) => false,
    }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
