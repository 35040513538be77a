//! `ListSigningCertificates`.

use stepwell_core::iam::users;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{ListSigningCertificates, ListSigningCertificatesRequest, ListSigningCertificatesResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListSigningCertificates {
    /// IAM users have no signing certificates here.
    async fn call(cx: &Context<'_>, input: ListSigningCertificatesRequest) -> Result<ListSigningCertificatesResponse> {
        users::get(cx.domain, shapes::user_name(cx, input.user_name.as_deref())?).await?;
        Ok(ListSigningCertificatesResponse { certificates: Some(Vec::new()), is_truncated: Some(false), marker: None })
    }
}
