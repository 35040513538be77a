//! Reading who claims to have signed a request, from the Authorization header or from a presigned query string.

use std::fmt;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Uri};

use super::error::{SigV4Error, quotable};
use super::{ALGORITHM, canonical, header, parameter, timestamp};

/// The longest Authorization header read, in bytes: 100 signed headers fit several times over.
const LONGEST_AUTHORIZATION: usize = 8 * 1024;
/// The longest path and query of a signed request, in bytes: a presigned session token fits.
const LONGEST_TARGET: usize = 16 * 1024;
/// The most headers that may be signed.
const MOST_SIGNED_HEADERS: usize = 100;
/// The longest access key id, in bytes (AWS IAM API, `accessKeyIdType`).
const LONGEST_ACCESS_KEY_ID: usize = 128;
/// The longest session token, in bytes: one whole header of the largest size that HTTP servers commonly take.
const LONGEST_SESSION_TOKEN: usize = 16 * 1024;
/// The longest lifetime that a presigned request may ask for, in seconds: 7 days (S3 API reference, "Authenticating Requests:
/// Using Query Parameters").
pub(super) const LONGEST_EXPIRY: u32 = 7 * 24 * 60 * 60;
/// AWS's words for a signature that is malformed in no way it has a text of its own for.
const NONCONFORMING: &str = "The request signature does not conform to AWS standards.";

/// What a request says about its signature. Nothing in it is true until [`verify`](Self::verify) has said so.
#[derive(Clone)]
pub struct SignatureClaim {
    pub(super) access_key_id: String,
    pub(super) session_token: Option<String>,
    /// The five elements of the credential after the key id, as sent.
    pub(super) scope_date: String,
    pub(super) scope_region: String,
    pub(super) scope_service: String,
    pub(super) scope_terminator: String,
    /// Lower case, sorted, without repetition.
    pub(super) signed_headers: Vec<String>,
    pub(super) signature: String,
    /// `YYYYMMDDTHHMMSSZ`.
    pub(super) timestamp: String,
    /// The same in Unix seconds.
    pub(super) signed_at: i64,
    pub(super) form: Form,
    /// The host of the request target, for HTTP/2, where `:authority` takes the place of Host.
    pub(super) authority: Option<String>,
}

/// Where the signature stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// In the Authorization header.
    Header,
    /// In the query string, valid for this many seconds if it says so.
    Presigned { expires: Option<u32> },
}

impl fmt::Debug for SignatureClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignatureClaim")
            .field("access_key_id", &self.access_key_id)
            .field("timestamp", &self.timestamp)
            .field("region", &self.scope_region)
            .field("service", &self.scope_service)
            .field("signed_headers", &self.signed_headers)
            .field("form", &self.form)
            .finish_non_exhaustive()
    }
}

impl SignatureClaim {
    /// Reads the claim of a request, or says [`SigV4Error::NotSigV4`] if it makes none.
    pub fn parse(headers: &HeaderMap, uri: &Uri) -> Result<Self, SigV4Error> {
        let authorization = headers.get(header::AUTHORIZATION);
        let query = uri.query().unwrap_or_default();
        // A cheap look first: most requests have no such parameter, and only signed ones are worth decoding.
        let presigned = query.len() <= LONGEST_TARGET
            && canonical::query_pairs(query).any(|(key, _)| key == parameter::ALGORITHM.as_bytes());
        let mut claim = match (authorization, presigned) {
            (None, false) => return Err(SigV4Error::NotSigV4),
            (Some(_), true) => {
                return Err(SigV4Error::Invalid(
                    "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.".into(),
                ));
            }
            (Some(value), false) => {
                if !value.as_bytes().trim_ascii_start().starts_with(b"AWS4-") {
                    return Err(SigV4Error::NotSigV4);
                }
                Self::from_header(headers)?
            }
            (None, true) => Self::from_query(headers, query)?,
        };
        if uri.path().len() + query.len() > LONGEST_TARGET {
            return Err(nonconforming());
        }
        claim.authority = uri.authority().map(|authority| authority.as_str().to_owned());
        Ok(claim)
    }

    /// The access key id, as sent.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The session token, as sent, if the request has one.
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    /// The region in the credential scope.
    pub fn region(&self) -> &str {
        &self.scope_region
    }

    /// The signing name in the credential scope.
    pub fn service(&self) -> &str {
        &self.scope_service
    }

    /// Whether the signature stands in the query string.
    pub fn is_presigned(&self) -> bool {
        matches!(self.form, Form::Presigned { .. })
    }

    fn from_header(headers: &HeaderMap) -> Result<Self, SigV4Error> {
        let authorization = single(headers, header::AUTHORIZATION)?.unwrap_or_default();
        if authorization.len() > LONGEST_AUTHORIZATION {
            return Err(nonconforming());
        }
        let (algorithm, rest) = authorization.split_once([' ', '\t']).unwrap_or((authorization, ""));
        if algorithm != ALGORITHM {
            return Err(unsupported_algorithm(algorithm));
        }
        let parameters = AuthorizationParameters::read(rest, authorization)?;

        let amz_date = single(headers, header::X_AMZ_DATE)?;
        let date = match amz_date {
            Some(date) => Some(date),
            None => single(headers, header::DATE)?,
        };
        let mut missing = String::new();
        for (name, value) in [
            ("Credential", parameters.credential.filter(|v| !v.is_empty())),
            ("Signature", parameters.signature.filter(|v| !v.is_empty())),
            ("SignedHeaders", parameters.signed_headers),
        ] {
            if value.is_none() {
                missing.push_str("Authorization header requires '");
                missing.push_str(name);
                missing.push_str("' parameter. ");
            }
        }
        if date.is_none() {
            missing.push_str("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
        }
        if !missing.is_empty() {
            let hash = hashed(authorization);
            return Err(SigV4Error::Incomplete(format!(
                "{missing}(Hashed with SHA-256 and encoded with Base64) Authorization={hash}"
            )));
        }

        let date = date.unwrap_or_default();
        let signed_at =
            if amz_date.is_some() { timestamp::parse_basic(date) } else { timestamp::parse_date_header(date) };
        let token = single(headers, header::SECURITY_TOKEN)?.map(str::to_owned);
        Self::assemble(
            parameters.credential.unwrap_or_default(),
            parameters.signature.unwrap_or_default(),
            parameters.signed_headers.unwrap_or_default(),
            (date, signed_at),
            token,
            Form::Header,
        )
    }

    fn from_query(headers: &HeaderMap, query: &str) -> Result<Self, SigV4Error> {
        let parameters = QueryParameters::read(query)?;
        if parameters.algorithm.as_deref() != Some(ALGORITHM) {
            return Err(SigV4Error::NotSigV4);
        }
        let mut missing = String::new();
        for (name, value) in [
            (parameter::CREDENTIAL, &parameters.credential),
            (parameter::SIGNATURE, &parameters.signature),
            (parameter::SIGNED_HEADERS, &parameters.signed_headers),
            (parameter::DATE, &parameters.date),
        ] {
            if value.as_deref().is_none_or(str::is_empty) {
                missing.push_str("AWS query-string parameters must include '");
                missing.push_str(name);
                missing.push_str("'. ");
            }
        }
        if !missing.is_empty() {
            return Err(SigV4Error::Incomplete(missing + "Re-examine the query-string parameters."));
        }

        let expires = match parameters.expires.as_deref() {
            None => None,
            Some(text) => Some(expiry(text)?),
        };
        let token = match (parameters.token, single(headers, header::SECURITY_TOKEN)?) {
            // Which of the two would be meant?
            (Some(_), Some(_)) => return Err(nonconforming()),
            (Some(token), None) => Some(token),
            (None, token) => token.map(str::to_owned),
        };
        let date = parameters.date.unwrap_or_default();
        Self::assemble(
            &parameters.credential.unwrap_or_default(),
            &parameters.signature.unwrap_or_default(),
            &parameters.signed_headers.unwrap_or_default(),
            (&date, timestamp::parse_basic(&date)),
            token,
            Form::Presigned { expires },
        )
    }

    fn assemble(
        credential: &str,
        signature: &str,
        signed_headers: &str,
        (date, signed_at): (&str, Option<i64>),
        session_token: Option<String>,
        form: Form,
    ) -> Result<Self, SigV4Error> {
        let Some(signed_at) = signed_at else {
            let date = quotable(date);
            return Err(SigV4Error::Incomplete(format!(
                "Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601"
            )));
        };
        let elements: Vec<&str> = credential.split('/').collect();
        let &[access_key_id, scope_date, scope_region, scope_service, scope_terminator] = elements.as_slice() else {
            // AWS used to quote the credential here; users swap key id and secret, so hash it as AWS now does elsewhere.
            let hash = hashed(credential);
            return Err(SigV4Error::Incomplete(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, \
                 got (hashed with SHA-256 and encoded with Base64): '{hash}'"
            )));
        };
        let token_fits =
            session_token.as_ref().is_none_or(|token| !token.is_empty() && token.len() <= LONGEST_SESSION_TOKEN);
        let key_fits = (1..=LONGEST_ACCESS_KEY_ID).contains(&access_key_id.len())
            && access_key_id.bytes().all(|b| b.is_ascii_graphic());
        if !token_fits || !key_fits {
            return Err(SigV4Error::UnknownAccessKey);
        }
        Ok(Self {
            access_key_id: access_key_id.to_owned(),
            session_token,
            scope_date: scope_date.to_owned(),
            scope_region: scope_region.to_owned(),
            scope_service: scope_service.to_owned(),
            scope_terminator: scope_terminator.to_owned(),
            signed_headers: header_names(signed_headers)?,
            signature: signature.to_owned(),
            timestamp: timestamp::format_basic(signed_at),
            signed_at,
            form,
            authority: None,
        })
    }
}

/// What stands after the algorithm in an Authorization header.
#[derive(Default)]
struct AuthorizationParameters<'a> {
    credential: Option<&'a str>,
    signature: Option<&'a str>,
    signed_headers: Option<&'a str>,
}

impl<'a> AuthorizationParameters<'a> {
    /// Parameters are separated by commas, spaces, or both, as AWS reads them; unknown ones are ignored.
    fn read(rest: &'a str, authorization: &str) -> Result<Self, SigV4Error> {
        let mut found = Self::default();
        for part in rest.split([',', ' ', '\t']).filter(|part| !part.is_empty()) {
            let Some((name, value)) = part.split_once('=') else {
                let hash = hashed(authorization);
                return Err(SigV4Error::Incomplete(format!(
                    "Invalid key=value pair (missing equal-sign) in Authorization header \
                     (hashed with SHA-256 and encoded with Base64): '{hash}'."
                )));
            };
            let place = match name {
                "Credential" => &mut found.credential,
                "Signature" => &mut found.signature,
                "SignedHeaders" => &mut found.signed_headers,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(nonconforming());
            }
        }
        Ok(found)
    }
}

/// The parameters of a presigned query string, decoded.
#[derive(Default)]
struct QueryParameters {
    algorithm: Option<String>,
    credential: Option<String>,
    date: Option<String>,
    expires: Option<String>,
    token: Option<String>,
    signature: Option<String>,
    signed_headers: Option<String>,
}

impl QueryParameters {
    fn read(query: &str) -> Result<Self, SigV4Error> {
        let mut found = Self::default();
        for (key, value) in canonical::query_pairs(query) {
            let place = match std::str::from_utf8(&key) {
                Ok(parameter::ALGORITHM) => &mut found.algorithm,
                Ok(parameter::CREDENTIAL) => &mut found.credential,
                Ok(parameter::DATE) => &mut found.date,
                Ok(parameter::EXPIRES) => &mut found.expires,
                Ok(parameter::SECURITY_TOKEN) => &mut found.token,
                Ok(parameter::SIGNATURE) => &mut found.signature,
                Ok(parameter::SIGNED_HEADERS) => &mut found.signed_headers,
                _ => continue,
            };
            let value = String::from_utf8(value).map_err(|_| nonconforming())?;
            if place.replace(value).is_some() {
                return Err(nonconforming());
            }
        }
        Ok(found)
    }
}

/// The one value of a header, trimmed. Two of them, or bytes that are not printable ASCII, are refused: whoever reads the
/// header later might take the other one.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, SigV4Error> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(nonconforming());
    }
    first.map(|value| value.to_str().map(str::trim).map_err(|_| nonconforming())).transpose()
}

/// The signed headers' names in canonical form: lower case, sorted. Repetition is refused.
fn header_names(list: &str) -> Result<Vec<String>, SigV4Error> {
    let mut names: Vec<String> =
        list.split(';').map(str::trim).filter(|name| !name.is_empty()).map(str::to_ascii_lowercase).collect();
    names.sort_unstable();
    let sent = names.len();
    names.dedup();
    if sent > MOST_SIGNED_HEADERS || names.len() != sent {
        return Err(nonconforming());
    }
    Ok(names)
}

/// X-Amz-Expires: 1 second to 7 days.
fn expiry(text: &str) -> Result<u32, SigV4Error> {
    let digits = (1..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse::<u32>() {
        Ok(seconds @ 1..=LONGEST_EXPIRY) if digits => Ok(seconds),
        // The texts of S3, the one service that documents them ("Error responses", AuthorizationQueryParametersError).
        Ok(0) => Err(SigV4Error::Incomplete("X-Amz-Expires must be a positive number of seconds".to_owned())),
        Ok(_) if text.bytes().all(|b| b.is_ascii_digit()) => Err(SigV4Error::Incomplete(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"
                .to_owned(),
        )),
        _ => Err(SigV4Error::Incomplete("X-Amz-Expires should be a number".to_owned())),
    }
}

pub(super) fn nonconforming() -> SigV4Error {
    SigV4Error::Incomplete(NONCONFORMING.to_owned())
}

fn unsupported_algorithm(algorithm: &str) -> SigV4Error {
    let algorithm = quotable(algorithm);
    SigV4Error::Incomplete(format!("Unsupported AWS 'algorithm': '{algorithm}' (only {ALGORITHM} for now). "))
}

/// How AWS names a credential in a message without giving it away.
fn hashed(text: &str) -> String {
    STANDARD.encode(digest::digest(&digest::SHA256, text.as_bytes()))
}
