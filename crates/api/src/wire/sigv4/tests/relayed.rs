//! Requests that arrived at another service: S3's rules of paths and payloads, by what boto3 really sends.

use super::*;

#[derive(Deserialize)]
struct Recording {
    vectors: Vec<Request>,
}

const S3: Policy<'_> =
    Policy { service: "s3", region: RegionPolicy::OneOf(&["us-east-1"]), presigned: PresignedLifetime::AS_SAID };

fn recordings() -> Vec<Request> {
    serde_json::from_str::<Recording>(include_str!("../testdata/s3.json")).unwrap().vectors
}

fn verify(request: &Request, path_rule: PathRule, payload_hash: &str) -> Result<(), SigV4Error> {
    let claim = request.parse()?;
    let now = timestamp::parse_basic(&claim.timestamp).unwrap() * 1_000;
    let headers = request.header_map();
    let relayed = RelayedRequest {
        method: &request.method,
        path: &request.path,
        query: &request.query,
        headers: &headers,
        payload_hash,
        path_rule,
    };
    claim.verify_relayed(&relayed, SECRET, &S3, now)
}

fn payload_hash(request: &Request) -> &str {
    request.header("x-amz-content-sha256").unwrap_or("UNSIGNED-PAYLOAD")
}

#[test]
fn what_boto3_sends_to_s3_verifies() {
    let recordings = recordings();
    assert_eq!(recordings.len(), 9);
    for request in &recordings {
        let name = &request.name;
        assert_eq!(verify(request, PathRule::Literal, payload_hash(request)), Ok(()), "{name}");
        // The hash that the receiver computed must be the one that was signed.
        assert!(verify(request, PathRule::Literal, &"0".repeat(64)).is_err(), "{name}");
        let elsewhere = Request { path: format!("{}x", request.path), ..request.clone() };
        assert!(verify(&elsewhere, PathRule::Literal, payload_hash(request)).is_err(), "{name}");
    }
}

#[test]
fn the_rules_of_other_services_are_not_those_of_s3() {
    let by_name = |name: &str| recordings().into_iter().find(|request| request.name == name).unwrap();
    for name in ["get_spaces_and_plus", "get_slashes_and_dots", "get_percent", "presigned"] {
        let request = by_name(name);
        assert!(verify(&request, PathRule::Normalized, payload_hash(&request)).is_err(), "{name}");
    }
    let request = by_name("get_plain");
    assert_eq!(verify(&request, PathRule::Normalized, payload_hash(&request)), Ok(()));
}

#[test]
fn no_two_literal_paths_have_one_form() {
    let paths = ["/a/b", "/a%2Fb", "/a//b", "/a/./b", "/a/../b", "/b", "/a%252Fb", "/a/b/", "/A/b"];
    let forms: std::collections::BTreeSet<String> = paths.iter().map(|path| canonical::literal_path(path)).collect();
    assert_eq!(forms.len(), paths.len());
    // But for how the same byte is escaped.
    assert_eq!(canonical::literal_path("/a%7e"), "/a~");
    assert_eq!(canonical::literal_path("/a%2fb"), canonical::literal_path("/a%2Fb"));
    assert_eq!(canonical::literal_path(""), "/");
}
