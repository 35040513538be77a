//! `UpdateRoleDescription`.

use stepwell_core::iam::roles;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{UpdateRoleDescription, UpdateRoleDescriptionRequest, UpdateRoleDescriptionResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for UpdateRoleDescription {
    async fn call(cx: &Context<'_>, input: UpdateRoleDescriptionRequest) -> Result<UpdateRoleDescriptionResponse> {
        let name = input.role_name.as_deref().unwrap_or_default();
        let role = roles::update_description(cx.domain, name, input.description.as_deref().unwrap_or_default()).await?;
        Ok(UpdateRoleDescriptionResponse { role: Some(shapes::role(cx, role)) })
    }
}
