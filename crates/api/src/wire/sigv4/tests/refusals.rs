//! Every way to be refused, with AWS's code and text.

use super::*;

fn valid() -> Request {
    signed(list_user_pools(), None, NOW_MS)
}

fn verify(request: &Request) -> Result<(), SigV4Error> {
    request.verify_as(&POLICY, SECRET, NOW_MS)
}

/// The valid request with one thing in its Authorization header replaced.
fn authorization(from: &str, to: &str) -> Request {
    let request = valid();
    let header = request.header("authorization").unwrap();
    assert!(header.contains(from), "{header}");
    let header = header.replacen(from, to, 1);
    request.set("authorization", &header)
}

#[test]
fn unsigned_requests_are_told_apart() {
    let request = list_user_pools();
    for header in [
        None,
        Some("Bearer eyJraWQiOiJ4In0.e30.AA"),
        Some("Basic dXNlcjpwYXNz"),
        Some(""),
        Some("aws4-hmac-sha256 x"),
        Some("AWS AKID:sig"),
    ] {
        let request = match header {
            Some(header) => request.clone().set("authorization", header),
            None => request.clone(),
        };
        assert_eq!(verify(&request), Err(SigV4Error::NotSigV4), "{header:?}");
    }
    let other_query = Request { query: "X-Amz-Date=1&x-amz-algorithm=AWS4-HMAC-SHA256".to_owned(), ..request.clone() };
    assert_eq!(verify(&other_query), Err(SigV4Error::NotSigV4));
    let other_algorithm = Request { query: "X-Amz-Algorithm=AWS4-HMAC-SHA1".to_owned(), ..request };
    assert_eq!(verify(&other_algorithm), Err(SigV4Error::NotSigV4));
    assert_eq!(message(verify(&other_algorithm)), "MissingAuthenticationTokenException Missing Authentication Token");
}

#[test]
fn two_signatures_are_one_too_many() {
    let request =
        presigned(list_user_pools().without("x-amz-target"), Some(60), NOW_MS).set("authorization", "Bearer x");
    assert_eq!(
        message(verify(&request)),
        "InvalidSignatureException Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
    );
    let mut request = valid();
    let first = request.header("authorization").unwrap().to_owned();
    request.headers.push(("authorization".to_owned(), first));
    assert_eq!(
        message(verify(&request)),
        "IncompleteSignatureException The request signature does not conform to AWS standards."
    );
}

#[test]
fn incomplete_headers() {
    const REQUIRES: &str = "IncompleteSignatureException Authorization header requires ";
    let incomplete = |header: &str| message(verify(&valid().set("authorization", header)));
    assert_eq!(
        incomplete("AWS4-HMAC-SHA256 Foo=bar"),
        format!(
            "{REQUIRES}'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires \
             'SignedHeaders' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization={}",
            base64_sha256("AWS4-HMAC-SHA256 Foo=bar")
        )
    );
    assert!(incomplete("AWS4-HMAC-SHA256").starts_with(&format!("{REQUIRES}'Credential'")));
    assert!(
        incomplete("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host")
            .starts_with(&format!("{REQUIRES}'Signature'"))
    );
    assert!(
        incomplete("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Signature=a")
            .starts_with(&format!("{REQUIRES}'SignedHeaders'"))
    );
    assert!(
        incomplete("AWS4-HMAC-SHA256 Credential=, SignedHeaders=host, Signature=a")
            .starts_with(&format!("{REQUIRES}'Cred"))
    );
    assert!(
        message(verify(&valid().without("x-amz-date")))
            .starts_with(&format!("{REQUIRES}existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed"))
    );
    assert_eq!(
        incomplete("AWS4-HMAC-SHA256 Credential=a b/c"),
        format!(
            "IncompleteSignatureException Invalid key=value pair (missing equal-sign) in Authorization header (hashed with \
             SHA-256 and encoded with Base64): '{}'.",
            base64_sha256("AWS4-HMAC-SHA256 Credential=a b/c")
        )
    );
    for algorithm in ["AWS4-HMAC-SHA25", "AWS4-ECDSA-P256-SHA256", "AWS4-hmac-sha256"] {
        assert_eq!(
            message(verify(&authorization("AWS4-HMAC-SHA256", algorithm))),
            format!(
                "IncompleteSignatureException Unsupported AWS 'algorithm': '{algorithm}' (only AWS4-HMAC-SHA256 for now). "
            )
        );
    }
    for repeated in ["Signature=a, Signature=", "Credential=a, Credential=", "SignedHeaders=host, SignedHeaders="] {
        let name = repeated.split('=').next().unwrap();
        assert!(matches!(verify(&authorization(&format!("{name}="), repeated)), Err(SigV4Error::Incomplete(_))));
    }
    let long = format!("AWS4-HMAC-SHA256 {}", "a=b,".repeat(3_000));
    assert!(matches!(verify(&valid().set("authorization", &long)), Err(SigV4Error::Incomplete(_))));
    let latin = verify(&valid().set("authorization", "AWS4-HMAC-SHA256 Credential=é"));
    assert!(matches!(latin, Err(SigV4Error::Incomplete(_))));
}

fn base64_sha256(text: &str) -> String {
    use base64::Engine as _;
    let hash = hex::decode(canonical::sha256_hex(text.as_bytes())).unwrap();
    base64::engine::general_purpose::STANDARD.encode(hash)
}

#[test]
fn credentials_of_another_shape() {
    for credential in ["a/b/c/d", "a/b/c/d/e/f", "a"] {
        let request = valid().set(
            "authorization",
            &format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=a"),
        );
        assert_eq!(
            message(verify(&request)),
            format!(
                "IncompleteSignatureException Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term, got (hashed with SHA-256 and encoded with Base64): '{}'",
                base64_sha256(credential)
            )
        );
    }
    let long = "A".repeat(129);
    for key_id in ["", long.as_str()] {
        let request = authorization("AKIDEXAMPLE", key_id);
        assert_eq!(
            message(verify(&request)),
            "UnrecognizedClientException The security token included in the request is invalid."
        );
    }
    assert!(matches!(verify(&valid().set("x-amz-security-token", "")), Err(SigV4Error::UnknownAccessKey)));
}

#[test]
fn wrong_scopes() {
    let scope = |from: &str, to: &str| message(verify(&authorization(from, to)));
    assert_eq!(
        scope("/us-east-1/", "/eu-west-1/"),
        "InvalidSignatureException Credential should be scoped to a valid region. "
    );
    assert_eq!(
        scope("/cognito-idp/", "/cognito-identity/"),
        "InvalidSignatureException Credential should be scoped to correct service: 'cognito-idp'. "
    );
    assert_eq!(
        scope("/aws4_request", "/aws5_request"),
        "InvalidSignatureException Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. "
    );
    assert_eq!(
        scope("/20150830/", "/20150829/"),
        "InvalidSignatureException Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
         '20150829' != '20150830', from '20150830T123600Z'."
    );
    assert_eq!(
        scope("/20150830/us-east-1/cognito-idp/aws4_request", "////"),
        "InvalidSignatureException Credential should be scoped to a valid region. Credential should be scoped to correct service: \
         'cognito-idp'. Credential should be scoped with a valid terminator: 'aws4_request', not ''. Date in Credential scope does \
         not match YYYYMMDD from ISO-8601 version of date from HTTP: '' != '20150830', from '20150830T123600Z'."
    );
    let any = Policy { region: RegionPolicy::Any, ..POLICY };
    let elsewhere = authorization("/us-east-1/", "/mars-1/");
    // The region is part of what is signed: accepting any is not ignoring it.
    assert_eq!(message(elsewhere.verify_as(&any, SECRET, NOW_MS)), MISMATCH);
    assert_eq!(valid().verify_as(&any, SECRET, NOW_MS), Ok(()));
}

#[test]
fn clocks() {
    let request = valid();
    let at = |offset_s: i64| request.verify_as(&POLICY, SECRET, NOW_MS + offset_s * 1000);
    for offset in [-300, -299, 0, 299, 300] {
        assert_eq!(at(offset), Ok(()), "{offset}");
    }
    assert_eq!(
        message(at(301)),
        "InvalidSignatureException Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)"
    );
    assert_eq!(
        message(at(-301)),
        "InvalidSignatureException Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T123059Z \
         + 5 min.)"
    );
    for far in [i64::MIN, i64::MAX] {
        assert!(matches!(request.verify_as(&POLICY, SECRET, far), Err(SigV4Error::Invalid(_))));
    }
    for bad in ["", "x", "20150830T123600", "2015-08-30T12:36:00Z", "20151330T123600Z"] {
        assert_eq!(
            message(verify(&valid().set("x-amz-date", bad))),
            format!(
                "IncompleteSignatureException Date must be in ISO-8601 'basic format'. Got '{bad}'. See \
                 http://en.wikipedia.org/wiki/ISO_8601"
            )
        );
    }
}

#[test]
fn presigned_clocks_and_parameters() {
    let unsigned = list_user_pools().without("x-amz-target");
    let request = presigned(unsigned.clone(), Some(604_800), NOW_MS);
    let at = |request: &Request, offset_s: i64| request.verify_as(&POLICY, SECRET, NOW_MS + offset_s * 1000);
    assert_eq!(at(&request, 604_800), Ok(()));
    assert_eq!(
        message(at(&request, 604_801)),
        "InvalidSignatureException Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150906T123601Z - 10080 min.)"
    );
    assert!(message(at(&request, -301)).contains("Signature not yet current"));
    let short = presigned(unsigned.clone(), Some(1), NOW_MS);
    assert_eq!(at(&short, 1), Ok(()));
    assert!(message(at(&short, 2)).ends_with("(20150830T123602Z - 1 sec.)"));
    let without = presigned(unsigned.clone(), None, NOW_MS);
    assert_eq!(at(&without, 300), Ok(()));
    assert!(at(&without, 301).is_err());

    for (expires, text) in [
        (
            "604801",
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
        ),
        ("0", "X-Amz-Expires must be a positive number of seconds"),
        ("-1", "X-Amz-Expires should be a number"),
        ("%2B1", "X-Amz-Expires should be a number"),
        ("1e3", "X-Amz-Expires should be a number"),
        ("", "X-Amz-Expires should be a number"),
    ] {
        let query = request.query.replace("X-Amz-Expires=604800", &format!("X-Amz-Expires={expires}"));
        let result = verify(&Request { query, ..request.clone() });
        assert_eq!(message(result), format!("IncompleteSignatureException {text}"), "{expires}");
    }
    let bare = Request { query: "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=".to_owned(), ..unsigned };
    assert_eq!(
        message(verify(&bare)),
        "IncompleteSignatureException AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must \
         include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters must \
         include 'X-Amz-Date'. Re-examine the query-string parameters."
    );
    for repeated in [
        "X-Amz-Signature=a",
        "X-Amz-Date=20150830T123600Z",
        "X-Amz-Security%2DToken=a&X-Amz-Security-Token=b",
        "X-Amz-Expires=9",
    ] {
        let query = format!("{}&{repeated}", request.query);
        assert!(matches!(verify(&Request { query, ..request.clone() }), Err(SigV4Error::Incomplete(_))), "{repeated}");
    }
    let token_twice = Request { query: format!("{}&X-Amz-Security-Token=a", request.query), ..request.clone() };
    assert!(matches!(verify(&token_twice.set("x-amz-security-token", "a")), Err(SigV4Error::Incomplete(_))));
    let not_utf8 = Request { query: request.query.replace("AKIDEXAMPLE", "%FF"), ..request.clone() };
    assert!(matches!(verify(&not_utf8), Err(SigV4Error::Incomplete(_))));
    let long = Request { query: format!("{}&{}", request.query, "a".repeat(20_000)), ..request };
    assert!(verify(&long).is_err());
}

/// STS takes a presigned request for its own time, others for what it says up to theirs.
#[test]
fn presigned_lifetimes() {
    let taken = |expires, lifetime, seconds: i64| {
        let request = presigned(list_user_pools().without("x-amz-target"), expires, NOW_MS);
        let policy = Policy { presigned: lifetime, ..POLICY };
        request.verify_as(&policy, SECRET, NOW_MS + seconds * 1000).is_ok()
    };
    let fixed = PresignedLifetime::Fixed(900);
    for expires in [Some(1), Some(60), Some(604_800), None] {
        assert!(taken(expires, fixed, 900) && !taken(expires, fixed, 901), "{expires:?}");
        assert!(taken(expires, fixed, -300) && !taken(expires, fixed, -301), "{expires:?}");
    }
    let said = PresignedLifetime::AsSaid { at_most: 900 };
    for (expires, last) in [(Some(60), 60), (Some(900), 900), (Some(604_800), 900), (None, 300)] {
        assert!(taken(expires, said, last) && !taken(expires, said, last + 1), "{expires:?}");
    }
    // Another signature than a presigned one has its five minutes.
    let policy = Policy { presigned: fixed, ..POLICY };
    assert!(valid().verify_as(&policy, SECRET, NOW_MS + 301_000).is_err());
}

/// Signed or not: what sounds like a part of the signature is one that is known, or refused.
#[test]
fn odd_amz_parameters() {
    let bare = list_user_pools().without("x-amz-target");
    let with = |query: &str| Request { query: query.to_owned(), ..bare.clone() };
    for known in ["X-Amz-User-Agent=x", "XAmz=1", "Action=x-amz-date"] {
        assert_eq!(verify(&presigned(with(known), Some(60), NOW_MS)), Ok(()), "{known}");
    }
    for odd in [
        "X-Amz-Else=1",
        "x-amz-date=20150830T123600Z",
        "X-AMZ-SIGNATURE=a",
        "X%2DAmz%2DExpire=1",
        "x-amz-=",
        "X-Amz-Target=a",
    ] {
        let refused = verify(&presigned(with(odd), Some(60), NOW_MS));
        assert!(matches!(refused, Err(SigV4Error::Incomplete(_))), "{odd}: {refused:?}");
        // The same of a signature in the header.
        let refused = verify(&signed(with(odd), None, NOW_MS));
        assert!(matches!(refused, Err(SigV4Error::Incomplete(_))), "{odd}: {refused:?}");
    }
    // A hash of the body that stands there is the body's.
    let hash = canonical::sha256_hex(bare.body.as_bytes());
    assert_eq!(verify(&presigned(with(&format!("X-Amz-Content-Sha256={hash}")), Some(60), NOW_MS)), Ok(()));
    let unsigned = presigned(with("X-Amz-Content-Sha256=UNSIGNED-PAYLOAD"), Some(60), NOW_MS);
    assert_eq!(message(verify(&unsigned)), MISMATCH);
}

#[test]
fn a_presigned_body_and_target_are_bound() {
    let request = presigned(list_user_pools().without("x-amz-target"), Some(60), NOW_MS);
    assert_eq!(verify(&request), Ok(()));
    assert_eq!(message(verify(&Request { body: "{}".to_owned(), ..request.clone() })), MISMATCH);
    assert_eq!(
        message(verify(&request.set("x-amz-target", "AWSCognitoIdentityProviderService.DeleteUserPool"))),
        "InvalidSignatureException 'x-amz-target' must be a 'SignedHeader' in the AWS Authorization."
    );
}

#[test]
fn headers_that_must_be_signed() {
    assert_eq!(
        message(verify(&authorization("content-type;host;", "content-type;"))),
        "InvalidSignatureException 'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
    );
    for name in ["x-amz-date", "x-amz-target"] {
        assert_eq!(
            message(verify(&authorization(&format!(";{name}"), ""))),
            format!("InvalidSignatureException '{name}' must be a 'SignedHeader' in the AWS Authorization.")
        );
    }
    for added in ["x-amz-security-token", "x-amz-content-sha256", "x-amz-anything"] {
        assert_eq!(
            message(verify(&valid().set(added, "1"))),
            format!("InvalidSignatureException '{added}' must be a 'SignedHeader' in the AWS Authorization.")
        );
    }
    for added in
        ["x-amz-cf-id", "x-amz-user-agent", "x-amzn-trace-id", "amz-sdk-request", "user-agent", "x-forwarded-for"]
    {
        assert_eq!(verify(&valid().set(added, "1")), Ok(()), "{added}");
    }
}

#[test]
fn signed_headers_lists() {
    let list = "SignedHeaders=content-type;host;x-amz-date;x-amz-target";
    // Names are compared without case and in any order, as AWS does; what is signed is their canonical form.
    for same in [
        "SignedHeaders=Content-Type;HOST;X-Amz-Date;x-amz-target",
        "SignedHeaders=x-amz-target;host;x-amz-date;content-type;",
    ] {
        assert_eq!(verify(&authorization(list, same)), Ok(()), "{same}");
    }
    for other in [";absent", ";accept"] {
        assert_eq!(message(verify(&authorization(list, &format!("{list}{other}")))), MISMATCH, "{other}");
    }
    assert!(matches!(verify(&authorization(list, &format!("{list};Host"))), Err(SigV4Error::Incomplete(_))));
    // A header signed as empty has to be there.
    let empty = signed(list_user_pools().set("x-empty", ""), None, NOW_MS);
    assert_eq!(verify(&empty), Ok(()));
    assert_eq!(message(verify(&empty.without("x-empty"))), MISMATCH);
    let many: Vec<String> = (0..101).map(|n| format!("h{n}")).collect();
    let many = format!("{list};{}", many.join(";"));
    assert!(matches!(verify(&authorization(list, &many)), Err(SigV4Error::Incomplete(_))));
    // Separators as AWS takes them.
    assert_eq!(verify(&authorization(", SignedHeaders", ",SignedHeaders")), Ok(()));
    assert_eq!(verify(&authorization(", SignedHeaders", "  ,,\tSignedHeaders")), Ok(()));
}

#[test]
fn headers_sent_twice() {
    for name in ["host", "x-amz-date", "x-amz-target", "content-type", "date"] {
        let mut request = valid();
        let value = request.header(name).unwrap_or("Sun, 30 Aug 2015 12:36:00 GMT").to_owned();
        request.headers.push((name.to_owned(), value.clone()));
        if name == "date" {
            request.headers.push((name.to_owned(), value));
        }
        assert!(verify(&request).is_err(), "{name}");
    }
    // One value with a comma is not two values, but has their canonical form: both must not pass.
    let mut request = list_user_pools().set("x-amz-target", "A,B");
    request = signed(request, None, NOW_MS);
    assert_eq!(verify(&request), Ok(()));
    request = request.set("x-amz-target", "A");
    request.headers.push(("x-amz-target".to_owned(), "B".to_owned()));
    assert_eq!(message(verify(&request)), MISMATCH);
}

#[test]
fn payload_hashes() {
    let body_hash = canonical::sha256_hex(list_user_pools().body.as_bytes());
    let with = |hash: &str| verify(&signed(list_user_pools().set("x-amz-content-sha256", hash), None, NOW_MS));
    assert_eq!(with(&body_hash), Ok(()));
    for refused in [
        "UNSIGNED-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "",
        &body_hash.to_ascii_uppercase(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ] {
        assert_eq!(message(with(refused)), MISMATCH, "{refused}");
    }
}

#[test]
fn signatures_of_another_shape() {
    let signature = valid().header("authorization").unwrap().split("Signature=").nth(1).unwrap().to_owned();
    for other in [signature.to_ascii_uppercase(), format!("{signature}0"), signature[..63].to_owned(), "x".to_owned()] {
        assert_eq!(message(verify(&authorization(&signature, &other))), MISMATCH, "{other}");
    }
    assert_eq!(message(valid().verify_as(&POLICY, "", NOW_MS)), MISMATCH);
}

#[test]
fn a_date_header_will_do() {
    for date in ["Sun, 30 Aug 2015 12:36:00 GMT", "Sun, 30 Aug 2015 12:36:00 -0000", "20150830T123600Z"] {
        let mut request = list_user_pools().set("date", date);
        let headers = [
            ("content-type".to_owned(), b"application/x-amz-json-1.1".to_vec()),
            ("date".to_owned(), date.as_bytes().to_vec()),
            ("host".to_owned(), b"localhost:5190".to_vec()),
            ("x-amz-target".to_owned(), b"AWSCognitoIdentityProviderService.ListUserPools".to_vec()),
        ];
        let canonical = canonical::Canonical {
            method: "POST",
            path: "/",
            query: "",
            headers: &headers,
            payload_hash: &canonical::sha256_hex(request.body.as_bytes()),
        };
        let scope = Scope { timestamp: "20150830T123600Z", region: "us-east-1", service: "cognito-idp" };
        let signature = scope.signature(SECRET, &scope.string_to_sign(&canonical.to_bytes()));
        let names = canonical.signed_headers();
        request = request.set(
            "authorization",
            &format!(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{}, SignedHeaders={names}, Signature={signature}",
                scope.credential_scope()
            ),
        );
        assert_eq!(verify(&request), Ok(()), "{date}");
        assert!(verify(&request.clone().set("date", "Sun, 30 Aug 2015 12:36:01 GMT")).is_err());
        // X-Amz-Date goes before Date, and then has to be signed.
        assert!(verify(&request.set("x-amz-date", "20150830T123600Z")).is_err());
    }
}

#[test]
fn http2_has_an_authority_and_no_host() {
    let request = valid().without("host");
    let verify_at = |target: &str| {
        let headers = request.header_map();
        let claim = SignatureClaim::parse(&headers, &Uri::try_from(target).unwrap()).unwrap();
        let body = request.body.as_bytes();
        let arrived = SignedRequest { method: "POST", path: "/", query: "", headers: &headers, body };
        claim.verify(&arrived, SECRET, &POLICY, NOW_MS)
    };
    assert_eq!(verify_at("http://localhost:5190/"), Ok(()));
    assert_eq!(message(verify_at("http://localhost:5191/")), MISMATCH);
    assert_eq!(message(verify_at("/")), MISMATCH);
}

/// What no secret can save is refused before the secret is needed, as a caller may rely on to spare the look-up.
#[test]
fn checks_need_no_secret() {
    let request = valid();
    let claim = request.parse().unwrap();
    assert_eq!(claim.check(&request.header_map(), &POLICY, NOW_MS), Ok(()));
    assert!(claim.check(&request.header_map(), &POLICY, NOW_MS + 600_000).is_err());
    assert!(claim.check(&request.set("x-amz-more", "1").header_map(), &POLICY, NOW_MS).is_err());
}

#[test]
fn codes_and_statuses_per_protocol() {
    for (error, json, query, status) in [
        (SigV4Error::NotSigV4, "MissingAuthenticationTokenException", "MissingAuthenticationToken", 403),
        (SigV4Error::Incomplete(String::new()), "IncompleteSignatureException", "IncompleteSignature", 400),
        (SigV4Error::mismatch(), "InvalidSignatureException", "SignatureDoesNotMatch", 403),
        (SigV4Error::UnknownAccessKey, "UnrecognizedClientException", "InvalidClientTokenId", 403),
        (SigV4Error::ExpiredToken, "ExpiredTokenException", "ExpiredToken", 403),
    ] {
        assert_eq!((error.name(Protocol::Json), error.status(Protocol::Json)), (json, 400));
        assert_eq!((error.name(Protocol::Query), error.status(Protocol::Query)), (query, status));
    }
    assert_eq!(SigV4Error::NotSigV4.message(Protocol::Query), "Request is missing Authentication Token");
}

/// Whatever a request puts in, a message stays short and fit for a header.
#[test]
fn messages_quote_nothing_dangerous() {
    let nasty = "x\u{7f}é\u{202e}".repeat(200);
    let query = format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a%2Fb%2Fc%2Fd%2Fe&X-Amz-Signature=a&X-Amz-SignedHeaders=host&X-Amz-Date={}",
        percent_encoding::utf8_percent_encode(&nasty, percent_encoding::NON_ALPHANUMERIC)
    );
    let text = message(verify(&Request { query, ..list_user_pools() }));
    assert!(text.len() < 400 && text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()), "{text}");
}
