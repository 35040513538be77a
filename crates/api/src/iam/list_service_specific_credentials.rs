//! `ListServiceSpecificCredentials`.

use stepwell_core::iam::users;
use stepwell_core::{Context, Error, ErrorCode, Result};
use stepwell_model::iam::{
    ListServiceSpecificCredentials, ListServiceSpecificCredentialsRequest, ListServiceSpecificCredentialsResponse,
};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListServiceSpecificCredentials {
    /// IAM users have no service-specific credentials here.
    async fn call(
        cx: &Context<'_>,
        input: ListServiceSpecificCredentialsRequest,
    ) -> Result<ListServiceSpecificCredentialsResponse> {
        if input.all_users.unwrap_or_default() {
            if input.user_name.is_some() {
                return Err(Error::new(ErrorCode::Validation, "AllUsers cannot be specified together with UserName"));
            }
        } else {
            users::get(cx.domain, shapes::user_name(cx, input.user_name.as_deref())?).await?;
        }
        Ok(ListServiceSpecificCredentialsResponse {
            service_specific_credentials: Some(Vec::new()),
            is_truncated: Some(false),
            marker: None,
        })
    }
}
