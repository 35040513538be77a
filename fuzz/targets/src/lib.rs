//! What is fuzzed: functions from bytes to a finding or none, shared by `cargo xtask fuzz` (an in-process loop on the stable
//! toolchain) and cargo-fuzz (libFuzzer, in the folder above).
//!
//! A target fails by returning a [`Finding`] or by panicking.

mod fixture;
mod form;
pub mod mutate;
mod openers;
mod operation;
mod request;

pub use form::form;
pub use openers::{access_token, device_block, refresh_token, secret_block, session, session_token};
pub use operation::operation;
pub use request::request;

/// What is wrong, for a person to read.
pub type Finding = String;

/// One thing to fuzz.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, as cargo-fuzz knows it.
    pub name: &'static str,
    /// Tries one input.
    pub run: fn(&[u8]) -> Result<(), Finding>,
    /// Inputs to begin with.
    pub seeds: fn() -> Result<Vec<Vec<u8>>, Finding>,
}

/// All of them.
pub const TARGETS: [Target; 10] = [
    Target { name: "request", run: request, seeds: || Ok(request::seeds()) },
    Target { name: "form", run: form, seeds: || Ok(form::seeds()) },
    Target { name: "operation", run: operation, seeds: operation::seeds },
    Target { name: "sigv4", run: sigv4, seeds: || Ok(sigv4_seeds()) },
    Target { name: "access_token", run: access_token, seeds: openers::seeds },
    Target { name: "session", run: session, seeds: openers::seeds },
    Target { name: "secret_block", run: secret_block, seeds: openers::seeds },
    Target { name: "device_block", run: device_block, seeds: openers::seeds },
    Target { name: "refresh_token", run: refresh_token, seeds: openers::seeds },
    Target { name: "session_token", run: session_token, seeds: openers::seeds },
];

/// The `SigV4` canonicalizer and parser: no request verifies under a secret that nobody knows.
pub fn sigv4(data: &[u8]) -> Result<(), Finding> {
    if stepwell_api::wire::sigv4::fuzz_entry(data) { Err("a forged signature verified".to_owned()) } else { Ok(()) }
}

fn sigv4_seeds() -> Vec<Vec<u8>> {
    let scope = "20150830/us-east-1/cognito-idp/aws4_request";
    let signature = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
    let header = format!(
        "/a/../b//c%20d?x=1&y=%2F&x=0\nhost:localhost\nx-amz-date:20150830T123600Z\ncontent-type:application/x-amz-json-1.1\n\
         authorization:AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders=content-type;host;x-amz-date, \
         Signature={signature}\n\n{{}}"
    );
    let with_token = header.replace("\n\n", "\nx-amz-security-token:token\nx-amz-content-sha256:UNSIGNED-PAYLOAD\n\n");
    let presigned = format!(
        "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F{}&X-Amz-Date=20150830T123600Z&X-Amz-Expires=60\
         &X-Amz-SignedHeaders=host&X-Amz-Signature={signature}\nhost:localhost\n\n",
        scope.replace('/', "%2F")
    );
    [header, with_token, presigned].map(String::into_bytes).to_vec()
}
