//! What a pack says about its components, and that it is true.

use std::fs;

use daemoneye_pack_format::{ComponentError, Kind, PackError, Signatures, sign};

use crate::fixture::{ABOUT, Fixture, RULES, component, key};

/// A pack with a component, and this much more in its `pack.toml`.
fn with_component(more: &str) -> Fixture {
    let fixture = Fixture::new();
    fixture.write("pack.toml", format!("{ABOUT}{more}"));
    fixture.write("plugins/one.wasm", component(RULES));
    fixture
}

const ASKS: &str = "[[plugins]]\npath = \"plugins/one.wasm\"\nfuel = 900\nmemory = 65536\n\
                    capabilities = [\"directory\"]\n";

#[test]
fn a_component_is_described_by_what_it_is_and_what_it_asks_for() {
    let fixture = with_component(ASKS);
    let (manifest, _) = sign(fixture.path(), &[key()]).unwrap();
    let pack = fixture.trusted().unwrap();
    assert_eq!(pack.plugins, manifest.plugins);
    let plugin = &pack.plugins[0];
    assert_eq!(
        (plugin.path.as_str(), plugin.world.as_str()),
        ("plugins/one.wasm", "rule-plugin@0.1.0")
    );
    assert_eq!((plugin.fuel, plugin.memory), (Some(900), Some(65_536)));
    assert_eq!((plugin.imports.len(), &*plugin.capabilities), (0, &["directory".to_owned()][..]));

    let plugin = with_component("").unsigned().unwrap().plugins.remove(0);
    assert_eq!((plugin.fuel, plugin.memory, plugin.capabilities.len()), (None, None, 0));
}

#[test]
fn a_manifest_that_lies_about_a_component_is_refused_although_it_is_signed() {
    let lies = [
        ("rule-plugin@0.1.0", "sink-plugin@0.1.0"),
        ("\"imports\": []", "\"imports\": [\"wasi:cli/run@0.2.0\"]"),
        ("\"fuel\": 900", "\"fuel\": 901"),
        ("\"fuel\": 900,", ""),
        ("\"memory\": 65536", "\"memory\": 65537"),
        ("\"directory\"", "\"directory\", \"console\""),
        ("plugins/one.wasm\",\n      \"world", "plugins/two.wasm\",\n      \"world"),
    ];
    for (truth, lie) in lies {
        let fixture = with_component(ASKS);
        sign(fixture.path(), &[key()]).unwrap();
        let manifest = fs::read_to_string(fixture.file("manifest.json")).unwrap();
        let forged = manifest.replacen(truth, lie, 1);
        assert_ne!(forged, manifest, "{truth}");
        let signatures = Signatures::make(Kind::Manifest, forged.as_bytes(), &key());
        fixture.write("manifest.json", &forged);
        fixture.write("manifest.sig", signatures.to_string());
        let refused = fixture.trusted();
        assert!(matches!(refused, Err(PackError::Mismatch { key: "plugins", .. })), "{lie}");
    }
}

#[test]
fn everything_among_the_components_is_a_component() {
    for name in ["plugins/README", "plugins/.wasm", "plugins/deeper/one.wasm"] {
        let fixture = with_component("");
        fixture.write(name, component(RULES));
        let refused = fixture.unsigned();
        assert!(matches!(refused, Err(PackError::NoPlugin { file }) if file == fixture.file(name)));
    }
    for bytes in [component("wasi:cli/run@0.2.0"), b"\0asm\x01\0\0\0".to_vec(), Vec::new()] {
        let fixture = with_component("");
        fixture.write("plugins/one.wasm", bytes);
        let refused = fixture.unsigned();
        assert!(matches!(refused, Err(PackError::Component { file, source })
            if file == fixture.file("plugins/one.wasm")
                && matches!(source, ComponentError::World(_) | ComponentError::Module | ComponentError::Parse(_))));
    }
}

#[test]
fn what_is_asked_for_a_component_that_is_not_there_is_refused_by_name() {
    let fixture = Fixture::new();
    fixture.write("pack.toml", format!("{ABOUT}{ASKS}"));
    let missing = fixture.file("plugins/one.wasm");
    assert!(matches!(fixture.unsigned(), Err(PackError::Missing { file }) if file == missing));
    let twice = with_component(&format!("{ASKS}{ASKS}")).unsigned().unwrap_err().to_string();
    assert!(twice.contains("plugin plugins/one.wasm is described twice"), "{twice}");
}
