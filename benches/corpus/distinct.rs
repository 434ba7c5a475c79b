//! Events with command lines none of which is ever seen twice: what an engine makes of a machine that
//! never repeats itself.

use serde_json::{Map, Value};

use super::{Product, ReadError, Recorded};

/// More events than any engine here remembers.
const EVENTS: usize = 10_000;
const COLUMNS: [&str; 2] = ["CommandLine", "ParentCommandLine"];

impl Product {
    /// The same rules, and the events again and again until there are many, each with its number at the
    /// end of its command lines. Nobody knows what should be found.
    ///
    /// # Errors
    /// If an event is no JSON object.
    pub fn with_distinct_events(&self) -> Result<Product, ReadError> {
        let events =
            self.events.iter().cycle().take(EVENTS.next_multiple_of(self.events.len().max(1)));
        let events = events.enumerate().map(|(number, event)| distinct(event, number));
        Ok(Product { events: events.collect::<Result<_, _>>()?, expected: None, ..self.clone() })
    }
}

fn distinct(event: &Recorded, number: usize) -> Result<Recorded, ReadError> {
    let object = serde_json::from_str(&event.text);
    let mut object: Map<String, Value> =
        object.map_err(|cause| ReadError::Event { line: event.line, cause })?;
    for column in COLUMNS {
        if let Some(Value::String(line)) = object.get_mut(column) {
            line.push_str(&format!(" {number}"));
        }
    }
    Ok(Recorded { line: number, text: Value::Object(object).to_string(), ..event.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_command_line_is_seen_twice_and_the_rest_stays() {
        let text = r#"{"Image":"C:\\a.exe","CommandLine":"a -b"}"#;
        let product = Product {
            name: "windows".to_owned(),
            rules: Vec::new(),
            events: vec![Recorded::made_up(0, text.to_owned(), "windows"); 3],
            expected: Some(std::collections::HashSet::from([(0, 0)])),
        };
        let distinct = product.with_distinct_events().expect("JSON");
        assert_eq!((distinct.events.len(), distinct.expected), (10_002, None));
        for (number, event) in distinct.events.iter().enumerate() {
            let columns = event.columns().expect("JSON");
            assert_eq!(columns["CommandLine"], format!("a -b {number}"));
            assert_eq!(columns["Image"], "C:\\a.exe");
        }
    }
}
