//! `GetCredentialsForIdentity`.

use stepwell_core::identity_pools::credentials;
use stepwell_core::{Context, Result};
use stepwell_model::identity::{
    GetCredentialsForIdentity, GetCredentialsForIdentityRequest, GetCredentialsForIdentityResponse,
};

use super::shapes;
use crate::operation::Operation;

impl Operation for GetCredentialsForIdentity {
    async fn call(
        cx: &Context<'_>,
        input: GetCredentialsForIdentityRequest,
    ) -> Result<GetCredentialsForIdentityResponse> {
        let identity_id = input.identity_id.as_deref().unwrap_or_default();
        let logins = input.logins.unwrap_or_default();
        let given = credentials::get(cx, identity_id, &logins, input.custom_role_arn.as_deref()).await?;
        Ok(GetCredentialsForIdentityResponse {
            identity_id: Some(given.identity_id),
            credentials: Some(shapes::credentials(given.credentials)),
        })
    }
}
