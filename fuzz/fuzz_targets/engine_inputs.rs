//! Hands libfuzzer's bytes to the body of the target `engine_inputs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| greenwave_fuzz::engine_inputs(data));
