//! The same plans by the same engine, linked: what the sandbox is compared with.

use std::time::Instant;

use daemoneye_bus::event::{self, Batch, Event, Field, FieldType};
use daemoneye_engine::Engine;
use daemoneye_host::plugin::Limits;
use daemoneye_sdk::rules::{Batch as Columns, Column};
use daemoneye_sql::Schema;

use super::{Contender, ContenderError, Loading, Unjudged, batches, events};
use crate::corpus::{Pair, Product};
use crate::memory::Peak;

/// The rules of a product in the linked engine.
pub struct Native {
    engine: Engine,
    /// The product's number of each of the engine's rules.
    numbers: Vec<usize>,
    loading: Loading,
    events: Vec<Event>,
    rows: usize,
    batches: Vec<Batch>,
    taken: Option<(usize, Columns)>,
    unjudged: Unjudged,
}

impl Native {
    /// Compiles and loads the rules of a product.
    ///
    /// # Errors
    /// If the engine refuses the plans, or an event is none.
    pub fn load(product: &Product) -> Result<Self, ContenderError> {
        let mut loading = Loading::default();
        let memory = Peak::watch();
        let started = Instant::now();
        let (numbers, plans) = plans(product, &mut loading);
        loading.compiling = started.elapsed();
        loading.loaded = plans.len();
        let engine = Engine::load(plans)?;
        loading.took = started.elapsed();
        loading.peak = memory.growth();
        let events = events(&product.events)?;
        let (batches, taken) = (Vec::new(), None);
        Ok(Native {
            engine,
            numbers,
            loading,
            events,
            rows: 1,
            batches,
            taken,
            unjudged: Unjudged::default(),
        })
    }
}

impl Contender for Native {
    fn name(&self) -> &str {
        "native"
    }

    fn loading(&self) -> &Loading {
        &self.loading
    }

    fn divide(&mut self, rows: usize) {
        self.batches = batches(&self.events, rows);
        self.rows = rows;
    }

    fn take(&mut self, batch: usize) {
        self.taken = Some((batch, columns(&self.engine, &self.batches[batch])));
    }

    fn judge(&mut self) -> Vec<Pair> {
        let (batch, columns) = self.taken.take().expect("a batch was taken");
        let scan = self.engine.open(columns).expect("columns of a valid batch");
        let mut found = Vec::new();
        for candidate in scan.candidates() {
            let steps = Limits::RULES.row_steps;
            let verdict = scan.evaluate(candidate.rule, &candidate.rows, steps);
            let rule = self.numbers[candidate.rule as usize];
            let rows = verdict.findings.iter().map(|finding| finding.row as usize);
            found.extend(rows.map(|row| (rule, batch * self.rows + row)));
            self.unjudged.over_budget += verdict.over_budget.len() as u64;
        }
        found
    }

    fn unjudged(&self) -> Unjudged {
        self.unjudged
    }
}

type Plans = Vec<(String, daemoneye_plan::Plan)>;

fn plans(product: &Product, loading: &mut Loading) -> (Vec<usize>, Plans) {
    let schema = schema();
    let mut taken = (Vec::new(), Vec::new());
    for (number, rule) in product.rules.iter().enumerate() {
        match daemoneye_sql::compile(&schema, &rule.sql) {
            Ok(compiled) => {
                taken.0.push(number);
                taken.1.push((rule.id.clone(), compiled.plan));
            }
            Err(wrong) => {
                let reason = wrong.first().map(|wrong| format!("{wrong:?}")).unwrap_or_default();
                loading.refused.push((rule.id.clone(), reason));
            }
        }
    }
    taken
}

/// The columns that rules may read, as the host hands them to a language.
fn schema() -> Schema {
    let field = |field: &Field| daemoneye_sql::Field {
        name: field.name().to_owned(),
        field_type: match field.field_type() {
            FieldType::Integer => daemoneye_sql::FieldType::Integer,
            FieldType::Float => daemoneye_sql::FieldType::Float,
            FieldType::Text => daemoneye_sql::FieldType::Text,
        },
        aliases: field.aliases().iter().map(|alias| (*alias).to_owned()).collect(),
        provided: true,
    };
    Schema::new(Field::ALL.iter().map(field).collect())
}

/// The columns that the engine declared, owned, as the library takes them.
fn columns(engine: &Engine, batch: &Batch) -> Columns {
    let rows = || 0..batch.rows();
    let column = |name: &String| {
        let field = Field::named(name).expect("a field");
        match field.field_type() {
            _ if batch.column(field).is_none() => Column::Absent,
            FieldType::Integer => {
                Column::Integers(rows().map(|row| batch.integer(field, row)).collect())
            }
            FieldType::Float => {
                Column::Floats(rows().map(|row| float(batch, field, row)).collect())
            }
            FieldType::Text => {
                let text = |row| batch.text(field, row).map(str::to_owned);
                Column::Text(rows().map(text).collect())
            }
        }
    };
    let columns = engine.declaration().columns.iter().map(column).collect();
    Columns::new(u32::try_from(batch.rows()).expect("at most 1,024"), columns)
}

fn float(batch: &Batch, field: Field, row: usize) -> Option<f64> {
    match batch.column(field)? {
        event::Column::Floats { validity, values } if validity.is_valid(row) => {
            values.get(row).copied()
        }
        _ => None,
    }
}
