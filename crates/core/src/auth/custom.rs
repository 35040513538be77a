//! `CUSTOM_AUTH`: the pool's own functions define, make and judge the challenges (developer guide, "Custom authentication
//! challenge Lambda triggers").
//!
//! An answer uses its Session up whatever the function says of it: the next challenge comes with a new one. An answer at
//! which the function fails counts as wrong and leaves the Session, so that a function that refuses by failing cannot be
//! asked for ever, and one that failed by chance can be asked again.

use std::collections::BTreeMap;

use super::machine::{Proven, commit};
use super::progress::{CustomRound, Progress, Proof};
use super::session::{self, Entered, Offer, Session};
use super::subject::Subject;
use super::{ChallengeName, Next, Realm, Request, first_factor, password, srp_exchange};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ports::store::Write;
use crate::triggers::define_auth_challenge::Defined;
use crate::triggers::{
    ChallengeResult, Person, Scene, create_auth_challenge, define_auth_challenge, verify_auth_challenge_response,
};
use stepwell_model::ErrorCode;

const SRP_A: &str = "SRP_A";
const PASSWORD_VERIFIER: &str = "PASSWORD_VERIFIER";
const CUSTOM_CHALLENGE: &str = "CUSTOM_CHALLENGE";
/// The longest `Session` that the API takes.
const LONGEST_SESSION: usize = 2048;

/// Begins: with the first challenge that the pool defines, or with SRP where the client asks for it.
pub async fn start(
    cx: &Context<'_>,
    realm: &Realm,
    subject: Subject,
    mut progress: Progress,
    request: &Request<'_>,
) -> Result<Next> {
    match request.optional("CHALLENGE_NAME") {
        None => go_on(cx, realm, subject, progress, Vec::new(), request).await,
        Some(SRP_A) => {
            let srp_a = request.required("SRP_A")?;
            progress.custom.push(round(SRP_A, true, None));
            match define(cx, realm, &subject, &progress, request).await? {
                Defined::Challenge(name) if name == PASSWORD_VERIFIER => {
                    srp_exchange::offer(cx, realm, &subject, progress, srp_a).await
                }
                Defined::Fail => Err(password::wrong()),
                Defined::Challenge(_) | Defined::IssueTokens => Err(unusable()),
            }
        }
        Some(_) => Err(Error::invalid_parameter("CHALLENGE_NAME must be SRP_A.")),
    }
}

/// Goes on after SRP has proven the password.
pub async fn after_password(cx: &Context<'_>, realm: &Realm, proven: Proven, request: &Request<'_>) -> Result<Next> {
    let Proven { user, mut progress, writes } = proven;
    progress.custom.push(round(PASSWORD_VERIFIER, true, None));
    go_on(cx, realm, Subject::Known(Box::new(user)), progress, writes, request).await
}

/// The answer to a challenge of the pool's own.
pub async fn answer(cx: &Context<'_>, realm: &Realm, entered: Entered<'_>, request: &Request<'_>) -> Result<Next> {
    let Offer::Custom { private_parameters, challenge_metadata } = &entered.session.offer else {
        return Err(session::invalid());
    };
    let given = request.required("ANSWER")?;
    let progress = &entered.session.progress;
    let person = person(&entered.subject, progress);
    let scene = Scene::in_realm(cx.domain, realm);
    let private = private_parameters.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    let judged = verify_auth_challenge_response::ask(&scene, person, &private, given, request.client_metadata).await;
    let right = match judged {
        // A name that is nobody's has no right answer, nor has who may not sign in.
        Ok(right) => right && entered.user().is_some_and(|user| user.enabled),
        Err(refusal) => return Err(entered.wrong(cx, realm, refusal).await?),
    };
    if !right {
        session::record_wrong(cx, realm, &entered.session).await?;
    }
    let mut progress = progress.clone();
    progress.custom.push(round(CUSTOM_CHALLENGE, right, challenge_metadata.clone()));
    let spent = vec![entered.session.spend(realm)];
    go_on(cx, realm, entered.subject, progress, spent, request).await
}

/// Asks the pool what comes next. `writes` use up what led here; they are committed before the caller learns anything.
async fn go_on(
    cx: &Context<'_>,
    realm: &Realm,
    subject: Subject,
    progress: Progress,
    writes: Vec<Write>,
    request: &Request<'_>,
) -> Result<Next> {
    match define(cx, realm, &subject, &progress, request).await? {
        Defined::IssueTokens => match subject {
            Subject::Known(user) if !password::tells_state_of(realm, &user) => Err(password::wrong()),
            Subject::Known(user) => {
                password::may_sign_in(&user)?;
                let proven = Proven { user: *user, progress: progress.proven(Proof::Custom), writes };
                first_factor::done(cx, realm, proven, None, request).await
            }
            Subject::Unknown { .. } => Err(password::wrong()),
        },
        Defined::Fail => {
            commit(cx, writes).await?;
            Err(password::wrong())
        }
        Defined::Challenge(name) if name == CUSTOM_CHALLENGE => {
            offer(cx, realm, &subject, progress, writes, request).await
        }
        Defined::Challenge(_) => Err(unusable()),
    }
}

async fn define(
    cx: &Context<'_>,
    realm: &Realm,
    subject: &Subject,
    progress: &Progress,
    request: &Request<'_>,
) -> Result<Defined> {
    let scene = Scene::in_realm(cx.domain, realm);
    let rounds = rounds(progress);
    define_auth_challenge::ask(&scene, person(subject, progress), &rounds, request.client_metadata).await
}

async fn offer(
    cx: &Context<'_>,
    realm: &Realm,
    subject: &Subject,
    progress: Progress,
    writes: Vec<Write>,
    request: &Request<'_>,
) -> Result<Next> {
    let scene = Scene::in_realm(cx.domain, realm);
    let (person, known) = (person(subject, &progress), rounds(&progress));
    let made = create_auth_challenge::ask(&scene, person, CUSTOM_CHALLENGE, &known, request.client_metadata).await?;
    let mut parameters = made.public_parameters;
    parameters.insert("USERNAME".to_owned(), subject.srp_user_id(realm));
    let private_parameters: BTreeMap<String, String> =
        made.private_parameters.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
    let offer = Offer::Custom { private_parameters, challenge_metadata: made.metadata };
    let session = Session::offer(cx, realm, progress, offer)?;
    if session.len() > LONGEST_SESSION {
        return Err(Error::new(
            ErrorCode::InvalidLambdaResponse,
            "CreateAuthChallenge returned more private parameters than a session can hold.",
        ));
    }
    commit(cx, writes).await?;
    Ok(Next::Challenge {
        name: ChallengeName::CustomChallenge,
        parameters,
        session: Some(session),
        available: Vec::new(),
    })
}

fn person<'a>(subject: &'a Subject, progress: &'a Progress) -> Person<'a> {
    match subject {
        Subject::Known(user) => Person::User(user),
        Subject::Unknown { .. } => Person::Nobody { name: &progress.name },
    }
}

fn rounds(progress: &Progress) -> Vec<ChallengeResult<'_>> {
    let rounds = progress.custom.iter();
    rounds
        .map(|round| ChallengeResult {
            challenge_name: &round.challenge_name,
            challenge_result: round.challenge_result,
            challenge_metadata: round.challenge_metadata.as_deref(),
        })
        .collect()
}

fn round(name: &str, result: bool, metadata: Option<String>) -> CustomRound {
    CustomRound { challenge_name: name.to_owned(), challenge_result: result, challenge_metadata: metadata }
}

fn unusable() -> Error {
    Error::new(ErrorCode::InvalidLambdaResponse, "Unrecognizable lambda output")
}
