//! What `wit-bindgen` makes of the worlds in `wit/`. Its documentation is in those files.

/// World `current-rule-plugin`. What it asks for besides `rules`, this crate does for every plugin.
#[allow(missing_docs, reason = "generated from WIT, where documentation is not compulsory")]
pub mod rule_plugin {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "current-rule-plugin",
        pub_export_macro: true,
        export_macro_name: "export_rules",
        additional_derives: [PartialEq],
        default_bindings_module: "daemoneye_sdk::bindings::rule_plugin",
        runtime_path: "daemoneye_sdk::bindings::runtime",
    });
}

/// World `memory-plugin`.
#[allow(missing_docs, reason = "generated from WIT, where documentation is not compulsory")]
pub mod memory_plugin {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "memory-plugin",
        pub_export_macro: true,
        export_macro_name: "export_memory",
        additional_derives: [PartialEq, Eq],
        default_bindings_module: "daemoneye_sdk::bindings::memory_plugin",
        runtime_path: "daemoneye_sdk::bindings::runtime",
    });
}

/// World `constant-plugin`.
#[allow(missing_docs, reason = "generated from WIT, where documentation is not compulsory")]
pub mod constant_plugin {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "constant-plugin",
        pub_export_macro: true,
        export_macro_name: "export_constant",
        default_bindings_module: "daemoneye_sdk::bindings::constant_plugin",
        runtime_path: "daemoneye_sdk::bindings::runtime",
    });
}

/// World `rule-capabilities`: with `rule-plugin` it makes the world `capable-rule-plugin`.
#[allow(missing_docs, reason = "generated from WIT, where documentation is not compulsory")]
pub mod rule_capabilities {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "rule-capabilities",
        additional_derives: [PartialEq],
        default_bindings_module: "daemoneye_sdk::bindings::rule_capabilities",
        runtime_path: "daemoneye_sdk::bindings::runtime",
    });
}

/// World `language-plugin`.
#[allow(missing_docs, reason = "generated from WIT, where documentation is not compulsory")]
pub mod language_plugin {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "language-plugin",
        pub_export_macro: true,
        export_macro_name: "export_language",
        additional_derives: [PartialEq, Eq, PartialOrd, Ord],
        default_bindings_module: "daemoneye_sdk::bindings::language_plugin",
        runtime_path: "daemoneye_sdk::bindings::runtime",
    });
}

/// World `sink-plugin`.
#[allow(missing_docs, reason = "generated from WIT, where documentation is not compulsory")]
pub mod sink_plugin {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "sink-plugin",
        pub_export_macro: true,
        export_macro_name: "export_sink",
        additional_derives: [PartialEq],
        default_bindings_module: "daemoneye_sdk::bindings::sink_plugin",
        runtime_path: "daemoneye_sdk::bindings::runtime",
    });
}

/// What generated code calls.
#[doc(hidden)]
pub use wit_bindgen::rt as runtime;
