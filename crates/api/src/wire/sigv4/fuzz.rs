//! The entry for fuzzing: arbitrary bytes taken as a request.

use http::{HeaderMap, HeaderName, HeaderValue, Uri};

use super::{
    Credentials, Policy, PresignedLifetime, RegionPolicy, SignableRequest, SignatureClaim, SignedRequest, sign,
};

/// Takes `data` as a request: the first line is the target, the lines up to an empty one are headers, the rest is the body.
/// Parses, checks and verifies it, and signs it, in search of panics.
///
/// Returns whether a request verified with a secret nobody knows: a forgery, to be asserted against.
pub fn fuzz_entry(data: &[u8]) -> bool {
    // Around what the seeds carry as their date: 2015-08-30T12:36:00Z.
    const NOW_MS: i64 = 1_440_938_160_000;
    const SECRET: &str = "0b6e9c1a-not-in-any-seed-74f1d2";
    let mut lines = data.split(|b| *b == b'\n');
    let target = lines.next().unwrap_or_default();
    let mut headers = HeaderMap::new();
    let mut length = target.len() + 1;
    for line in lines.by_ref() {
        length += line.len() + 1;
        if line.is_empty() {
            break;
        }
        let mut halves = line.splitn(2, |b| *b == b':');
        let name = halves.next().and_then(|name| HeaderName::from_bytes(name).ok());
        let value = halves.next().and_then(|value| HeaderValue::from_bytes(value).ok());
        if let (Some(name), Some(value)) = (name, value)
            && headers.len() < 200
        {
            headers.append(name, value);
        }
    }
    let body = data.get(length..).unwrap_or_default();

    let credentials = Credentials { access_key_id: "AKIDEXAMPLE", secret_access_key: SECRET, session_token: None };
    let text = String::from_utf8_lossy(target);
    let (path, query) = text.split_once('?').unwrap_or((&text, ""));
    let request =
        SignableRequest { method: "POST", host: "localhost", path, query, headers: &[("x-odd", query)], payload: body };
    let _ = sign(&request, &credentials, "us-east-1", path, NOW_MS);

    let Ok(uri) = Uri::try_from(target) else {
        return false;
    };
    let Ok(claim) = SignatureClaim::parse(&headers, &uri) else {
        return false;
    };
    let request = SignedRequest {
        method: "POST",
        path: uri.path(),
        query: uri.query().unwrap_or_default(),
        headers: &headers,
        body,
    };
    let policy = Policy { service: claim.service(), region: RegionPolicy::Any, presigned: PresignedLifetime::AS_SAID };
    claim.verify(&request, SECRET, &policy, NOW_MS).is_ok()
}
