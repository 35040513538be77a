//! `DeleteIdentities`.

use std::collections::BTreeSet;

use stepwell_core::identity_pools::identities::{self, NotDeleted};
use stepwell_core::{Context, Result};
use stepwell_model::identity::{
    DeleteIdentities, DeleteIdentitiesRequest, DeleteIdentitiesResponse, ErrorCode, UnprocessedIdentityId,
};

use crate::operation::Operation;

impl Operation for DeleteIdentities {
    async fn call(cx: &Context<'_>, input: DeleteIdentitiesRequest) -> Result<DeleteIdentitiesResponse> {
        let mut unprocessed = Vec::new();
        // An id that was given twice is one to delete.
        let identity_ids: BTreeSet<String> = input.identity_ids_to_delete.into_iter().flatten().collect();
        for identity_id in identity_ids {
            if let Err(why) = identities::delete(cx, &identity_id).await? {
                let error_code = match why {
                    NotDeleted::NotFound => ErrorCode::AccessDenied,
                    NotDeleted::Busy => ErrorCode::InternalServerError,
                };
                unprocessed
                    .push(UnprocessedIdentityId { error_code: Some(error_code), identity_id: Some(identity_id) });
            }
        }
        Ok(DeleteIdentitiesResponse { unprocessed_identity_ids: Some(unprocessed) })
    }
}
