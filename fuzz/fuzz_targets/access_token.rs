//! libFuzzer on `stepwell_fuzz::access_token`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Err(finding) = stepwell_fuzz::access_token(data) {
        panic!("{finding}");
    }
});
