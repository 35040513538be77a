//! `ListInstanceProfilesForRole`.

use stepwell_core::iam::roles;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{
    ListInstanceProfilesForRole, ListInstanceProfilesForRoleRequest, ListInstanceProfilesForRoleResponse,
};

use crate::operation::Operation;

impl Operation for ListInstanceProfilesForRole {
    /// There are no instance profiles: no role is in one.
    async fn call(
        cx: &Context<'_>,
        input: ListInstanceProfilesForRoleRequest,
    ) -> Result<ListInstanceProfilesForRoleResponse> {
        roles::get(cx.domain, input.role_name.as_deref().unwrap_or_default()).await?;
        Ok(ListInstanceProfilesForRoleResponse {
            instance_profiles: Some(Vec::new()),
            is_truncated: Some(false),
            marker: None,
        })
    }
}
