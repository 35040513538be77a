//! What the context data of Cognito's client libraries says about a device (`EncodedData`). It is not to be trusted: the
//! library's signature is keyed with the public client id, so anybody can write any of it. It counts only because a
//! stranger does not know the identifier of a device that the user signed in with before.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

/// Longer data is not looked at.
const MAX_LENGTH: usize = 16 * 1024;
/// What is kept of a name or time zone.
const MAX_TEXT: usize = 100;
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A device as its app describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct DeviceData {
    /// What tells it from others.
    pub(super) id: Option<String>,
    /// What people call it.
    pub(super) name: Option<String>,
    /// Its time zone.
    pub(super) timezone: Option<String>,
}

/// Reads `EncodedData`: base64 of `{"payload": "{\"contextData\": {…}}", …}`. What cannot be read says nothing.
pub(super) fn read(encoded: Option<&str>, user_agent: Option<&str>) -> DeviceData {
    let data = encoded.and_then(context_data).unwrap_or_default();
    let text = |key: &str| data.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let id = ["DeviceId", "ThirdPartyDeviceId", "DeviceFingerprint"].into_iter().find_map(text);
    let name = text("DeviceName")
        .map(clean)
        .or_else(|| text("UserAgent").map(name_of_user_agent))
        .or_else(|| user_agent.map(name_of_user_agent));
    DeviceData { id: id.map(str::to_owned), name, timezone: text("ClientTimezone").map(clean) }
}

fn context_data(encoded: &str) -> Option<Map<String, Value>> {
    if encoded.len() > MAX_LENGTH {
        return None;
    }
    let envelope: Value = serde_json::from_slice(&BASE64.decode(encoded.trim()).ok()?).ok()?;
    let payload: Value = serde_json::from_str(envelope.get("payload")?.as_str()?).ok()?;
    payload.get("contextData")?.as_object().cloned()
}

/// Short and printable: it will stand in lists and messages.
fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_TEXT).collect()
}

/// `Firefox, Linux` and the like: the first name that the user agent holds.
pub(crate) fn name_of_user_agent(agent: &str) -> String {
    const BROWSERS: [(&str, &str); 5] =
        [("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |names: &[(&'static str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => clean(agent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(context: &Value) -> String {
        let payload = serde_json::json!({"contextData": context, "username": "jane", "timestamp": "1"}).to_string();
        BASE64.encode(serde_json::json!({"payload": payload, "signature": "x", "version": "JS20171115"}).to_string())
    }

    #[test]
    fn reads_what_the_libraries_send() {
        let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let browser = encode(&serde_json::json!({
            "UserAgent": agent, "DeviceId": "abc", "DeviceFingerprint": "long", "ClientTimezone": "+02:00"
        }));
        let expected =
            DeviceData { id: Some("abc".into()), name: Some("Firefox, Linux".into()), timezone: Some("+02:00".into()) };
        assert_eq!(read(Some(&browser), None), expected);
        assert_eq!(read(Some(browser.trim_end_matches('=')), None), expected);
        let phone = encode(&serde_json::json!({"DeviceName": "Pixel\u{7} 9", "ThirdPartyDeviceId": "t"}));
        let phone = read(Some(&phone), Some(agent));
        assert_eq!((phone.id.as_deref(), phone.name.as_deref()), (Some("t"), Some("Pixel 9")));
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        let long = "A".repeat(MAX_LENGTH + 1);
        let number = BASE64.encode("{\"payload\": 7}");
        for bad in ["", "%%%", "AAAA", &long, &number, &BASE64.encode("{\"payload\": \"[]\"}")] {
            assert_eq!(read(Some(bad), None), DeviceData::default());
        }
        assert_eq!(read(None, Some("curl/8")).name.as_deref(), Some("curl/8"));
    }
}
