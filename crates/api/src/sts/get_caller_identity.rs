//! `GetCallerIdentity`.

use stepwell_core::iam::{Identity, authorize};
use stepwell_core::{Context, Result};
use stepwell_model::Service;
use stepwell_model::sts::{GetCallerIdentity, GetCallerIdentityRequest, GetCallerIdentityResponse};

use crate::operation::Operation;
use crate::wire::error;
use crate::wire::sigv4::SigV4Error;

impl Operation for GetCallerIdentity {
    async fn call(cx: &Context<'_>, _: GetCallerIdentityRequest) -> Result<GetCallerIdentityResponse> {
        let signer = cx.signer()?;
        let settings = &cx.domain.settings;
        let identity = match &signer.identity {
            Identity::Anyone => Identity::Anyone,
            // No policy is asked here, so nothing else sees that a session's user or role is gone.
            Identity::User { .. } | Identity::Role { .. } => {
                let permissions = authorize::permissions(cx.domain, signer).await?;
                if !permissions.exists() {
                    return Err(error::of_signature(Service::Sts.protocol(), &SigV4Error::UnknownAccessKey));
                }
                permissions.identity(signer)
            }
        };
        Ok(GetCallerIdentityResponse {
            account: Some(settings.account_id.clone()),
            arn: Some(identity.arn(&settings.account_id)),
            user_id: Some(signer.user_id(settings)),
        })
    }
}
