//! AWS Signature Version 4: verifying what clients sent, signing what the server sends. Pure functions, no I/O.
//!
//! Sources: the AWS IAM User Guide, "Create a signed AWS API request" and "Troubleshoot Signature Version 4"; AWS's
//! published signing test suite; what botocore, the JavaScript SDKs and curl really send (`testdata/`).
//!
//! A signed request is taken in three steps, so that the caller can look the secret up in between:
//!
//! 1. [`SignatureClaim::parse`] reads who claims to have signed; [`SigV4Error::NotSigV4`] when nobody does.
//! 2. [`SignatureClaim::check`] refuses what no secret could save (clock, scope, unsigned headers), as AWS does before it
//!    looks at the access key. Calling it before the look-up is optional: step 3 includes it.
//! 3. [`SignatureClaim::verify`] compares the signature. Only after this is anything in the claim true. Whether the session
//!    token belongs to the access key remains the caller's to check.
//!
//! [`SignatureClaim::verify_relayed`] is the third step for a request that arrived at another service, which tells it: there
//! the path rules of S3 and payloads that are not hashed are known as well.
//!
//! Deliberately not supported: version 4A, chunks signed one by one (S3's `STREAMING-AWS4-…`), session tokens added to a
//! query string after signing (one service for devices only).

mod canonical;
mod claim;
mod error;
mod fuzz;
mod sign;
mod timestamp;
mod verify;

#[cfg(test)]
mod tests;

pub use claim::SignatureClaim;
pub use error::{Protocol, SigV4Error};
pub use fuzz::fuzz_entry;
pub use sign::{Credentials, SignableRequest, sign};
pub use verify::{PathRule, Policy, PresignedLifetime, RegionPolicy, RelayedRequest, SignedRequest};

/// The one algorithm understood.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// The last element of every credential scope.
const TERMINATOR: &str = "aws4_request";

/// Header names, lower case as `http` keeps them.
mod header {
    pub(super) const AUTHORIZATION: &str = "authorization";
    pub(super) const CONTENT_SHA256: &str = "x-amz-content-sha256";
    pub(super) const DATE: &str = "date";
    pub(super) const HOST: &str = "host";
    pub(super) const SECURITY_TOKEN: &str = "x-amz-security-token";
    pub(super) const X_AMZ_DATE: &str = "x-amz-date";
}

/// Query parameters of the presigned form, case-sensitive.
mod parameter {
    pub(super) const ALGORITHM: &str = "X-Amz-Algorithm";
    pub(super) const CREDENTIAL: &str = "X-Amz-Credential";
    pub(super) const DATE: &str = "X-Amz-Date";
    pub(super) const EXPIRES: &str = "X-Amz-Expires";
    pub(super) const SECURITY_TOKEN: &str = "X-Amz-Security-Token";
    pub(super) const SIGNATURE: &str = "X-Amz-Signature";
    pub(super) const SIGNED_HEADERS: &str = "X-Amz-SignedHeaders";
    /// What some SDKs move here from the headers.
    pub(super) const CONTENT_SHA256: &str = "X-Amz-Content-Sha256";
    const USER_AGENT: &str = "X-Amz-User-Agent";

    /// All that a presigned request to our own operations may have.
    pub(super) const KNOWN: &[&str] =
        &[ALGORITHM, CONTENT_SHA256, CREDENTIAL, DATE, EXPIRES, SECURITY_TOKEN, SIGNATURE, SIGNED_HEADERS, USER_AGENT];
}
