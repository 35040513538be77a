//! libFuzzer on `stepwell_fuzz::session_token`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Err(finding) = stepwell_fuzz::session_token(data) {
        panic!("{finding}");
    }
});
