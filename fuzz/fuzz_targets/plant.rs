//! Hands libfuzzer's bytes to the body of the target `plant`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| greenwave_fuzz::plant(data));
