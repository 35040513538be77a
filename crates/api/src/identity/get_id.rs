//! `GetId`.

use stepwell_core::identity_pools::get_id;
use stepwell_core::{Context, Result};
use stepwell_model::identity::{GetId, GetIdRequest, GetIdResponse};

use crate::operation::Operation;

impl Operation for GetId {
    async fn call(cx: &Context<'_>, input: GetIdRequest) -> Result<GetIdResponse> {
        let pool_id = input.identity_pool_id.as_deref().unwrap_or_default();
        let logins = input.logins.unwrap_or_default();
        let identity_id = get_id::get_id(cx, pool_id, &logins).await?;
        Ok(GetIdResponse { identity_id: Some(identity_id) })
    }
}
