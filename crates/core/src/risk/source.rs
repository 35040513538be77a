//! Where a request comes from, as far as threat protection believes it.

use std::net::IpAddr;

use super::device::{self, DeviceData};
use super::{EventContext, ranges};
use crate::auth::{Door, Realm, UserContext};
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::ports::geo::Place;

/// Where a request comes from.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The user's address; `None` if it is unknown.
    pub(super) address: Option<IpAddr>,
    pub(super) device: DeviceData,
}

impl Source {
    /// The source of a request with context data. The address in it is believed if an administrator signed the call, or if
    /// the client has a secret (which the call has proven by its `SECRET_HASH`) and
    /// `EnablePropagateAdditionalUserContextData`; otherwise the connection's address counts (API, `UserPoolClientType`). A
    /// claim that is believed but is no address makes the address unknown, which never lowers the risk. The user agent of
    /// a signed call is the back end's; the user's own stands in its context data.
    pub fn of(cx: &Context<'_>, realm: &Realm, door: Door, context: &UserContext) -> Self {
        if !super::is_on(&realm.entry.settings) {
            return Self::default();
        }
        let (believed, user_agent) = match door {
            Door::Admin => (true, context.user_agent.as_deref()),
            Door::App => {
                let propagates = realm.client.has_secret() && realm.client.settings.propagate_user_context;
                (propagates, cx.caller.user_agent.as_deref())
            }
        };
        let address = match context.ip_address.as_deref().filter(|_| believed) {
            Some(claimed) => claimed.trim().parse().ok(),
            None => cx.caller.address,
        };
        Self {
            address: address.map(|address| address.to_canonical()),
            device: device::read(context.encoded_data.as_deref(), user_agent),
        }
    }

    /// The source of a request that brings no context data.
    pub fn of_caller(cx: &Context<'_>) -> Self {
        Self {
            address: cx.caller.address.map(|address| address.to_canonical()),
            device: device::read(None, cx.caller.user_agent.as_deref()),
        }
    }

    /// The network the address belongs to.
    pub(super) fn network(&self) -> Option<String> {
        self.address.map(ranges::network_of)
    }

    /// What the operator's map says of the address.
    pub(super) fn place(&self, cx: &Context<'_>) -> Place {
        self.address.and_then(|address| cx.domain.outside.geo.look_up(address)).unwrap_or_default()
    }

    /// What events show of it.
    pub(super) fn event_context(&self, place: &Place) -> EventContext {
        EventContext {
            ip_address: self.address.map(|address| address.to_string()),
            device_name: self.device.name.clone(),
            timezone: self.device.timezone.clone(),
            city: place.city.clone(),
            country: place.country.clone().or_else(|| place.country_code.clone()),
        }
    }
}

/// The MACs under which a source's traits are remembered. They name the user, so that nobody who reads the store learns
/// who shares a device or network with whom.
pub(super) fn trait_mac(entry: &PoolEntry, sub: &str, kind: &str, value: &str) -> Vec<u8> {
    entry.keys.name_mac(&["risk", kind, sub, value])
}
