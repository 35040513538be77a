//! `DescribeRiskConfiguration`.

use stepwell_core::risk;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{
    DescribeRiskConfiguration, DescribeRiskConfigurationRequest, DescribeRiskConfigurationResponse,
};

use super::shapes;
use crate::operation::Operation;

impl Operation for DescribeRiskConfiguration {
    async fn call(
        cx: &Context<'_>,
        input: DescribeRiskConfigurationRequest,
    ) -> Result<DescribeRiskConfigurationResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let client_id = input.client_id.as_deref();
        let configuration = shapes::configuration(pool_id, client_id, risk::describe(cx, pool_id, client_id).await?);
        Ok(DescribeRiskConfigurationResponse { risk_configuration: Some(configuration) })
    }
}
