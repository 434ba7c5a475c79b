//! The rule of `benches/guest` as a plugin of Extism: events come as JSON, whole or in part, or
//! as columns in one buffer, which is the least that a call can carry.

#[path = "../../../../sdk/rust/src/rule/needle.rs"]
#[expect(dead_code, reason = "the text of a needle is for rules that tell it")]
mod needle;
#[path = "../../../guest/src/shell.rs"]
mod shell;

use needle::Needle;

use extism_pdk::{FnResult, Json, plugin_fn};
use serde::Deserialize;

/// What the rule reads of an event.
#[derive(Deserialize)]
struct Process<'e> {
    #[serde(borrow)]
    name: Option<std::borrow::Cow<'e, str>>,
    #[serde(borrow)]
    command_line: Option<std::borrow::Cow<'e, str>>,
}

/// The rows that the rule finds.
#[plugin_fn]
pub fn judge(events: Vec<u8>) -> FnResult<Json<Vec<u32>>> {
    let events: Vec<Process<'_>> = serde_json::from_slice(&events)?;
    let is_found = |event: &Process<'_>| match (&event.name, &event.command_line) {
        (Some(name), Some(line)) => shell::connects(name, line),
        _ => false,
    };
    let rows = (0..).zip(&events).filter(|(_, event)| is_found(event)).map(|(row, _)| row);
    Ok(Json(rows.collect()))
}

/// One column in a buffer: the offsets of all rows and the end of the last, then the texts.
struct Column<'e> {
    offsets: &'e [u8],
    bytes: &'e [u8],
}

impl<'e> Column<'e> {
    /// The first column of the buffer, and what comes after it.
    fn split(buffer: &'e [u8], rows: usize) -> Option<(Self, &'e [u8])> {
        let (offsets, rest) = buffer.split_at_checked(4 * (rows + 1))?;
        let (bytes, rest) = rest.split_at_checked(number(offsets, rows)?)?;
        Some((Column { offsets, bytes }, rest))
    }

    fn text(&self, row: usize) -> Option<&'e str> {
        let range = number(self.offsets, row)?..number(self.offsets, row + 1)?;
        str::from_utf8(self.bytes.get(range)?).ok()
    }
}

/// The number at this place of a list of numbers of four bytes.
fn number(list: &[u8], place: usize) -> Option<usize> {
    let bytes = list.get(4 * place..4 * place + 4)?.try_into().ok()?;
    Some(u32::from_le_bytes(bytes) as usize)
}

fn found(buffer: &[u8]) -> Option<Vec<u8>> {
    let rows = number(buffer, 0)?;
    let (names, rest) = Column::split(&buffer[4..], rows)?;
    let (lines, _) = Column::split(rest, rows)?;
    let is_found = |row: &usize| match (names.text(*row), lines.text(*row)) {
        (Some(name), Some(line)) => shell::connects(name, line),
        _ => false,
    };
    Some((0..rows).filter(is_found).flat_map(|row| (row as u32).to_le_bytes()).collect())
}

/// The same for columns: the number of rows, names, command lines; the answer is a list of numbers of
/// four bytes.
#[plugin_fn]
pub fn judge_columns(buffer: Vec<u8>) -> FnResult<Vec<u8>> {
    Ok(found(&buffer).ok_or_else(|| extism_pdk::Error::msg("a torn buffer"))?)
}
