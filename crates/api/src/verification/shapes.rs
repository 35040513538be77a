//! What `VerifyRequest` is asked, and what it answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stepwell_model::OperationInput;
use stepwell_model::validate::{Path, Validate, Violations};

/// A question about a request that arrived at another service.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VerifyRequestRequest {
    /// The request.
    #[serde(default)]
    pub request: Option<ReceivedRequest>,
    /// The service that it must be signed for, as its credential scope names it: `s3`.
    #[serde(default)]
    pub service: Option<String>,
    /// The region that it must be signed for; without it this deployment's.
    #[serde(default)]
    pub region: Option<String>,
    /// What the request would do: `s3:GetObject`.
    #[serde(default)]
    pub action: Option<String>,
    /// The ARNs of what it would do that to, all of which must be allowed; without any policies see `*`.
    #[serde(default)]
    pub resources: Vec<String>,
    /// Further condition keys: of the service, the resource and the connection. Never of the principal.
    #[serde(default)]
    pub context: Vec<ContextEntry>,
}

/// A request as it arrived.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReceivedRequest {
    /// `GET`.
    #[serde(default)]
    pub method: String,
    /// The path as on the wire, still percent-encoded.
    #[serde(default)]
    pub path: String,
    /// The query string as on the wire, without `?`.
    #[serde(default)]
    pub query: String,
    /// Every header in its order; one that came twice stands here twice.
    #[serde(default)]
    pub headers: Vec<Header>,
    /// The SHA-256 of the body in lower-case hex, computed by whoever received it. For S3 also `UNSIGNED-PAYLOAD` or
    /// `STREAMING-UNSIGNED-PAYLOAD-TRAILER`.
    #[serde(default)]
    pub payload_hash: String,
}

/// A header.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A condition key.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContextEntry {
    /// `s3:prefix`, `aws:SourceIp`.
    pub key: String,
    /// Its value, if it has one value.
    #[serde(default)]
    pub value: Option<String>,
    /// Its values, if it is a key of many.
    #[serde(default)]
    pub values: Option<Vec<String>>,
}

impl Validate for VerifyRequestRequest {
    fn validate(&self, at: &Path<'_>, out: &mut Violations) {
        out.required(at, "action", self.action.is_some());
        out.required(at, "request", self.request.is_some());
        out.required(at, "service", self.service.is_some());
    }
}

impl OperationInput for VerifyRequestRequest {}

/// The verdict.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VerifyRequestResponse {
    /// `Allow` or `Deny`. What could not be authenticated is denied.
    pub decision: Verdict,
    /// Why it is denied, in AWS's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Who signed; absent if nobody can be shown to have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<Signatory>,
    /// The headers that the signature covers, in lower case. What is not among them anybody can have put there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signed_headers: Vec<String>,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// The signature is right and the policies allow it.
    Allow,
    /// Anything else.
    Deny,
}

/// Why not, as an error that the service can pass on.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Reason {
    /// `AccessDeniedException`, `InvalidSignatureException`, `ExpiredTokenException`, ….
    pub code: &'static str,
    /// The text.
    pub message: String,
}

/// Who signed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Signatory {
    /// The user, or the session of a role.
    pub arn: String,
    /// The account.
    pub account: String,
    /// `AIDA…`, or `AROA…:session`.
    pub user_id: String,
    /// The access key.
    pub access_key_id: String,
    /// The role's ARN, if it is a session of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// When the credentials were issued, in seconds since 1970; absent for long-term ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<i64>,
    /// When they end, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
    /// The source identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
    /// The principal's tags, those of the session on top.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// The identity provider that vouched for the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub federated: Option<Provider>,
}

/// An identity provider and what it said.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Provider {
    /// `cognito-identity.amazonaws.com`, or the issuer without its scheme.
    pub name: String,
    /// Its keys: `aud`, `sub`, `amr`.
    pub keys: BTreeMap<String, Vec<String>>,
}
