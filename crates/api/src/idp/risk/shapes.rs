//! Risk configurations and events on the wire.

use stepwell_core::risk::{AuthEvent, RiskConfiguration};
use stepwell_model::Timestamp;
use stepwell_model::idp::{
    AuthEventType, ChallengeResponseType, EventContextDataType, EventFeedbackType, EventRiskType, FeedbackValueType,
    RiskConfigurationType,
};

/// A configuration with the pool or client it belongs to.
pub(super) fn configuration(
    pool_id: &str,
    client_id: Option<&str>,
    configuration: RiskConfiguration,
) -> RiskConfigurationType {
    RiskConfigurationType {
        user_pool_id: Some(pool_id.to_owned()),
        client_id: client_id.map(Into::into),
        compromised_credentials_risk_configuration: configuration.compromised,
        account_takeover_risk_configuration: configuration.takeover,
        risk_exception_configuration: configuration.exceptions,
        last_modified_date: configuration.modified_at.map(Timestamp),
    }
}

/// An event.
pub(super) fn event(event: AuthEvent) -> AuthEventType {
    let challenges = event.challenges.iter().map(|challenge| ChallengeResponseType {
        challenge_name: Some(challenge.name.as_str().into()),
        challenge_response: Some(challenge.response.as_str().into()),
    });
    AuthEventType {
        event_id: Some(event.id),
        event_type: Some(event.event_type.as_str().into()),
        creation_date: Some(Timestamp(event.created_at)),
        event_response: Some(event.response.as_str().into()),
        event_risk: Some(EventRiskType {
            risk_decision: event.risk.decision.as_deref().map(Into::into),
            risk_level: event.risk.level.as_deref().map(Into::into),
            compromised_credentials_detected: event.risk.compromised,
        }),
        challenge_responses: Some(challenges.collect()),
        event_context_data: Some(EventContextDataType {
            ip_address: event.context.ip_address,
            device_name: event.context.device_name,
            timezone: event.context.timezone,
            city: event.context.city,
            country: event.context.country,
        }),
        event_feedback: event.feedback.map(|feedback| EventFeedbackType {
            feedback_value: Some(feedback.value.as_str().into()),
            provider: Some(feedback.provider),
            feedback_date: Some(Timestamp(feedback.at)),
        }),
    }
}

/// True for `Valid`. The dispatcher lets no third value through.
pub(super) fn is_valid(value: Option<&FeedbackValueType>) -> bool {
    value == Some(&FeedbackValueType::Valid)
}
