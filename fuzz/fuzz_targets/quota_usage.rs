#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| chutes_top_fuzz::quota_usage(data));
