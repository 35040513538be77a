//! `AdminCreateUser`.

use stepwell_core::triggers::Told;
use stepwell_core::users::admin_create::{self, Invitation, NewUser};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{AdminCreateUser, AdminCreateUserRequest, AdminCreateUserResponse, MessageActionType};

use super::shapes;
use crate::idp::sign_up::shapes::validation_data;
use crate::operation::Operation;

impl Operation for AdminCreateUser {
    async fn call(cx: &Context<'_>, input: AdminCreateUserRequest) -> Result<AdminCreateUserResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let client_metadata = input.client_metadata.unwrap_or_default();
        let validation_data = validation_data(input.validation_data);
        let new = NewUser {
            username: input.username.as_deref().unwrap_or_default(),
            attributes: shapes::given(input.user_attributes.as_deref()),
            temporary_password: input.temporary_password.as_ref().filter(|password| !password.is_empty()),
            force_alias_creation: input.force_alias_creation == Some(true),
            mediums: shapes::mediums(input.desired_delivery_mediums.as_deref()),
            told: Told { validation_data: &validation_data, client_metadata: &client_metadata },
        };
        let user = match input.message_action {
            Some(MessageActionType::Resend) => admin_create::resend(cx, pool_id, new).await?,
            Some(MessageActionType::Suppress) => admin_create::create(cx, pool_id, new, Invitation::Suppressed).await?,
            Some(MessageActionType::Unknown(_)) | None => {
                admin_create::create(cx, pool_id, new, Invitation::Sent).await?
            }
        };
        Ok(AdminCreateUserResponse { user: Some(shapes::user_type(&user, None)) })
    }
}
