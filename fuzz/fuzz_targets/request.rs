//! libFuzzer on `stepwell_fuzz::request`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Err(finding) = stepwell_fuzz::request(data) {
        panic!("{finding}");
    }
});
