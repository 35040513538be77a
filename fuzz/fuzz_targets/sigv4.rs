//! libFuzzer on `stepwell_fuzz::sigv4`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Err(finding) = stepwell_fuzz::sigv4(data) {
        panic!("{finding}");
    }
});
