//! Types generated from `wit/`, and the only conversions between them and ours.

use daemoneye_bus::event::{Batch, Column, Field, FieldType};

use crate::sight::Sight;

/// All that a plugin with rules may import, and all that it may export. Only `rules` must be there;
/// who wants another interface looks for it.
pub(crate) mod rules {
    wasmtime::component::bindgen!({
        path: "../wit",
        inline: "
            package daemoneye:host;
            world rules {
                include daemoneye:plugin/rule-capabilities@0.1.1;
                include daemoneye:plugin/current-rule-plugin@0.1.1;
                include daemoneye:plugin/memory-plugin@0.1.1;
                include daemoneye:plugin/constant-plugin@0.1.1;
            }
        ",
        ownership: Borrowing { duplicate_if_necessary: true },
        imports: { default: trappable },
        exports: { default: async },
    });
}

pub(super) mod language {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "language-plugin",
        exports: { default: async },
    });
}

pub(crate) mod sink {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "sink-plugin",
        imports: { default: trappable },
        exports: { default: async },
    });
}

pub(super) use rules::exports::daemoneye::plugin as exported;
pub(super) use rules::exports::daemoneye::plugin::rules as wit;

/// Room for texts that is kept for the next batch, here and in an instance, bytes. Larger batches are
/// rare, and there may be hundreds of plugins.
pub(super) const KEPT_BYTES: usize = 256 << 10;

/// A batch as a plugin gets it: what columns have of one kind in one list.
#[derive(Default)]
pub(super) struct Packed {
    rows: u32,
    columns: Vec<wit::Place>,
    validity: Vec<u8>,
    integers: Vec<i64>,
    floats: Vec<f64>,
    offsets: Vec<u32>,
    bytes: Vec<u8>,
}

impl Packed {
    /// Takes the columns that a plugin declared, in the place of those of another batch.
    pub(super) fn fill(&mut self, batch: &Batch, declared: &[Field]) {
        self.rows = u32::try_from(batch.rows()).expect("at most 1,024 rows");
        self.columns.clear();
        self.validity.clear();
        self.integers.clear();
        self.floats.clear();
        self.offsets.clear();
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES);
        for field in declared {
            self.push(batch.column(*field), batch.rows());
        }
    }

    fn push(&mut self, column: Option<&Column>, rows: usize) {
        let place = match column {
            None => wit::Place::Absent,
            Some(Column::Integers { values, .. }) => {
                self.integers.extend_from_slice(values);
                wit::Place::Integers(number(self.integers.len() / rows - 1))
            }
            Some(Column::Floats { values, .. }) => {
                self.floats.extend_from_slice(values);
                wit::Place::Floats(number(self.floats.len() / rows - 1))
            }
            Some(Column::Text { offsets, bytes, .. }) => {
                let start = number(self.bytes.len());
                // Offsets end where the bytes do, and are bounded like them: see `number`.
                self.offsets.extend(offsets.iter().map(|offset| start.wrapping_add(*offset)));
                self.bytes.extend_from_slice(bytes);
                wit::Place::Text(number(self.offsets.len() / (rows + 1) - 1))
            }
        };
        self.columns.push(place);
        let width = rows.div_ceil(8);
        let validity = column.map(|column| match column {
            Column::Integers { validity, .. }
            | Column::Floats { validity, .. }
            | Column::Text { validity, .. } => &validity.0,
        });
        match validity {
            Some(validity) if !validity.is_empty() => {
                self.validity.extend_from_slice(&validity[..width]);
            }
            Some(_) => self.validity.resize(self.validity.len() + width, 0xFF),
            None => self.validity.resize(self.validity.len() + width, 0),
        }
    }

    pub(super) fn batch(&self) -> wit::Batch<'_> {
        let Packed { rows, columns, validity, integers, floats, offsets, bytes } = self;
        wit::Batch { rows: *rows, columns, validity, integers, floats, offsets, bytes }
    }
}

/// Lists of a batch are bounded far below `u32`: a frame on the bus is.
fn number(length: usize) -> u32 {
    u32::try_from(length).expect("a batch is smaller than 4 GiB")
}

/// How many bytes of a batch a plugin gets to see: what opening it is metered by.
pub(super) fn size(batch: &Batch, declared: &[Field]) -> u64 {
    let bytes = |column: &Column| match column {
        Column::Integers { values, .. } => values.len() * 8,
        Column::Floats { values, .. } => values.len() * 8,
        Column::Text { offsets, bytes, .. } => offsets.len() * 4 + bytes.len(),
    };
    declared.iter().filter_map(|field| batch.column(*field)).map(|c| bytes(c) as u64).sum()
}

/// The schema as languages get it.
pub(super) fn schema(sight: Sight) -> Vec<language::exports::daemoneye::plugin::language::Field> {
    use language::exports::daemoneye::plugin::language as wit;
    let field = |field: &Field| wit::Field {
        name: field.name().to_owned(),
        type_: match field.field_type() {
            FieldType::Integer => wit::FieldType::Integer,
            FieldType::Float => wit::FieldType::Float,
            FieldType::Text => wit::FieldType::Text,
        },
        aliases: field.aliases().iter().map(|alias| (*alias).to_owned()).collect(),
        provided: sight.provides(*field),
    };
    Field::ALL.iter().map(field).collect()
}
