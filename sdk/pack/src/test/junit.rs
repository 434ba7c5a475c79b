//! Results as JUnit XML, in the form that build servers read: suites of cases with failures.

use std::io;

use quick_xml::events::BytesText;
use quick_xml::writer::Writer;

use super::Results;
use super::measure::{BUDGET, Cost, Measured};

type Xml = Writer<Vec<u8>>;

/// One suite for each rule, one case for each test.
pub(super) fn xml(results: &Results) -> io::Result<Vec<u8>> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    let suites =
        writer.create_element("testsuites").with_attribute(("name", results.pack.id.as_str()));
    suites.write_inner_content(|xml| {
        results.rules.iter().try_for_each(|rule| suite(xml, rule))?;
        benign(xml, results)
    })?;
    let mut bytes = writer.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn suite(xml: &mut Xml, rule: &Measured) -> io::Result<()> {
    let budget = (BUDGET.to_owned(), rule.over_budget.clone());
    let cases: Vec<(&str, Option<&str>)> = rule
        .tests
        .iter()
        .chain([&budget])
        .map(|(name, failed)| (name.as_str(), failed.as_deref()))
        .collect();
    cases_of(xml, &rule.id, &cases, &properties(&rule.cost))
}

/// What an event costs, under the names that the JSON has.
fn properties(cost: &Cost) -> [(&'static str, u64); 5] {
    [
        ("fuel_per_event", cost.fuel),
        ("worst_fuel", cost.worst_fuel),
        ("ns_per_event", cost.ns),
        ("p99_ns", cost.p99_ns),
        ("memory_bytes", cost.memory_bytes as u64),
    ]
}

/// A suite of its own: each rule that found something in ordinary events.
fn benign(xml: &mut Xml, results: &Results) -> io::Result<()> {
    let Some(benign) = &results.benign else { return Ok(()) };
    let told = |(rule, hits): (&str, u64)| (rule.to_owned(), format!("{hits} benign events"));
    let noisy: Vec<(String, String)> = benign.noisy().map(told).collect();
    let case = |rule: &Measured| {
        let failed =
            noisy.iter().find(|(noisy, _)| *noisy == rule.id).map(|(_, what)| what.clone());
        (rule.id.clone(), failed)
    };
    let cases: Vec<_> = results.rules.iter().map(case).collect();
    let cases: Vec<_> = cases.iter().map(|(name, failed)| (&**name, failed.as_deref())).collect();
    cases_of(xml, "benign events", &cases, &[])
}

fn cases_of(
    xml: &mut Xml,
    suite: &str,
    cases: &[(&str, Option<&str>)],
    properties: &[(&str, u64)],
) -> io::Result<()> {
    let failures = cases.iter().filter(|(_, failed)| failed.is_some()).count().to_string();
    let tests = cases.len().to_string();
    let element = xml.create_element("testsuite").with_attributes([
        ("name", suite),
        ("tests", tests.as_str()),
        ("failures", failures.as_str()),
    ]);
    element.write_inner_content(|xml| {
        if !properties.is_empty() {
            let list = xml.create_element("properties");
            list.write_inner_content(|xml| {
                properties.iter().try_for_each(|(name, value)| property(xml, name, *value))
            })?;
        }
        cases.iter().try_for_each(|(name, failed)| case(xml, suite, name, *failed))
    })?;
    Ok(())
}

fn property(xml: &mut Xml, name: &str, value: u64) -> io::Result<()> {
    let value = value.to_string();
    let element = xml.create_element("property");
    element.with_attributes([("name", name), ("value", value.as_str())]).write_empty()?;
    Ok(())
}

fn case(xml: &mut Xml, suite: &str, name: &str, failed: Option<&str>) -> io::Result<()> {
    let element =
        xml.create_element("testcase").with_attributes([("classname", suite), ("name", name)]);
    match failed {
        None => element.write_empty()?,
        Some(what) => element.write_inner_content(|xml| {
            let failure = xml.create_element("failure").with_attribute(("message", what));
            failure.write_text_content(BytesText::new(what)).map(|_| ())
        })?,
    };
    Ok(())
}
