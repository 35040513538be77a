//! `GetUserAuthFactors`.

use stepwell_core::mfa::factors;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{GetUserAuthFactors, GetUserAuthFactorsRequest, GetUserAuthFactorsResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for GetUserAuthFactors {
    async fn call(cx: &Context<'_>, _input: GetUserAuthFactorsRequest) -> Result<GetUserAuthFactorsResponse> {
        let factors = factors::own(cx).await?;
        Ok(GetUserAuthFactorsResponse {
            preferred_mfa_setting: shapes::preferred(&factors.user),
            user_mfa_setting_list: shapes::enabled(&factors.user),
            configured_user_auth_factors: Some(factors.first),
            username: Some(factors.user.username.into()),
        })
    }
}
