//! Rules as the agent asks them: all rules of a plugin over the columns of a batch.

use super::{Cells, Columns, Opened, Row, Rule};
use crate::rules::{self, Candidate, Declaration, Verdict};

/// Every rule of a plugin, and the columns that they read together.
#[derive(Default)]
pub struct Plugin {
    columns: Vec<&'static str>,
    rules: Vec<Exported>,
}

struct Exported {
    id: &'static str,
    /// For each column of the rule its number in the batch.
    columns: Vec<usize>,
    judges: Box<dyn Judges>,
}

/// A rule, whatever it reads.
pub trait Judges: Send + Sync {
    /// What the rule finds in these rows. All of them in one call: where fuel is counted, a call for
    /// each costs more than many a rule.
    fn judge_rows(&self, columns: &[Cells<'_>], rows: &[u32]) -> Vec<rules::Finding>;
}

impl<R: Rule> Judges for R {
    fn judge_rows(&self, columns: &[Cells<'_>], rows: &[u32]) -> Vec<rules::Finding> {
        let mut findings = Vec::new();
        for row in rows {
            if let Some(found) = self.judge(R::Event::of(Row { columns, row: *row as usize })) {
                findings.push(rules::Finding { row: *row, evidence: found.evidence });
            }
        }
        findings
    }
}

impl Plugin {
    /// The same plugin with one more rule.
    #[must_use]
    pub fn with<R: Rule>(mut self) -> Self {
        let names = <R::Event<'_> as Columns<'_>>::NAMES;
        let columns = names.iter().map(|name| self.column(name)).collect();
        self.rules.push(Exported { id: R::ID, columns, judges: Box::new(R::default()) });
        self
    }

    /// The number of a column, which is added if it is new.
    fn column(&mut self, name: &'static str) -> usize {
        let known = self.columns.iter().position(|known| *known == name);
        known.unwrap_or_else(|| {
            self.columns.push(name);
            self.columns.len() - 1
        })
    }

    /// What the agent is told.
    pub fn declaration(&self) -> Declaration {
        let rule = |rule: &Exported| rules::Rule {
            id: rule.id.to_owned(),
            columns: rule.columns.iter().map(|column| *column as u32).collect(),
        };
        Declaration {
            columns: self.columns.iter().map(|name| (*name).to_owned()).collect(),
            rules: self.rules.iter().map(rule).collect(),
        }
    }

    /// Every row, for every rule: an author who wants an index writes a prefilter.
    pub fn candidates(&self, batch: &Opened) -> Vec<Candidate> {
        let all: Vec<u32> = (0..batch.rows).collect();
        let rules = 0..self.rules.len() as u32;
        rules.map(|rule| Candidate { rule, rows: all.clone() }).collect()
    }

    /// Judges the rows of one rule.
    pub fn evaluate(&self, batch: &Opened, candidate: &Candidate) -> Verdict {
        let Exported { columns, judges, .. } = &self.rules[candidate.rule as usize];
        let columns: Vec<Cells<'_>> = columns.iter().map(|column| batch.cells(*column)).collect();
        let findings = judges.judge_rows(&columns, &candidate.rows);
        Verdict { findings, over_budget: Vec::new() }
    }
}

/// Makes a plugin of rules. Natively it does nothing, so that `cargo test` needs no sandbox.
///
/// ```
/// # use daemoneye_sdk::rule::{Finding, Rule, columns};
/// # columns! { struct Process { pid } }
/// # #[derive(Default)] struct One;
/// # impl Rule for One {
/// #     const ID: &'static str = "one";
/// #     type Event<'a> = Process<'a>;
/// #     fn judge(&self, event: Process<'_>) -> Option<Finding> { None }
/// # }
/// # #[derive(Default)] struct Two;
/// # impl Rule for Two {
/// #     const ID: &'static str = "two";
/// #     type Event<'a> = Process<'a>;
/// #     fn judge(&self, event: Process<'_>) -> Option<Finding> { None }
/// # }
/// daemoneye_sdk::export!(One, Two);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! export {
    ($($rule:ty),+ $(,)?) => {
        #[cfg(target_family = "wasm")]
        mod exported {
            use super::*;
            use $crate::rule::{Opened, Plugin};
            use $crate::rules::{Batch, Candidate, Declaration, Guest, GuestScan, Plan, Verdict};

            static PLUGIN: std::sync::LazyLock<Plugin> =
                std::sync::LazyLock::new(|| Plugin::default()$(.with::<$rule>())+);

            struct Rules;

            pub struct Open(Opened);

            impl Guest for Rules {
                type Scan = Open;

                fn load(_plans: Vec<Plan>) -> Result<Declaration, String> {
                    Ok(PLUGIN.declaration())
                }
            }

            impl GuestScan for Open {
                fn new(batch: Batch) -> Self {
                    Open(Opened::from(batch))
                }

                fn candidates(&self) -> Vec<Candidate> {
                    PLUGIN.candidates(&self.0)
                }

                fn evaluate(&self, candidate: Candidate, _steps: u64) -> Verdict {
                    PLUGIN.evaluate(&self.0, &candidate)
                }
            }

            $crate::export_rules!(Rules);
        }

        #[cfg(not(target_family = "wasm"))]
        const _: fn() -> $crate::rule::Plugin =
            || $crate::rule::Plugin::default()$(.with::<$rule>())+;
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Finding;
    use crate::rules::{Batch, Column};

    crate::columns! { struct Named { pid, name } }
    crate::columns! { struct Placed { executable_path, pid } }

    #[derive(Default)]
    struct ByName;
    #[derive(Default)]
    struct ByPath;

    impl Rule for ByName {
        const ID: &'static str = "by-name";
        type Event<'a> = Named<'a>;

        fn judge(&self, event: Named<'_>) -> Option<Finding> {
            (event.name()? == "nc")
                .then(|| Finding::because("is nc", "pid", event.pid().unwrap_or(0)))
        }
    }

    impl Rule for ByPath {
        const ID: &'static str = "by-path";
        type Event<'a> = Placed<'a>;

        fn judge(&self, event: Placed<'_>) -> Option<Finding> {
            let path = event.executable_path()?;
            path.starts_with("/tmp/").then(|| Finding::because("runs from /tmp", "path", path))
        }
    }

    #[test]
    fn rules_that_read_different_columns_share_one_batch() {
        let plugin = Plugin::default().with::<ByName>().with::<ByPath>();
        let declared = plugin.declaration();
        assert_eq!(declared.columns, ["pid", "name", "executable_path"]);
        assert_eq!(declared.rules[1].columns, [2, 0]);
        let text = |values: [&str; 2]| Column::Text(values.map(|v| Some(v.to_owned())).to_vec());
        let columns = vec![
            Column::Integers(vec![Some(7), Some(8)]),
            text(["nc", "ls"]),
            text(["/bin/nc", "/tmp/ls"]),
        ];
        let batch = Opened::from(Batch::new(2, columns));
        let rows = |candidate: &Candidate| -> Vec<u32> {
            let verdict = plugin.evaluate(&batch, candidate);
            verdict.findings.iter().map(|finding| finding.row).collect()
        };
        let candidates = plugin.candidates(&batch);
        assert_eq!(candidates.iter().map(rows).collect::<Vec<_>>(), [vec![0], vec![1]]);
    }
}
