//! libFuzzer on `stepwell_fuzz::session`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Err(finding) = stepwell_fuzz::session(data) {
        panic!("{finding}");
    }
});
