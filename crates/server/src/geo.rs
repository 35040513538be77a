//! Maps of addresses in `MaxMind`'s format, read into memory at start.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use maxminddb::{Reader, geoip2};
use stepwell_core::ports::geo::{Geo, NoGeo, Place};
use stepwell_core::risk::Location;

use crate::config::threat_protection::ThreatProtection;
use crate::start::StartError;

/// The operator's databases.
struct Databases {
    places: Option<Reader<Vec<u8>>>,
    systems: Option<Reader<Vec<u8>>>,
}

/// The maps that are configured. One that cannot be read keeps the server from starting.
pub(crate) fn from_config(config: &ThreatProtection) -> Result<Arc<dyn Geo>, StartError> {
    let places = config.geo_database.as_deref().map(open).transpose()?;
    let systems = config.asn_database.as_deref().map(open).transpose()?;
    if places.is_none() && systems.is_none() {
        return Ok(Arc::new(NoGeo));
    }
    Ok(Arc::new(Databases { places, systems }))
}

fn open(path: &Path) -> Result<Reader<Vec<u8>>, StartError> {
    Reader::open_readfile(path).map_err(|error| StartError::new(format!("{}: {error}", path.display())))
}

impl Geo for Databases {
    fn look_up(&self, address: IpAddr) -> Option<Place> {
        let city = self.places.as_ref().and_then(|places| decode::<geoip2::City<'_>>(places, address));
        let system = self.systems.as_ref().and_then(|systems| decode::<geoip2::Asn<'_>>(systems, address));
        if city.is_none() && system.is_none() {
            return None;
        }
        let mut place = city.as_ref().map(place).unwrap_or_default();
        place.system_number = system.and_then(|system| system.autonomous_system_number);
        Some(place)
    }
}

/// A record that cannot be decoded is as good as none: the file is the operator's, and no request may fail for it.
fn decode<'a, T: serde::Deserialize<'a>>(reader: &'a Reader<Vec<u8>>, address: IpAddr) -> Option<T> {
    match reader.lookup(address).and_then(|found| found.decode()) {
        Ok(record) => record,
        Err(error) => {
            tracing::warn!(%error, "an address could not be looked up");
            None
        }
    }
}

/// A country database has records of the same form, without city and location.
fn place(city: &geoip2::City<'_>) -> Place {
    let location = match (city.location.latitude, city.location.longitude) {
        (Some(latitude), Some(longitude)) => Some(Location { latitude, longitude }),
        _ => None,
    };
    Place {
        country_code: city.country.iso_code.map(str::to_owned),
        country: city.country.names.english.map(str::to_owned),
        city: city.city.names.english.map(str::to_owned),
        location,
        accuracy_km: city.location.accuracy_radius,
        system_number: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database of one network, `203.0.113.0/24`, with this record (`MaxMind` DB File Format 2.0, records of 24 bits).
    fn database(record: &[u8]) -> Vec<u8> {
        let network = u32::from_be_bytes([203, 0, 113, 0]);
        let nodes = 24_u32;
        let mut out = Vec::new();
        for node in 0..nodes {
            let next = if node + 1 == nodes { nodes + 16 } else { node + 1 };
            let bit = (network >> (31 - node)) & 1;
            for side in 0..2 {
                let value = if side == bit { next } else { nodes };
                out.extend_from_slice(&value.to_be_bytes()[1..]);
            }
        }
        out.extend_from_slice(&[0; 16]);
        out.extend_from_slice(record);
        out.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
        let metadata = map(&[
            ("node_count", uint32(nodes)),
            ("record_size", uint16(24)),
            ("ip_version", uint16(4)),
            ("database_type", text("Test")),
            ("languages", vec![0, 4]),
            ("binary_format_major_version", uint16(2)),
            ("binary_format_minor_version", uint16(0)),
            ("build_epoch", vec![4, 2, 1, 0, 0, 0]),
            ("description", map(&[])),
        ]);
        out.extend_from_slice(&metadata);
        out
    }

    fn text(value: &str) -> Vec<u8> {
        [&[2 << 5 | u8::try_from(value.len()).unwrap()], value.as_bytes()].concat()
    }

    fn uint16(value: u16) -> Vec<u8> {
        [&[5 << 5 | 2][..], &value.to_be_bytes()].concat()
    }

    fn uint32(value: u32) -> Vec<u8> {
        [&[6 << 5 | 4][..], &value.to_be_bytes()].concat()
    }

    fn double(value: f64) -> Vec<u8> {
        [&[3 << 5 | 8][..], &value.to_be_bytes()].concat()
    }

    fn map(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut out = vec![7 << 5 | u8::try_from(entries.len()).unwrap()];
        for (key, value) in entries {
            out.extend(text(key));
            out.extend(value);
        }
        out
    }

    fn opened(record: &[u8]) -> Reader<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.mmdb");
        std::fs::write(&path, database(record)).unwrap();
        open(&path).unwrap()
    }

    #[test]
    fn places_and_providers_are_put_together() {
        let names = |name: &str| map(&[("names", map(&[("en", text(name))]))]);
        let places = Some(opened(&map(&[
            ("city", names("Berlin")),
            ("country", map(&[("iso_code", text("DE")), ("names", map(&[("en", text("Germany"))]))])),
            (
                "location",
                map(&[("latitude", double(52.5)), ("longitude", double(13.4)), ("accuracy_radius", uint16(20))]),
            ),
        ])));
        let systems = Some(opened(&map(&[("autonomous_system_number", uint32(64_500))])));
        let databases = Databases { places, systems };
        assert_eq!(
            databases.look_up("203.0.113.9".parse().unwrap()),
            Some(Place {
                country_code: Some("DE".into()),
                country: Some("Germany".into()),
                city: Some("Berlin".into()),
                location: Some(Location { latitude: 52.5, longitude: 13.4 }),
                accuracy_km: Some(20),
                system_number: Some(64_500),
            })
        );
        assert_eq!(databases.look_up("203.0.114.9".parse().unwrap()), None);
        // An address that the database cannot hold.
        assert_eq!(databases.look_up("2001:db8::1".parse().unwrap()), None);
    }

    #[test]
    fn a_country_alone_and_a_broken_record() {
        let country = map(&[("country", map(&[("iso_code", text("FR"))]))]);
        let databases = Databases { places: Some(opened(&country)), systems: None };
        let place = databases.look_up("203.0.113.9".parse().unwrap()).unwrap();
        assert_eq!((place.country_code.as_deref(), place.location), (Some("FR"), None));
        let broken = Databases { places: Some(opened(&text("no map"))), systems: None };
        assert_eq!(broken.look_up("203.0.113.9".parse().unwrap()), None);
    }

    #[test]
    fn a_file_that_is_no_database_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.mmdb");
        std::fs::write(&path, "hello").unwrap();
        let config = ThreatProtection { breaches: None, geo_database: Some(path), asn_database: None };
        assert!(from_config(&config).is_err());
    }
}
