//! The end of a sign-in: the last triggers, the device, the session, the tokens.

use super::machine::{Proven, commit};
use super::progress::{Progress, Proof};
use super::{Next, Realm, Request, facts};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::risk::Carried;
use crate::tokens::issue::{Occasion, RefreshTokenLife, issue};
use crate::triggers::{Scene, TokenSource};
use crate::{devices, risk, sessions, triggers};

/// Issues the tokens of a sign-in that has proven enough. The writes that use up its proofs are committed while the
/// tokens are being signed; the answer waits for both.
pub async fn sign_in(cx: &Context<'_>, realm: &Realm, proven: Proven, request: &Request<'_>) -> Result<Next> {
    let Proven { user, progress, mut writes } = proven;
    if !progress.has_first_factor() {
        // No step leads here without one. Should one ever, it ends here.
        return Err(Error::internal("a sign-in without a first factor"));
    }
    // Here, where every way ends, since some lead here without a Session.
    if let Some(step_up) = &progress.step_up {
        step_up.check_basis(cx, realm).await?;
    }
    let device = devices::at_sign_in(cx, realm, &user, &progress).await?;
    let scene = Scene::in_realm(cx.domain, realm);
    triggers::post_authentication::tell(&scene, &user, device.is_new(), request.client_metadata).await?;
    let facts = facts::of(cx, realm, &progress, device.key());
    writes.extend(device.writes);
    writes.extend(sessions::at_sign_in(cx, realm, &user, &facts).await?);
    let source = request.source(cx, realm);
    let occasion = Occasion {
        source: token_source(&progress),
        client_metadata: request.client_metadata,
        // The tokens name the event that stands in the user's history.
        event_id: progress.risk.as_ref().map_or(&cx.caller.request_id, Carried::event_id),
    };
    let life = RefreshTokenLife::Until(cx.now() + realm.client.settings.refresh_token_validity);
    let commit_and_note = async {
        commit(cx, writes).await?;
        sessions::after_sign_in(cx, realm, &user).await?;
        devices::note_use(cx, device.known, request).await
    };
    let (spent, tokens, settled) = tokio::join!(
        commit_and_note,
        issue(cx, &realm.entry, &realm.client, &user, &facts, life, occasion),
        risk::settle(cx, realm, &user, progress.risk.as_ref(), &source, progress.has_second_factor()),
    );
    spent?;
    let tokens = tokens?;
    settled?;
    Ok(Next::Tokens { tokens, new_device: device.new_device })
}

/// What the pool's `PreTokenGeneration` trigger is told that the tokens are for.
fn token_source(progress: &Progress) -> TokenSource {
    if progress.changed_password {
        TokenSource::NewPasswordChallenge
    } else if progress.proofs.contains(&Proof::Device) {
        TokenSource::AuthenticateDevice
    } else {
        TokenSource::Authentication
    }
}
