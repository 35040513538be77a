//! What is signed here verifies here, however odd; and nothing panics.

use super::*;

const PIECES: &[&str] = &[
    "/",
    "//",
    ".",
    "..",
    "/./",
    "/../",
    "a",
    "Z",
    "%20",
    "%2F",
    "%2f",
    "%",
    "%zz",
    "%E1%88%B4",
    "ሴ",
    "é",
    "+",
    "~",
    "-",
    "_",
    "*",
    "'",
    "(",
    "!",
    "@",
    ":",
    ",",
    ";",
    "=",
    "$",
    "[",
    "\\",
    "{",
    "|",
    "\"",
    "<",
    "%00",
    "%25",
    "%2525",
];

const QUERY_PIECES: &[&str] = &[
    "a",
    "b",
    "A",
    "=",
    "=",
    "&",
    "&",
    "&&",
    "+",
    "%20",
    "%2B",
    "%26",
    "%3D",
    "%",
    "%g",
    "%FF",
    "%00",
    "/",
    "?",
    "~",
    "*",
    ";",
    ":",
    "é",
    "Signature",
    "xamz-signature",
    "Amz-Sig",
    "[]",
];

const VALUE_PIECES: &[&str] = &["a", " ", "  ", "\t", "\"", ",", ";", "=", ":", "é", "ü", "\\", "x y", "0"];

fn text(random: &mut Random, pieces: &[&str], longest: usize) -> String {
    let length = random.below(longest);
    (0..length).map(|_| random.pick(pieces)).collect()
}

fn odd_request(random: &mut Random) -> Request {
    let mut request = list_user_pools();
    request.path = format!("/{}", text(random, PIECES, 12));
    request.query = text(random, QUERY_PIECES, 14);
    request.body = text(random, PIECES, 20);
    for _ in 0..random.below(5) {
        let name =
            random.pick(&["X-Odd", "x-odd", "Accept", "A-Z", "zz", "X-Amz-Meta", "Cookie", "User-Agent", "Expect"]);
        let value = text(random, VALUE_PIECES, 8);
        // One X-Amz header of a name: a second one is refused.
        let request_has = request.header("x-amz-meta").is_some();
        if !(name == "X-Amz-Meta" && request_has) {
            request.headers.push((name.to_owned(), value));
        }
    }
    request
}

#[test]
fn signed_requests_verify() {
    let mut random = Random(1);
    for round in 0..2_000 {
        let token = (round % 3 == 0).then_some("FwoGZXIvYXdzEXAMPLE//token==");
        let request = signed(odd_request(&mut random), token, NOW_MS);
        let claim = request.parse().unwrap();
        assert_eq!(claim.session_token(), token);
        assert!(!claim.is_presigned());
        assert_eq!(request.verify_as(&POLICY, SECRET, NOW_MS), Ok(()), "{request:?}");
        let other = Request { path: format!("{}~", request.path), ..request };
        assert!(other.verify_as(&POLICY, SECRET, NOW_MS).is_err(), "{other:?}");
    }
}

#[test]
fn presigned_requests_verify() {
    let mut random = Random(2);
    for _ in 0..2_000 {
        let mut request = odd_request(&mut random);
        request.headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("x-amz-"));
        let request = presigned(request, Some(60), NOW_MS);
        assert!(request.parse().unwrap().is_presigned());
        assert_eq!(request.verify_as(&POLICY, SECRET, NOW_MS), Ok(()), "{request:?}");
        let other = Request { query: format!("c=d&{}", request.query), ..request };
        assert!(other.verify_as(&POLICY, SECRET, NOW_MS).is_err(), "{other:?}");
    }
}

/// The path and query as an `http::Uri` hands them on are the ones that were sent.
#[test]
fn a_uri_keeps_what_was_signed() {
    for target in ["/a%2fb/%7E/../ሴ/%?x=%2f&y=+&z", "//double//", "/p?", "/?a=b%20c"] {
        let uri = Uri::try_from(target).unwrap();
        let mut request = list_user_pools();
        request.path = uri.path().to_owned();
        request.query = uri.query().unwrap_or_default().to_owned();
        assert_eq!(format!("{}?{}", request.path, request.query).trim_end_matches('?'), target.trim_end_matches('?'));
        assert_eq!(signed(request, None, NOW_MS).verify_as(&POLICY, SECRET, NOW_MS), Ok(()), "{target}");
    }
}

#[test]
fn canonical_paths() {
    for (raw, canonical) in [
        ("", "/"),
        ("/", "/"),
        ("//", "/"),
        ("/.", "/"),
        ("/..", "/"),
        ("/../../a", "/a"),
        ("/a/./b/../c", "/a/c"),
        ("/a/..", "/"),
        ("/a/.", "/a"),
        ("/a//b/", "/a/b/"),
        ("/a%20b", "/a%2520b"),
        ("/a%2fb", "/a%252fb"),
        ("/%", "/%25"),
        ("/é", "/%C3%A9"),
        ("/a+b=c@d:e", "/a%2Bb%3Dc%40d%3Ae"),
        ("/...", "/..."),
        ("no/slash", "/no/slash"),
    ] {
        assert_eq!(canonical::path(raw), canonical, "{raw}");
    }
}

#[test]
fn canonical_queries() {
    for (raw, canonical) in [
        ("", ""),
        ("b=2&a=1", "a=1&b=2"),
        ("a=2&a=1&a=", "a=&a=1&a=2"),
        ("a", "a="),
        ("=b", "=b"),
        ("a=b=c", "a=b%3Dc"),
        ("a=+", "a=%2B"),
        ("a=%20", "a=%20"),
        ("a=%2f", "a=%2F"),
        ("a=/", "a=%2F"),
        ("%41=%42", "A=B"),
        ("a=%", "a=%25"),
        ("a=%zz", "a=%25zz"),
        ("a=%FF", "a=%FF"),
        ("&&a=b&&", "a=b"),
        ("a-b=1&a=2", "a=2&a-b=1"),
        ("a=1&B=2", "B=2&a=1"),
        ("X-Amz-Signature=1", "X-Amz-Signature=1"),
    ] {
        assert_eq!(canonical::query(raw, false), canonical, "{raw}");
    }
    assert_eq!(canonical::query("X-Amz-Signature=1&x-amz-signature=2&X%2DAmz-Signature=3", true), "x-amz-signature=2");
}

#[test]
fn timestamps() {
    assert_eq!(timestamp::parse_basic("20150830T123600Z"), Some(NOW_MS / 1000));
    assert_eq!(timestamp::format_basic(NOW_MS / 1000), "20150830T123600Z");
    for bad in [
        "",
        "20150830",
        "20150830T123600",
        "20150830T1236000",
        "20150230T123600Z",
        "20150830T243600Z",
        "2015083éT12360Z",
    ] {
        assert_eq!(timestamp::parse_basic(bad), None, "{bad}");
    }
    for good in [
        "Sun, 30 Aug 2015 12:36:00 GMT",
        "Sun, 30 Aug 2015 12:36:00 -0000",
        "30 Aug 2015 14:36:00 +0200",
        "20150830T123600Z",
    ] {
        assert_eq!(timestamp::parse_date_header(good), Some(NOW_MS / 1000), "{good}");
    }
    for bad in [
        "",
        "Sun, 30 Aug 2015",
        "30 Aug 2015 12:36:00",
        "2015-08-30T12:36:00Z",
        "(((((((((((((((((((((((((((((((((((((((((",
    ] {
        assert_eq!(timestamp::parse_date_header(bad), None, "{bad}");
    }
    for far in [i64::MIN, i64::MAX, -62_167_219_201, 253_402_300_800] {
        assert_eq!(timestamp::format_basic(far), "19700101T000000Z");
    }
    assert_eq!(timestamp::format_basic(253_402_300_799), "99991231T235959Z");
}

/// Mutations of real requests and plain noise: no panic, no forgery.
#[test]
fn nothing_panics_and_nothing_is_forged() {
    let header_form = signed(list_user_pools(), Some("token"), NOW_MS);
    let query_form = presigned(list_user_pools().without("x-amz-target"), Some(604_800), NOW_MS);
    let seeds: Vec<Vec<u8>> = [header_form, query_form]
        .iter()
        .map(|request| {
            let mut lines = vec![format!("{}?{}", request.path, request.query)];
            lines.extend(request.headers.iter().map(|(name, value)| format!("{name}:{value}")));
            format!("{}\n\n{}", lines.join("\n"), request.body).into_bytes()
        })
        .collect();
    let mut random = Random(3);
    for round in 0..30_000 {
        let mut data = seeds[round % seeds.len()].clone();
        for _ in 0..=random.below(6) {
            let at = random.below(data.len());
            let byte = u8::try_from(random.below(256)).unwrap();
            match random.below(6) {
                0 => data[at] = byte,
                1 => data.insert(at, byte),
                2 => drop(data.remove(at)),
                3 => data.truncate(at.max(1)),
                4 => {
                    let piece = data[at..(at + 40).min(data.len())].to_vec();
                    let to = random.below(data.len());
                    data.splice(to..to, piece);
                }
                _ => data[at] = b"%&=;,/ \n:+"[random.below(10)],
            }
            if data.is_empty() {
                data.push(byte);
            }
        }
        assert!(!super::super::fuzz_entry(&data), "{}", String::from_utf8_lossy(&data));
    }
    for length in 0..2_000 {
        let noise: Vec<u8> = (0..length % 300).map(|_| u8::try_from(random.below(256)).unwrap()).collect();
        assert!(!super::super::fuzz_entry(&noise));
    }
}

#[test]
fn debug_output_keeps_secrets() {
    let credentials =
        Credentials { access_key_id: "AKID", secret_access_key: "hidden-secret", session_token: Some("hidden-token") };
    let request = signed(list_user_pools(), Some("hidden-token"), NOW_MS);
    let claim = request.parse().unwrap();
    let shown = format!("{credentials:?} {claim:?}");
    assert!(shown.contains("AKID") && shown.contains("x-amz-target"));
    assert!(!shown.contains("hidden") && !shown.contains(&claim.signature));
}
