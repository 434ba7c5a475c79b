//! `cargo xtask docs`: writes the pages that are made from the code. Tests fail while one is stale.

use anyhow::Result;

use crate::build::{self, cargo};

/// Pages: the test that compares one with the code, and writes it where it is told to.
const PAGES: &[(&str, &str, &str)] = &[
    ("daemoneye-bus", "bus", "document::the_page_of_the_fields_is_up_to_date"),
    ("daemoneye-sql", "language", "reference::the_reference_is_up_to_date"),
];

pub(crate) fn write() -> Result<()> {
    for (package, suite, test) in PAGES {
        let mut command = cargo("test");
        command.args(["--package", package, "--test", suite, "--", "--exact", test]);
        build::run(command.env("UPDATE_EXPECT", "1"))?;
    }
    Ok(())
}
