//! Conversions shared by the session operations.

use stepwell_core::sessions::{Reach, SessionKind, UserSession};
use stepwell_model::Timestamp;
use stepwell_model::idp::{RevokeAssociatedSessionsType, SessionDescriptionType, SessionLocationType, SessionTypeType};

/// A session as the API shows it. `current` is the `origin_jti` of the calling token, if a user asks.
pub(crate) fn session(session: UserSession, current: Option<&str>) -> SessionDescriptionType {
    let activity = session.activity;
    SessionDescriptionType {
        session_id: Some(session.id),
        session_type: Some(match session.kind {
            SessionKind::Token => SessionTypeType::Token,
            SessionKind::Sso => SessionTypeType::Sso,
        }),
        client_id: Some(session.client_id.into()),
        create_date: Some(Timestamp::from_millis(session.created_at)),
        last_active_date: Some(Timestamp::from_millis(session.last_used_at)),
        device_type: Some(activity.device.unwrap_or_else(|| "unknown".to_owned())),
        last_ip_address: activity.ip_address.map(Into::into),
        last_location: Some(SessionLocationType {
            city: activity.city,
            country: Some(activity.country.unwrap_or_else(|| "unknown".to_owned())),
        }),
        origin_session_id: session.linked_to,
        is_current_session: Some(current.is_some() && session.origin_jti.as_deref() == current),
    }
}

/// `RevokeAssociatedSessions`; only the named session by default.
pub(crate) fn reach(given: Option<&RevokeAssociatedSessionsType>) -> Reach {
    match given {
        Some(RevokeAssociatedSessionsType::Linked) => Reach::Linked,
        Some(RevokeAssociatedSessionsType::None | RevokeAssociatedSessionsType::Unknown(_)) | None => Reach::Alone,
    }
}
