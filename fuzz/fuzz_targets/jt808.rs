//! Hands libfuzzer's bytes to the body of the target `jt808`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| greenwave_fuzz::jt808(data));
