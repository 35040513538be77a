//! `GetSessionToken`: temporary credentials of the user whose long-term key signed, and `GetAccessKeyInfo`.

use stepwell_model::ErrorCode;

use super::credentials::{self, Grant, TemporaryCredentials};
use super::invalid;
use crate::SECOND;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::iam::{Identity, TemporarySession};

/// 12 hours, in seconds.
const DEFAULT: i32 = 43_200;
/// What the account itself gets, in seconds, whatever it asks for.
const ACCOUNT: i32 = 3_600;

/// Issues credentials with the permissions that the user has when they are used.
pub fn get_session_token(
    cx: &Context<'_>,
    duration_seconds: Option<i32>,
    mfa: bool,
    minimum_token_size: usize,
) -> Result<TemporaryCredentials> {
    let signer = cx.signer()?;
    if signer.session.is_some() {
        return Err(Error::new(ErrorCode::AccessDenied, "Cannot call GetSessionToken with session credentials"));
    }
    if mfa {
        return Err(invalid("MFA devices of IAM users are not supported by this build of Stepwell yet"));
    }
    let duration = match signer.identity {
        Identity::Anyone => duration_seconds.unwrap_or(ACCOUNT).min(ACCOUNT),
        Identity::User { .. } | Identity::Role { .. } => duration_seconds.unwrap_or(DEFAULT),
    };
    let issued_at = cx.now();
    let session = TemporarySession {
        issued_at,
        expires_at: issued_at + i64::from(duration) * SECOND,
        ..TemporarySession::default()
    };
    let grant = Grant { identity: signer.identity.clone(), session };
    credentials::issue_sized(cx.domain, grant, minimum_token_size)
}

/// The account of an access key. Temporary ones say nothing, so theirs is always this one; a long-term one must exist.
pub async fn account_of_access_key(cx: &Context<'_>, access_key_id: &str) -> Result<String> {
    let known = access_key_id.starts_with("ASIA") || cx.domain.stores.config.access_key(access_key_id).await?.is_some();
    if known { Ok(cx.domain.settings.account_id.clone()) } else { Err(invalid("Invalid ID for access key")) }
}
