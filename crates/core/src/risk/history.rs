//! Writing the history of a user: the events that `AdminListUserAuthEvents` lists.

use super::mode::{Flow, Mode, mode};
use super::source::Source;
use super::{AuthEvent, EventChallenge, EventRisk};
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ports::store::{Conflict, Write};

/// How often a change of an event is tried again when feedback came in between.
const TRIES: usize = 3;

/// Changes an event, and submits `writes` with it. An event that is gone is not missed.
pub(super) async fn change(
    cx: &Context<'_>,
    entry: &PoolEntry,
    sub: &str,
    id: &str,
    writes: Vec<Write>,
    change: impl Fn(&mut AuthEvent),
) -> Result<()> {
    for _ in 0..TRIES {
        let mut all = writes.clone();
        if let Some(mut event) = cx.domain.stores.auth_events.event(&entry.id, sub, id).await? {
            change(&mut event);
            all.push(Write::UpdateAuthEvent(Box::new(event)));
        }
        match cx.domain.submit(all).await? {
            Err(Conflict::Changed) => {}
            Ok(()) => return Ok(()),
            Err(conflict) => return Err(Error::internal(format!("changing an event: unexpected {conflict:?}"))),
        }
    }
    tracing::warn!(pool = entry.id, sub, event = id, "the event of a sign-in kept changing and was left as it was");
    Ok(())
}

/// The event of something that a user did besides signing in (`SignUp`, `ForgotPassword`, `PasswordChange`,
/// `ResendCode`), as a write without precondition. Nothing where threat protection is off.
pub fn note(
    cx: &Context<'_>,
    entry: &PoolEntry,
    sub: &str,
    event_type: &str,
    source: &Source,
    compromised: Option<bool>,
) -> Vec<Write> {
    if mode(&entry.settings, Flow::Standard) == Mode::Off {
        return Vec::new();
    }
    let mut event = event(cx, entry, sub, event_type, source);
    event.response = String::from("Pass");
    event.risk = EventRisk { level: None, decision: Some("NoRisk".to_owned()), compromised };
    vec![Write::InsertAuthEvent(Box::new(event))]
}

/// An event of this request, without risk or outcome.
pub(super) fn event(cx: &Context<'_>, entry: &PoolEntry, sub: &str, event_type: &str, source: &Source) -> AuthEvent {
    AuthEvent {
        pool_id: entry.id.clone(),
        sub: sub.to_owned(),
        id: cx.caller.request_id.clone(),
        created_at: cx.now(),
        event_type: event_type.to_owned(),
        response: "InProgress".to_owned(),
        risk: EventRisk { level: None, decision: Some("NoRisk".to_owned()), compromised: None },
        challenges: Vec::new(),
        context: source.event_context(&source.place(cx)),
        feedback: None,
        version: 0,
    }
}

/// A challenge, and how it was answered.
pub(super) fn challenge(name: &str, success: bool) -> EventChallenge {
    EventChallenge { name: name.to_owned(), response: if success { "Success" } else { "Failure" }.to_owned() }
}
