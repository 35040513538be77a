//! `SOFTWARE_TOKEN_MFA`: a code of an authenticator app as second factor.

use std::collections::BTreeMap;

use super::machine::{Proven, commit};
use super::progress::{Progress, Proof};
use super::session::{self, Entered, Offer, Session};
use super::subject::Subject;
use super::{ChallengeName, Next, Realm, Request};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::mfa::software_token::{Checked, check};
use crate::mfa::{MfaFactor, attempts};
use crate::ports::store::Write;
use crate::risk;
use stepwell_model::ErrorCode;

/// Offers the challenge. `writes` use up what led here.
pub async fn offer(
    cx: &Context<'_>,
    realm: &Realm,
    subject: &Subject,
    progress: Progress,
    writes: Vec<Write>,
) -> Result<Next> {
    commit(cx, writes).await?;
    let mut parameters = BTreeMap::from([("USER_ID_FOR_SRP".to_owned(), subject.srp_user_id(realm))]);
    if let Subject::Known(user) = subject
        && let Some(name) = user.software_token.as_ref().and_then(|token| token.friendly_name.clone())
    {
        parameters.insert("FRIENDLY_DEVICE_NAME".to_owned(), name);
    }
    let session = Session::offer(cx, realm, progress, Offer::SoftwareTokenMfa)?;
    Ok(Next::Challenge {
        name: ChallengeName::SoftwareTokenMfa,
        parameters,
        session: Some(session),
        available: Vec::new(),
    })
}

/// Checks a code. Each time step is good for one success, whichever sign-in it was.
pub async fn answer(cx: &Context<'_>, realm: &Realm, entered: Entered<'_>, request: &Request<'_>) -> Result<Proven> {
    let code = request.required("SOFTWARE_TOKEN_MFA_CODE")?;
    let entry = &realm.entry;
    let user = entered.user().ok_or_else(session::invalid)?;
    // An administrator took it away meanwhile.
    let token = user.software_token.as_ref().ok_or_else(session::invalid)?;
    let forget_failures = attempts::count(cx, &entry.id, &user.sub, MfaFactor::SoftwareToken).await?;
    let refusal = match check(cx, entry, &user.sub, &token.sealed_secret, code).await? {
        Checked::Right(spend) => {
            let (session, subject) = entered.leave();
            let Subject::Known(user) = subject else { return Err(session::invalid()) };
            let writes = vec![session.spend(realm), *spend, forget_failures];
            let progress = session.progress.proven(Proof::SoftwareToken);
            return Ok(Proven { user: *user, progress, writes });
        }
        Checked::Used => Error::new(ErrorCode::ExpiredCode, "Your software token has already been used once."),
        Checked::Wrong => Error::new(ErrorCode::CodeMismatch, "Invalid code received for user"),
    };
    let progress = &entered.session.progress;
    risk::challenge_failed(cx, realm, &progress.sub, progress.risk.as_ref()).await?;
    Err(entered.wrong(cx, realm, refusal).await?)
}
