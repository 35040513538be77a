//! `ListSSHPublicKeys`.

use stepwell_core::iam::users;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{ListSSHPublicKeys, ListSSHPublicKeysRequest, ListSSHPublicKeysResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListSSHPublicKeys {
    /// IAM users have no SSH keys here.
    async fn call(cx: &Context<'_>, input: ListSSHPublicKeysRequest) -> Result<ListSSHPublicKeysResponse> {
        users::get(cx.domain, shapes::user_name(cx, input.user_name.as_deref())?).await?;
        Ok(ListSSHPublicKeysResponse { ssh_public_keys: Some(Vec::new()), is_truncated: Some(false), marker: None })
    }
}
