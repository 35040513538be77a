//! libFuzzer on `stepwell_fuzz::secret_block`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Err(finding) = stepwell_fuzz::secret_block(data) {
        panic!("{finding}");
    }
});
