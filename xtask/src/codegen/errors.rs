//! The errors of both services and those that AWS puts in front of every service.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::GENERATED;
use super::service::ServiceModel;

/// Errors common to AWS's JSON services: wire name and HTTP status. Status 400 for what the signature check refuses, as
/// JSON services answer; `UnknownOperationException` is 400 because SDKs retry nothing below 500.
const COMMON: &[(&str, u16)] = &[
    ("AccessDeniedException", 400),
    ("ExpiredTokenException", 400),
    ("IncompleteSignatureException", 400),
    ("InternalFailure", 500),
    ("InvalidSignatureException", 400),
    ("MalformedHttpRequestException", 400),
    ("MissingAuthenticationTokenException", 400),
    ("RequestEntityTooLargeException", 413),
    ("RequestExpired", 400),
    ("RequestTimeoutException", 408),
    ("SerializationException", 400),
    ("ServiceUnavailable", 503),
    ("ThrottlingException", 400),
    ("UnknownOperationException", 400),
    ("UnrecognizedClientException", 400),
    ("ValidationException", 400),
];

/// The variant of an error's wire name.
pub(super) fn variant(wire: &str) -> String {
    wire.strip_suffix("Exception").unwrap_or(wire).to_owned()
}

/// The file `error_code.rs`.
pub(super) fn emit(models: &[&ServiceModel]) -> String {
    let mut all: BTreeMap<String, (String, u16, bool)> = BTreeMap::new();
    for model in models {
        for (name, shape) in model.shapes.iter().filter(|(_, shape)| shape.exception) {
            let status = if shape.fault { 500 } else { 400 };
            all.insert(variant(name), (name.clone(), status, false));
        }
    }
    for (name, status) in COMMON {
        all.insert(variant(name), ((*name).to_owned(), *status, true));
    }

    let mut out = format!("//! The codes of every error that either service can answer.\n{GENERATED}\n");
    out += "/// An error's code; the HTTP status follows from it.\n";
    out += "#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]\npub enum ErrorCode {\n";
    for (variant, (wire, status, _)) in &all {
        let _ = writeln!(out, "/// `{wire}`, {status}.\n{variant},");
    }
    out += "}\n\nimpl ErrorCode {\n/// Every code.\npub const ALL: &'static [Self] = &[\n";
    for variant in all.keys() {
        let _ = writeln!(out, "Self::{variant},");
    }
    out += "];\n\n/// The name on the wire, `NotAuthorizedException`.\npub const fn name(self) -> &'static str {\nmatch self {\n";
    for (variant, (wire, _, _)) in &all {
        let _ = writeln!(out, "Self::{variant} => \"{wire}\",");
    }
    out += "}\n}\n\n/// The HTTP status.\npub const fn http_status(self) -> u16 {\nmatch self {\n";
    let mut by_status: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for (variant, (_, status, _)) in &all {
        by_status.entry(*status).or_default().push(variant);
    }
    for (status, variants) in by_status.iter().filter(|(status, _)| **status != 400) {
        let _ = writeln!(out, "Self::{} => {status},", variants.join(" | Self::"));
    }
    let common: Vec<&str> = all.iter().filter(|(_, error)| error.2).map(|(name, _)| name.as_str()).collect();
    out += "_ => 400,\n}\n}\n\n/// Whether AWS may answer it to any operation, listed by the model or not.\n";
    let _ = writeln!(
        out,
        "pub const fn is_common(self) -> bool {{\nmatches!(self, Self::{})\n}}\n}}",
        common.join(" | Self::")
    );
    out + "\nimpl std::fmt::Display for ErrorCode {\nfn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {\n\
           f.write_str(self.name())\n}\n}\n"
}
