//! libFuzzer on `stepwell_fuzz::operation`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Err(finding) = stepwell_fuzz::operation(data) {
        panic!("{finding}");
    }
});
