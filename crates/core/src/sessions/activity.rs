//! Who uses a session: as much of the latest use as Cognito tells of it.

use super::SessionActivity;
use crate::context::Context;
use crate::risk;

impl SessionActivity {
    /// The use that the request at hand makes.
    pub(super) fn of(cx: &Context<'_>) -> Self {
        let place = cx.caller.address.and_then(|address| cx.domain.outside.geo.look_up(address)).unwrap_or_default();
        Self {
            ip_address: cx.caller.address.map(|address| address.to_canonical().to_string()),
            device: cx.caller.user_agent.as_deref().map(risk::name_of_user_agent),
            city: place.city,
            country: place.country,
        }
    }
}
