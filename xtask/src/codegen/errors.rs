//! The errors of all services and those that AWS puts in front of every service.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::GENERATED;
use super::service::ServiceModel;

/// An error common to AWS's services: its name and status in JSON, and in the query protocol.
struct Common {
    json: (&'static str, u16),
    query: (&'static str, u16),
}

const fn common(json: (&'static str, u16), query: (&'static str, u16)) -> Common {
    Common { json, query }
}

/// Status 400 for what the signature check refuses, as JSON services answer; `UnknownOperationException` is 400 because
/// SDKs retry nothing below 500. The query forms are those of "Common Error Types" in the STS and IAM API references.
const COMMON: &[Common] = &[
    common(("AccessDeniedException", 400), ("AccessDenied", 403)),
    common(("IncompleteSignatureException", 400), ("IncompleteSignature", 400)),
    common(("InternalFailure", 500), ("InternalFailure", 500)),
    common(("InvalidSignatureException", 400), ("SignatureDoesNotMatch", 403)),
    common(("MalformedHttpRequestException", 400), ("MalformedHttpRequestException", 400)),
    common(("MissingAuthenticationTokenException", 400), ("MissingAuthenticationToken", 403)),
    common(("RequestEntityTooLargeException", 413), ("RequestEntityTooLarge", 413)),
    common(("RequestExpired", 400), ("RequestExpired", 400)),
    common(("RequestTimeoutException", 408), ("RequestTimeout", 408)),
    common(("SerializationException", 400), ("MalformedInput", 400)),
    common(("ServiceUnavailable", 503), ("ServiceUnavailable", 503)),
    common(("ThrottlingException", 400), ("Throttling", 400)),
    common(("UnknownOperationException", 400), ("InvalidAction", 400)),
    common(("UnrecognizedClientException", 400), ("InvalidClientTokenId", 403)),
    common(("ValidationException", 400), ("ValidationError", 400)),
];

/// Credentials that are over: as a refused signature, which in the query protocol is not STS's error of the same name.
const EXPIRED_CREDENTIALS: (&str, Common) =
    ("ExpiredCredentials", common(("ExpiredTokenException", 400), ("ExpiredToken", 403)));

/// Errors of JSON services that the domain also answers where the protocol is query.
const ALSO_QUERY: &[(&str, (&str, u16))] =
    &[("InternalError", ("InternalFailure", 500)), ("InvalidParameter", ("ValidationError", 400))];

/// An error as it is written.
#[derive(Clone)]
struct Entry {
    json: (String, u16),
    query: (String, u16),
    common: bool,
}

/// The variant of an error's wire name.
pub(super) fn variant(wire: &str) -> String {
    wire.strip_suffix("Exception").unwrap_or(wire).to_owned()
}

fn collect(models: &[&ServiceModel]) -> BTreeMap<String, Entry> {
    let mut all: BTreeMap<String, Entry> = BTreeMap::new();
    for model in models {
        let is_query = model.metadata.protocol == "query";
        for (name, shape) in model.shapes.iter().filter(|(_, shape)| shape.exception) {
            let status = if shape.fault { 500 } else { 400 };
            let modelled = shape.error.as_ref();
            let form = if is_query {
                let code = modelled.and_then(|error| error.code.clone()).unwrap_or_else(|| name.clone());
                (code, modelled.and_then(|error| error.status).unwrap_or(status))
            } else {
                (name.clone(), status)
            };
            // An error of both kinds of service keeps the form of each.
            let entry = all.entry(variant(name)).or_insert_with(|| Entry {
                json: form.clone(),
                query: form.clone(),
                common: false,
            });
            if is_query {
                entry.query = form;
            }
        }
    }
    let expired = (EXPIRED_CREDENTIALS.0.to_owned(), &EXPIRED_CREDENTIALS.1);
    for (name, common) in COMMON.iter().map(|common| (variant(common.json.0), common)).chain([expired]) {
        let owned = |(name, status): (&str, u16)| (name.to_owned(), status);
        all.insert(name, Entry { json: owned(common.json), query: owned(common.query), common: true });
    }
    for (name, (code, status)) in ALSO_QUERY {
        if let Some(entry) = all.get_mut(*name) {
            entry.query = ((*code).to_owned(), *status);
        }
    }
    all
}

/// The file `error_code.rs`.
pub(super) fn emit(models: &[&ServiceModel]) -> String {
    let all = collect(models);
    let mut out = format!("//! The codes of every error that any service can answer.\n{GENERATED}\n");
    out += "/// An error's code; name and HTTP status follow from it and from the protocol.\n";
    out += "#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]\npub enum ErrorCode {\n";
    for (variant, Entry { json: (name, status), query, .. }) in &all {
        let query = if *name == query.0 && *status == query.1 {
            String::new()
        } else {
            format!("; in the query protocol `{}`, {}", query.0, query.1)
        };
        let _ = writeln!(out, "/// `{name}`, {status}{query}.\n{variant},");
    }
    out += "}\n\nimpl ErrorCode {\n/// Every code.\npub const ALL: &'static [Self] = &[\n";
    for variant in all.keys() {
        let _ = writeln!(out, "Self::{variant},");
    }
    out += "];\n\n/// The name on the wire, `NotAuthorizedException`.\npub const fn name(self) -> &'static str {\nmatch self {\n";
    for (variant, entry) in &all {
        let _ = writeln!(out, "Self::{variant} => \"{}\",", entry.json.0);
    }
    out += "}\n}\n\n/// The name on the wire of the query protocol, `NoSuchEntity`.\n\
            pub const fn query_name(self) -> &'static str {\nmatch self {\n";
    for (variant, entry) in all.iter().filter(|(_, entry)| entry.query.0 != entry.json.0) {
        let _ = writeln!(out, "Self::{variant} => \"{}\",", entry.query.0);
    }
    out += "_ => self.name(),\n}\n}\n\n/// The HTTP status.\npub const fn http_status(self) -> u16 {\nmatch self {\n";
    out += &by_status(&all, |entry| entry.json.1);
    out +=
        "}\n}\n\n/// The HTTP status in the query protocol.\npub const fn query_status(self) -> u16 {\nmatch self {\n";
    out += &by_status(&all, |entry| entry.query.1);
    let common: Vec<&str> = all.iter().filter(|(_, entry)| entry.common).map(|(name, _)| name.as_str()).collect();
    out += "}\n}\n\n/// Whether AWS may answer it to any operation, listed by the model or not.\n";
    let _ = writeln!(
        out,
        "pub const fn is_common(self) -> bool {{\nmatches!(self, Self::{})\n}}\n}}",
        common.join(" | Self::")
    );
    out + "\nimpl std::fmt::Display for ErrorCode {\nfn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {\n\
           f.write_str(self.name())\n}\n}\n"
}

/// The arms of a match from variants to their status.
fn by_status(all: &BTreeMap<String, Entry>, status: impl Fn(&Entry) -> u16) -> String {
    let mut groups: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for (variant, entry) in all {
        groups.entry(status(entry)).or_default().push(variant);
    }
    let mut out = String::new();
    for (status, variants) in groups.iter().filter(|(status, _)| **status != 400) {
        let _ = writeln!(out, "Self::{} => {status},", variants.join(" | Self::"));
    }
    out + "_ => 400,\n"
}
