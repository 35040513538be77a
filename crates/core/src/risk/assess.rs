//! The assessment of a sign-in whose first factor was proven: is it the user, and what is to be done about it?

use serde::{Deserialize, Serialize};
use stepwell_model::{ErrorCode, idp};

use super::configuration::{self, Filter, Level, RiskConfiguration};
use super::memory::{self, Traits};
use super::mode::{Flow, Mode, mode};
use super::notify::{self, Kind, Notice};
use super::source::Source;
use super::{AuthEvent, EventRisk, compromised, failures, history};
use crate::auth::{Realm, machine};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ports::store::Write;
use crate::users::{User, UserStatus, update};

/// A sign-in to be assessed.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// Its kind.
    pub flow: Flow,
    /// Where it comes from.
    pub source: &'a Source,
    /// The password, in the flows that send it: only those can be compared with the breach corpus.
    pub password: Option<&'a str>,
    /// True if the factor that was proven is the password, by whatever flow.
    pub by_password: bool,
}

/// What a sign-in must go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// What it would go through anyway.
    Allow,
    /// A second factor, if the user has one.
    MfaIfConfigured,
    /// A second factor; without one it is refused.
    RequireMfa,
    /// It is refused.
    Block,
    /// It is refused, and the user must set another password.
    ResetPassword,
}

/// The outcome of a sign-in, so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Signed in.
    Pass,
    /// A challenge follows.
    InProgress,
}

/// What was made of a sign-in.
#[derive(Debug)]
pub struct Assessment {
    /// What it must go through.
    pub action: Action,
    /// Everything to be written; `None` where threat protection is off.
    noted: Option<Noted>,
}

#[derive(Debug)]
struct Noted {
    event: AuthEvent,
    on_pass: Vec<Write>,
    notification: Option<idp::NotifyConfigurationType>,
}

/// What a sign-in in progress carries of its assessment, sealed into its Session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    event_id: String,
    action: Action,
}

impl Carried {
    /// The id of the sign-in's event, which is also the `event_id` of its tokens.
    pub fn event_id(&self) -> &str {
        &self.event_id
    }

    /// What the sign-in must go through.
    pub fn action(&self) -> Action {
        self.action
    }
}

impl Assessment {
    fn off() -> Self {
        Self { action: Action::Allow, noted: None }
    }

    /// Refuses the sign-in after all: a second factor is required, and the user has none.
    pub fn block(&mut self) {
        self.action = Action::Block;
        if let Some(noted) = &mut self.noted {
            noted.event.risk.decision = Some("Block".to_owned());
        }
    }

    /// What the following challenge's Session is to carry.
    pub fn carried(&self) -> Option<Carried> {
        let event_id = self.noted.as_ref()?.event.id.clone();
        Some(Carried { event_id, action: self.action })
    }
}

/// Refuses requests from the always-block list, before anything else is looked at.
pub async fn before_password(cx: &Context<'_>, realm: &Realm, flow: Flow, source: &Source) -> Result<()> {
    if mode(&realm.entry.settings, flow) != Mode::Enforced {
        return Ok(());
    }
    let configuration = configuration::in_force(cx.domain, &realm.entry.id, Some(&realm.client.id)).await?;
    if configuration.is_blocked(source.address) {
        tracing::info!(pool = realm.entry.id, client = realm.client.id, address = ?source.address, "blocked address");
        return Err(Error::not_authorized("Request not allowed due to security reasons."));
    }
    Ok(())
}

/// Takes note of a wrong first factor. For somebody who does not exist (`sub` is made up then) it does the same work.
pub async fn failed(
    cx: &Context<'_>,
    realm: &Realm,
    sub: &str,
    flow: Flow,
    source: &Source,
    by_password: bool,
) -> Result<()> {
    let entry = &realm.entry;
    if mode(&entry.settings, flow) == Mode::Off {
        return Ok(());
    }
    failures::count(cx, entry, sub, source).await?;
    let mut event = history::event(cx, entry, sub, "SignIn", source);
    event.response = String::from("Fail");
    if by_password {
        event.challenges.push(history::challenge("Password", false));
    }
    // Nothing in it has a precondition.
    cx.domain.commit(vec![Write::InsertAuthEvent(Box::new(event))]).await
}

/// Assesses a sign-in whose first factor was proven.
pub async fn assess(cx: &Context<'_>, realm: &Realm, user: &User, attempt: &Attempt<'_>) -> Result<Assessment> {
    let entry = &realm.entry;
    let mode = mode(&entry.settings, attempt.flow);
    if mode == Mode::Off {
        return Ok(Assessment::off());
    }
    let configuration = configuration::in_force(cx.domain, &entry.id, Some(&realm.client.id)).await?;
    let place = attempt.source.place(cx);
    let traits = Traits::of(entry, &user.sub, attempt.source, &place);
    let remembered = memory::read(cx, entry, &user.sub).await?;
    let level = if configuration.is_skipped(attempt.source.address) {
        None
    } else {
        let counts = failures::read(cx, entry, &user.sub, attempt.source).await?;
        let mut signals = traits.compare(&remembered, cx.now());
        signals.failures_here = counts.here;
        signals.failures_anywhere = counts.anywhere;
        signals.failures_of_network = counts.of_network;
        let level = signals.level();
        if level.is_some() {
            tracing::info!(pool = entry.id, sub = user.sub, ?level, points = ?signals.points(), "risky sign-in");
        }
        level
    };
    let compromised = match attempt.password.filter(|_| configuration.looks_at(Filter::SignIn)) {
        Some(password) => compromised::look_up(cx.domain, password).await,
        None => None,
    };
    let action = decide(mode, &configuration, level, compromised, user.status);
    let mut event = history::event(cx, entry, &user.sub, "SignIn", attempt.source);
    event.risk = EventRisk {
        level: level.map(|level| level.as_str().to_owned()),
        decision: Some(decision(action, level).to_owned()),
        compromised,
    };
    if attempt.by_password {
        event.challenges.push(history::challenge("Password", true));
    }
    let mut on_pass = failures::clear(entry, &user.sub, attempt.source);
    if !traits.is_disowned(&remembered) {
        on_pass.extend(traits.remember(cx, entry, &user.sub));
    }
    let rule = level.and_then(|level| configuration.action(level));
    let notifies = mode == Mode::Enforced && rule.is_some_and(|rule| rule.notify == Some(true));
    let notification =
        configuration.takeover.as_ref().and_then(|takeover| takeover.notify_configuration.clone()).filter(|_| notifies);
    Ok(Assessment { action, noted: Some(Noted { event, on_pass, notification }) })
}

fn decide(
    mode: Mode,
    configuration: &RiskConfiguration,
    level: Option<Level>,
    compromised: Option<bool>,
    status: UserStatus,
) -> Action {
    if mode != Mode::Enforced {
        return Action::Allow;
    }
    // Who must choose another password anyway is not sent away for it.
    let keeps_password = status == UserStatus::Confirmed;
    if compromised == Some(true) && keeps_password && configuration.blocks(Filter::SignIn) {
        return Action::ResetPassword;
    }
    let action = level.and_then(|level| configuration.action(level)).and_then(|rule| rule.event_action.as_ref());
    match action {
        Some(idp::AccountTakeoverEventActionType::Block) => Action::Block,
        Some(idp::AccountTakeoverEventActionType::MfaRequired) => Action::RequireMfa,
        Some(idp::AccountTakeoverEventActionType::MfaIfConfigured) => Action::MfaIfConfigured,
        _ => Action::Allow,
    }
}

fn decision(action: Action, level: Option<Level>) -> &'static str {
    match (action, level) {
        (Action::Block | Action::ResetPassword, _) => "Block",
        (_, Some(_)) => "AccountTakeover",
        (_, None) => "NoRisk",
    }
}

/// The writes for a sign-in that is not refused. None of them has a precondition.
pub fn record(
    cx: &Context<'_>,
    realm: &Realm,
    user: &User,
    assessment: &Assessment,
    outcome: Outcome,
) -> Result<Vec<Write>> {
    let Some(noted) = &assessment.noted else { return Ok(Vec::new()) };
    let mut event = noted.event.clone();
    event.response = String::from(match outcome {
        Outcome::Pass => "Pass",
        Outcome::InProgress => "InProgress",
    });
    let mut writes = vec![Write::InsertAuthEvent(Box::new(event))];
    if outcome == Outcome::Pass {
        writes.extend(noted.on_pass.iter().cloned());
    }
    let kind = if assessment.action == Action::Allow { Kind::NoAction } else { Kind::Mfa };
    writes.extend(notification(cx, realm, user, noted, assessment.action, kind)?);
    Ok(writes)
}

/// Refuses a sign-in: takes note, notifies, makes the user set another password where that is the reason; all together
/// with `writes`, which spend what proved the first factor. Returns the error for the caller.
pub async fn refuse(
    cx: &Context<'_>,
    realm: &Realm,
    user: &User,
    assessment: Assessment,
    mut writes: Vec<Write>,
) -> Result<Error> {
    if let Some(noted) = &assessment.noted {
        let mut event = noted.event.clone();
        event.response = String::from("Fail");
        writes.push(Write::InsertAuthEvent(Box::new(event)));
        writes.extend(notification(cx, realm, user, noted, assessment.action, Kind::Block)?);
    }
    if assessment.action != Action::ResetPassword {
        if cx.domain.submit(writes).await?.is_err() {
            return Ok(machine::session_used());
        }
        return Ok(Error::not_authorized("Unable to login because of security reasons."));
    }
    update::apply(cx.domain, &realm.entry, user.clone(), |now| {
        // Somebody set another password meanwhile: that one was not looked at.
        if now.status == UserStatus::Confirmed && now.sealed_verifier == user.sealed_verifier {
            now.status = UserStatus::ResetRequired;
        }
        Ok(writes.clone())
    })
    .await
    .map_err(|error| if error.code() == ErrorCode::ExpiredCode { machine::session_used() } else { error })?;
    Ok(Error::new(ErrorCode::PasswordResetRequired, "Password reset required for the user due to security reasons"))
}

/// Completes the event of a sign-in that went through challenges, and remembers where it came from.
pub async fn settle(
    cx: &Context<'_>,
    realm: &Realm,
    user: &User,
    carried: Option<&Carried>,
    source: &Source,
    by_mfa: bool,
) -> Result<()> {
    // What began in this request was recorded as passed by it.
    let Some(carried) = carried.filter(|carried| carried.event_id != cx.caller.request_id) else { return Ok(()) };
    let entry = &realm.entry;
    let traits = Traits::of(entry, &user.sub, source, &source.place(cx));
    let mut writes = failures::clear(entry, &user.sub, source);
    if !traits.is_disowned(&memory::read(cx, entry, &user.sub).await?) {
        writes.extend(traits.remember(cx, entry, &user.sub));
    }
    history::change(cx, entry, &user.sub, &carried.event_id, writes, |event| {
        event.response = String::from("Pass");
        if by_mfa {
            event.challenges.push(history::challenge("Mfa", true));
        }
    })
    .await
}

/// Takes note of a wrong second factor.
pub async fn challenge_failed(cx: &Context<'_>, realm: &Realm, sub: &str, carried: Option<&Carried>) -> Result<()> {
    let Some(carried) = carried else { return Ok(()) };
    history::change(cx, &realm.entry, sub, &carried.event_id, Vec::new(), |event| {
        event.response = String::from("Fail");
        event.challenges.push(history::challenge("Mfa", false));
    })
    .await
}

fn notification(
    cx: &Context<'_>,
    realm: &Realm,
    user: &User,
    noted: &Noted,
    action: Action,
    kind: Kind,
) -> Result<Vec<Write>> {
    let Some(configuration) = &noted.notification else { return Ok(Vec::new()) };
    let notice = Notice { event: &noted.event, client_id: &realm.client.id, action, kind };
    notify::write(cx, &realm.entry, user, configuration, notice)
}

#[cfg(test)]
#[path = "assess_tests.rs"]
mod tests;
