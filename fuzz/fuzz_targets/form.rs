//! libFuzzer on `stepwell_fuzz::form`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Err(finding) = stepwell_fuzz::form(data) {
        panic!("{finding}");
    }
});
