//! `AdminGetUser`.

use stepwell_core::mfa::settings;
use stepwell_core::users::find;
use stepwell_core::{Context, Result};
use stepwell_model::Timestamp;
use stepwell_model::idp::{AdminGetUser, AdminGetUserRequest, AdminGetUserResponse};

use super::shapes;
use crate::idp::mfa::shapes as mfa;
use crate::operation::Operation;

impl Operation for AdminGetUser {
    async fn call(cx: &Context<'_>, input: AdminGetUserRequest) -> Result<AdminGetUserResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let username = input.username.as_deref().unwrap_or_default();
        let entry = cx.domain.pool(pool_id).await?;
        let user = find::for_admin(cx.domain, &entry, username).await?;
        Ok(AdminGetUserResponse {
            user_attributes: Some(shapes::attributes(&user, |_| true)),
            user_create_date: Some(Timestamp(user.created_at)),
            user_last_modified_date: Some(Timestamp(user.modified_at)),
            enabled: Some(user.enabled),
            user_status: Some(shapes::status(user.status)),
            mfa_options: settings::of_user(&user),
            preferred_mfa_setting: mfa::preferred(&user),
            user_mfa_setting_list: mfa::enabled(&user),
            username: Some(user.username.into()),
        })
    }
}
