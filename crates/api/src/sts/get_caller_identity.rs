//! `GetCallerIdentity`.

use stepwell_core::{Context, Result};
use stepwell_model::sts::{GetCallerIdentity, GetCallerIdentityRequest, GetCallerIdentityResponse};

use crate::operation::Operation;

impl Operation for GetCallerIdentity {
    async fn call(cx: &Context<'_>, _: GetCallerIdentityRequest) -> Result<GetCallerIdentityResponse> {
        let signer = cx.signer()?;
        let settings = &cx.domain.settings;
        Ok(GetCallerIdentityResponse {
            account: Some(settings.account_id.clone()),
            arn: Some(signer.arn(settings)),
            user_id: Some(signer.user_id(settings)),
        })
    }
}
