//! A rule in Sigma: compiled, and asked about a fixed batch.
#![no_main]

use std::sync::LazyLock;

use daemoneye_fuzz::judging::judge;
use daemoneye_sdk::language::Schema;
use daemoneye_sigma::compile;
use libfuzzer_sys::fuzz_target;

static SCHEMA: LazyLock<Schema> = LazyLock::new(daemoneye_native::schema);

fuzz_target!(|text: &str| {
    match compile(&SCHEMA, Some("linux"), text) {
        Ok(compiled) => judge(&compiled),
        Err(refused) => assert!(!refused.is_empty(), "refused without a reason"),
    }
});
