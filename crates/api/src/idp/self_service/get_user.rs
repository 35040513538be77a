//! `GetUser`.

use stepwell_core::mfa::settings;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{GetUser, GetUserRequest, GetUserResponse};

use crate::idp::admin_users::shapes::attributes;
use crate::idp::mfa::shapes as mfa;
use crate::operation::Operation;

impl Operation for GetUser {
    async fn call(cx: &Context<'_>, _input: GetUserRequest) -> Result<GetUserResponse> {
        let token = cx.access_token()?;
        let entry = cx.domain.pool(&token.pool_id).await?;
        let client = cx.domain.client_of_pool(&token.pool_id, &token.client_id).await?;
        Ok(GetUserResponse {
            user_attributes: Some(attributes(&token.user, |name| client.can_read(&entry, name))),
            mfa_options: settings::of_user(&token.user),
            preferred_mfa_setting: mfa::preferred(&token.user),
            user_mfa_setting_list: mfa::enabled(&token.user),
            username: Some(token.user.username.as_str().into()),
        })
    }
}
