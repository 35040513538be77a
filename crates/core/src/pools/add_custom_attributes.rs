//! Adding custom attributes to a user pool.

use stepwell_model::idp;

use super::{schema, update};
use crate::context::Context;
use crate::error::Result;

/// `AddCustomAttributes`: all of them or none.
pub async fn add_custom_attributes(cx: &Context<'_>, pool_id: &str, given: &[idp::SchemaAttributeType]) -> Result<()> {
    update::change(cx, pool_id, |pool| schema::add_custom(&mut pool.schema, given)).await?;
    Ok(())
}
