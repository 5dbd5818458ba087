//! Hands libfuzzer's bytes to the body of the target `serial`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| greenwave_fuzz::serial(data));
