//! libFuzzer on `stepwell_fuzz::device_block`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Err(finding) = stepwell_fuzz::device_block(data) {
        panic!("{finding}");
    }
});
