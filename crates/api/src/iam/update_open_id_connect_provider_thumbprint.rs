//! `UpdateOpenIDConnectProviderThumbprint`.

use stepwell_core::iam::providers;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{
    UpdateOpenIDConnectProviderThumbprint, UpdateOpenIDConnectProviderThumbprintRequest,
    UpdateOpenIDConnectProviderThumbprintResponse,
};

use crate::operation::Operation;

impl Operation for UpdateOpenIDConnectProviderThumbprint {
    async fn call(
        cx: &Context<'_>,
        input: UpdateOpenIDConnectProviderThumbprintRequest,
    ) -> Result<UpdateOpenIDConnectProviderThumbprintResponse> {
        let arn = input.open_id_connect_provider_arn.as_deref().unwrap_or_default();
        providers::set_thumbprints(cx.domain, arn, &input.thumbprint_list.unwrap_or_default()).await?;
        Ok(UpdateOpenIDConnectProviderThumbprintResponse::default())
    }
}
