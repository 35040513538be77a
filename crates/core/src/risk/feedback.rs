//! What users and administrators say of events afterwards: `AdminUpdateAuthEventFeedback`, and `UpdateAuthEventFeedback`
//! with the token of the notification mail. It counts at once: a disowned network is suspicious from then on, an owned
//! one is known.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::mode::check_on;
use super::{EventFeedback, memory};
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ports::store::{Conflict, Write};
use crate::users::find;
use crate::{DAY, Millis};
use stepwell_model::ErrorCode;

/// How long a token of a mail can be used. Ours: Cognito documents no end.
const TOKEN_VALIDITY: Millis = 30 * DAY;
const TRIES: usize = 5;

/// The token that lets whoever reads the user's mail judge one event: its end, and a MAC over that, user and event.
pub(super) fn token(cx: &Context<'_>, entry: &PoolEntry, sub: &str, event_id: &str) -> String {
    let expires_at = cx.now() + TOKEN_VALIDITY;
    let mac = mac(entry, sub, event_id, expires_at);
    URL_SAFE_NO_PAD.encode([&expires_at.to_be_bytes(), mac.as_slice()].concat())
}

fn mac(entry: &PoolEntry, sub: &str, event_id: &str, expires_at: Millis) -> Vec<u8> {
    entry.keys.name_mac(&["auth-event-feedback", &entry.id, sub, event_id, &expires_at.to_string()])
}

fn is_genuine(entry: &PoolEntry, sub: &str, event_id: &str, now: Millis, token: &str) -> bool {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(token.trim_end_matches('=')) else { return false };
    let Some((expires_at, given)) = bytes.split_first_chunk::<8>() else { return false };
    let expires_at = Millis::from_be_bytes(*expires_at);
    let expected = mac(entry, sub, event_id, expires_at);
    aws_lc_rs::constant_time::verify_slices_are_equal(&expected, given).is_ok() && now < expires_at
}

/// An administrator's judgement.
pub async fn by_admin(cx: &Context<'_>, pool_id: &str, name: &str, event_id: &str, valid: bool) -> Result<()> {
    let entry = cx.domain.pool(pool_id).await?;
    check_on(&entry.settings)?;
    let user = find::for_admin(cx.domain, &entry, name).await?;
    judge(cx, &entry, &user.sub, event_id, valid, "Admin").await
}

/// The judgement of somebody who has the token of the mail. Without a genuine one nobody learns who exists.
pub async fn by_token(
    cx: &Context<'_>,
    pool_id: &str,
    name: &str,
    event_id: &str,
    token: &str,
    valid: bool,
) -> Result<()> {
    let entry = cx.domain.pool(pool_id).await?;
    check_on(&entry.settings)?;
    let invalid = || Error::not_authorized("Invalid feedback token.");
    let user = match find::for_admin(cx.domain, &entry, name).await {
        Err(error) if error.code() == ErrorCode::UserNotFound => return Err(invalid()),
        found => found?,
    };
    if !is_genuine(&entry, &user.sub, event_id, cx.now(), token) {
        return Err(invalid());
    }
    judge(cx, &entry, &user.sub, event_id, valid, "User").await
}

async fn judge(
    cx: &Context<'_>,
    entry: &PoolEntry,
    sub: &str,
    event_id: &str,
    valid: bool,
    provider: &str,
) -> Result<()> {
    for _ in 0..TRIES {
        let event = cx.domain.stores.auth_events.event(&entry.id, sub, event_id).await?;
        let mut event = event.ok_or_else(|| Error::not_found(format!("Event {event_id} does not exist.")))?;
        let address = event.context.ip_address.as_deref().and_then(|address| address.parse().ok());
        let value = if valid { "Valid" } else { "Invalid" }.to_owned();
        event.feedback = Some(EventFeedback { value, provider: provider.to_owned(), at: cx.now() });
        let mut writes = vec![Write::UpdateAuthEvent(Box::new(event))];
        writes.extend(address.map(|address| memory::judge(cx, entry, sub, address, valid)));
        match cx.domain.submit(writes).await? {
            Ok(()) => return Ok(()),
            Err(Conflict::Changed) => {}
            Err(conflict) => return Err(Error::internal(format!("judging an event: unexpected {conflict:?}"))),
        }
    }
    Err(Error::new(ErrorCode::TooManyRequests, "The event was changed by other requests; try again."))
}
