//! `SetRiskConfiguration`.

use stepwell_core::risk::{self, RiskConfiguration};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{SetRiskConfiguration, SetRiskConfigurationRequest, SetRiskConfigurationResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for SetRiskConfiguration {
    async fn call(cx: &Context<'_>, input: SetRiskConfigurationRequest) -> Result<SetRiskConfigurationResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let client_id = input.client_id.as_deref();
        let given = RiskConfiguration {
            compromised: input.compromised_credentials_risk_configuration,
            takeover: input.account_takeover_risk_configuration,
            exceptions: input.risk_exception_configuration,
            modified_at: None,
        };
        let set = risk::set(cx, pool_id, client_id, given).await?;
        let configuration = shapes::configuration(pool_id, client_id, set);
        Ok(SetRiskConfigurationResponse { risk_configuration: Some(configuration) })
    }
}
