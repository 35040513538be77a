//! Threat protection: risk configurations, the history of users, and what is said of it.

pub mod admin_list_user_auth_events;
pub mod admin_update_auth_event_feedback;
pub mod describe_risk_configuration;
pub mod set_risk_configuration;
mod shapes;
pub mod update_auth_event_feedback;
