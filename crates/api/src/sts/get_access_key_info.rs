//! `GetAccessKeyInfo`.

use stepwell_core::sts::session_token::account_of_access_key;
use stepwell_core::{Context, Result};
use stepwell_model::sts::{GetAccessKeyInfo, GetAccessKeyInfoRequest, GetAccessKeyInfoResponse};

use crate::operation::Operation;

impl Operation for GetAccessKeyInfo {
    async fn call(cx: &Context<'_>, input: GetAccessKeyInfoRequest) -> Result<GetAccessKeyInfoResponse> {
        let account = account_of_access_key(cx, input.access_key_id.as_deref().unwrap_or_default()).await?;
        Ok(GetAccessKeyInfoResponse { account: Some(account) })
    }
}
