//! A language whose plans are the texts of its rules. An empty text is no rule.

wit_bindgen::generate!({ path: "../../../../wit/published/0.1.0", world: "language-plugin" });

use exports::daemoneye::plugin::language::{
    About, Compiled, Description, Diagnostic, Field, Guest, Position, Source,
};

struct Language;

impl Guest for Language {
    fn describe() -> Description {
        Description { name: "golden".to_owned(), extensions: vec!["golden".to_owned()] }
    }

    fn open(_schema: Vec<Field>, _platform: Option<String>) {}

    fn compile(source: Source) -> Result<Compiled, Vec<Diagnostic>> {
        if source.text.is_empty() {
            return Err(vec![Diagnostic {
                at: Position { line: 1, column: 1 },
                message: "nothing is no rule".to_owned(),
                help: "write a word".to_owned(),
            }]);
        }
        let about = About { id: None, title: None, severity: None, techniques: Vec::new() };
        let plan = source.text.into_bytes();
        Ok(Compiled { plan, columns: Vec::new(), shown: Vec::new(), about, inert: None })
    }
}

export!(Language);
