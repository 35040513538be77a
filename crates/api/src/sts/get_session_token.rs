//! `GetSessionToken`.

use stepwell_core::sts::session_token::get_session_token;
use stepwell_core::{Context, Result};
use stepwell_model::sts::{GetSessionToken, GetSessionTokenRequest, GetSessionTokenResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for GetSessionToken {
    async fn call(cx: &Context<'_>, input: GetSessionTokenRequest) -> Result<GetSessionTokenResponse> {
        let mfa = input.serial_number.is_some() || input.token_code.is_some();
        let minimum = shapes::minimum_size(input.minimum_session_token_size);
        let credentials = get_session_token(cx, input.duration_seconds, mfa, minimum)?;
        let (session_token_size, session_token_utilization) = shapes::token_size(&credentials);
        Ok(GetSessionTokenResponse {
            credentials: Some(shapes::credentials(&credentials)),
            session_token_size,
            session_token_utilization,
        })
    }
}
