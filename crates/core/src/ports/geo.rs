//! Where on Earth an address is, as a port: a database that the operator supplies.

use std::net::IpAddr;

use crate::risk::Location;

/// What is known about an address.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Place {
    /// ISO 3166-1 code of the country, such as `DE`.
    pub country_code: Option<String>,
    /// The country's English name.
    pub country: Option<String>,
    /// The city's English name.
    pub city: Option<String>,
    /// About where.
    pub location: Option<Location>,
    /// How far off `location` may be, in kilometres.
    pub accuracy_km: Option<u16>,
    /// The autonomous system that announces the address.
    pub system_number: Option<u32>,
}

/// A map of addresses. Answers from memory.
pub trait Geo: Send + Sync {
    /// What is known about an address; nothing for private ones and for those the database lacks.
    fn look_up(&self, address: IpAddr) -> Option<Place>;
}

/// No map.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoGeo;

impl Geo for NoGeo {
    fn look_up(&self, _address: IpAddr) -> Option<Place> {
        None
    }
}
