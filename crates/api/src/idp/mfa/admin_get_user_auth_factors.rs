//! `AdminGetUserAuthFactors`.

use stepwell_core::mfa::factors;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{AdminGetUserAuthFactors, AdminGetUserAuthFactorsRequest, AdminGetUserAuthFactorsResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for AdminGetUserAuthFactors {
    async fn call(cx: &Context<'_>, input: AdminGetUserAuthFactorsRequest) -> Result<AdminGetUserAuthFactorsResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let factors = factors::admin(cx, pool_id, input.username.as_deref().unwrap_or_default()).await?;
        Ok(AdminGetUserAuthFactorsResponse {
            preferred_mfa_setting: shapes::preferred(&factors.user),
            user_mfa_setting_list: shapes::enabled(&factors.user),
            configured_user_auth_factors: Some(factors.first),
            username: Some(factors.user.username.into()),
        })
    }
}
