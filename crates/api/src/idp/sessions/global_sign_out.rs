//! `GlobalSignOut`.

use stepwell_core::tokens::revoke;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{GlobalSignOut, GlobalSignOutRequest, GlobalSignOutResponse};

use crate::operation::Operation;

impl Operation for GlobalSignOut {
    async fn call(cx: &Context<'_>, _input: GlobalSignOutRequest) -> Result<GlobalSignOutResponse> {
        let token = cx.access_token()?;
        revoke::sign_out_everywhere(cx, &token.pool_id, token.user.clone()).await?;
        Ok(GlobalSignOutResponse::default())
    }
}
