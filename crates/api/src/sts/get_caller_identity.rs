//! `GetCallerIdentity`.

use stepwell_core::iam::{Identity, authorize};
use stepwell_core::{Context, Result};
use stepwell_model::sts::{GetCallerIdentity, GetCallerIdentityRequest, GetCallerIdentityResponse};

use crate::operation::Operation;

impl Operation for GetCallerIdentity {
    async fn call(cx: &Context<'_>, _: GetCallerIdentityRequest) -> Result<GetCallerIdentityResponse> {
        let signer = cx.signer()?;
        let settings = &cx.domain.settings;
        // A user's session token holds the name and path of when it was made. A role keeps its name, and tells no path.
        let identity = match (&signer.identity, &signer.session) {
            (Identity::User { .. }, Some(_)) => authorize::permissions(cx.domain, signer).await?.identity(signer),
            (identity, _) => identity.clone(),
        };
        Ok(GetCallerIdentityResponse {
            account: Some(settings.account_id.clone()),
            arn: Some(identity.arn(&settings.account_id)),
            user_id: Some(signer.user_id(settings)),
        })
    }
}
