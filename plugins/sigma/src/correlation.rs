//! What a correlation asks of the events of several rules, before it has a place in a plan.

use daemoneye_plan::{AggregateFunction, Comparison, Literal, MAX_STAGES, MAX_WINDOW};
use daemoneye_sdk::language::{Position, nearest, quoted};

use crate::diagnostic::Refusals;
use crate::yaml::{Node, Value};

/// A correlation document.
#[derive(Debug)]
pub(crate) struct Correlation<'y> {
    pub(crate) document: &'y Node,
    pub(crate) rules: Vec<(Position, &'y str)>,
    /// Names of fields or aliases.
    group: Vec<(Position, &'y str)>,
    aliases: Option<&'y Node>,
    /// Microseconds.
    pub(crate) window: u64,
    pub(crate) kind: Kind<'y>,
}

/// When a group of events matches.
#[derive(Debug)]
pub(crate) enum Kind<'y> {
    /// When a number over it compares so with another; of which field, if of any.
    Number {
        /// `event_count` and the like.
        name: &'static str,
        function: AggregateFunction,
        field: Option<(Position, &'y str)>,
        bounds: Vec<Bound>,
    },
    /// When each rule has an event in it.
    Temporal,
    /// When each rule has one, in the order of the rules.
    Ordered,
}

/// `gte: 10`.
pub(crate) type Bound = (&'static str, Comparison, Literal);

/// The fields of one rule's events that a correlation looks at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fields<'y> {
    pub(crate) group: Vec<&'y str>,
    pub(crate) value: Option<&'y str>,
}

/// Types with the number that they are about.
const NUMBERS: &[(&str, AggregateFunction)] = &[
    ("event_count", AggregateFunction::Count),
    ("value_count", AggregateFunction::Count),
    ("value_sum", AggregateFunction::Sum),
    ("value_avg", AggregateFunction::Average),
];
const TYPES: &str =
    "the types are event_count, value_count, value_sum, value_avg, temporal and temporal_ordered";

const COMPARISONS: &[(&str, Comparison)] = &[
    ("gt", Comparison::Greater),
    ("gte", Comparison::GreaterOrEqual),
    ("lt", Comparison::Less),
    ("lte", Comparison::LessOrEqual),
    ("eq", Comparison::Equal),
    ("neq", Comparison::NotEqual),
];

/// Units of a timespan in microseconds.
const UNITS: &[(char, u64)] =
    &[('s', 1_000_000), ('m', 60 * 1_000_000), ('h', 3_600 * 1_000_000), ('d', 86_400 * 1_000_000)];

impl<'y> Correlation<'y> {
    pub(crate) fn read(document: &'y Node, node: &'y Node, refused: &mut Refusals) -> Self {
        let rules = node.texts("rules", refused);
        if rules.is_empty() || rules.len() > MAX_STAGES {
            let message = format!("a correlation of {} rules", rules.len());
            refused.add(node.at, message, format!("it has 1 to {MAX_STAGES} rules"));
        }
        let group = node.texts("group-by", refused);
        let window = window(node, refused).unwrap_or(1);
        let kind = kind(node, rules.len(), refused);
        Correlation { document, rules, group, aliases: node.get("aliases"), window, kind }
    }

    /// The fields of the rule that `is_called` so.
    pub(crate) fn fields(
        &self,
        is_called: impl Fn(&str) -> bool,
        refused: &mut Refusals,
    ) -> Fields<'y> {
        let value = match self.kind {
            Kind::Number { field, .. } => field,
            Kind::Temporal | Kind::Ordered => None,
        };
        Fields {
            group: self.group.iter().map(|name| self.field(name.1, &is_called, refused)).collect(),
            value: value.map(|name| self.field(name.1, &is_called, refused)),
        }
    }

    /// The field that a name means; an alias may mean another one for each rule.
    fn field(
        &self,
        name: &'y str,
        is_called: impl Fn(&str) -> bool,
        refused: &mut Refusals,
    ) -> &'y str {
        let Some(alias) = self.aliases.and_then(|aliases| aliases.get(name)) else {
            return name;
        };
        let meant = alias.pairs().iter().find(|(rule, _)| is_called(&rule.text));
        match meant.and_then(|(_, field)| field.scalar()) {
            Some(field) => &field.text,
            None => {
                let message = format!("the alias {} without a field for each rule", quoted(name));
                refused.add(alias.at, message, "write alias: {rule: field, other_rule: field}");
                name
            }
        }
    }
}

fn window(node: &Node, refused: &mut Refusals) -> Option<u64> {
    let help = "write a timespan such as 30s, 5m, 2h or 1d, at most 7d";
    let Some(text) = node.text("timespan", refused) else {
        refused.add(node.at, "a correlation without timespan", help);
        return None;
    };
    let number = text.get(..text.len().saturating_sub(1)).and_then(|number| number.parse().ok());
    let unit = UNITS.iter().find(|(unit, _)| text.ends_with(*unit));
    let window =
        number.zip(unit).and_then(|(number, (_, unit)): (u64, _)| number.checked_mul(*unit));
    let window = window.filter(|window| (1..=MAX_WINDOW).contains(window));
    if window.is_none() {
        let at = node.get("timespan").map_or(node.at, |timespan| timespan.at);
        refused.add(at, format!("the timespan {}", quoted(text)), help);
    }
    window
}

fn kind<'y>(node: &'y Node, rules: usize, refused: &mut Refusals) -> Kind<'y> {
    let name = node.text("type", refused).unwrap_or_default();
    let number = NUMBERS.iter().find(|(known, _)| *known == name);
    match (name, number) {
        ("temporal", _) => temporal(node, Kind::Temporal, rules, refused),
        ("temporal_ordered", _) => temporal(node, Kind::Ordered, rules, refused),
        (_, Some((name, function))) => {
            let field = value_field(node, *name != "event_count", refused);
            let bounds = bounds(node, refused);
            Kind::Number { name, function: *function, field, bounds }
        }
        _ => {
            let at = node.get("type").map_or(node.at, |kind| kind.at);
            let names = NUMBERS.iter().map(|(name, _)| *name);
            let help = match nearest(name, names.chain(["temporal", "temporal_ordered"])) {
                Some(known) => format!("did you mean `{known}`?"),
                None => TYPES.to_owned(),
            };
            refused.add(at, format!("the correlation type {}", quoted(name)), help);
            Kind::Temporal
        }
    }
}

/// All rules must take part; a condition may say so, and nothing else.
fn temporal<'y>(node: &'y Node, kind: Kind<'y>, rules: usize, refused: &mut Refusals) -> Kind<'y> {
    if rules < 2 {
        refused.add(node.at, "a temporal correlation of one rule", "it has at least two");
    }
    let Some(condition) = node.get("condition") else { return kind };
    let says_all = |(name, _, literal): &Bound| {
        let all = i64::try_from(rules).unwrap_or(i64::MAX);
        ["gte", "eq"].contains(name) && *literal == Literal::Integer(all)
    };
    if !bounds(node, refused).iter().all(says_all) {
        let help = "leave it out: a temporal correlation asks for all of its rules";
        refused.add(condition.at, "a temporal correlation with another condition", help);
    }
    kind
}

/// The comparisons of the condition, at least one.
fn bounds(node: &Node, refused: &mut Refusals) -> Vec<Bound> {
    let help = "write condition: {gte: 10}, with gt, gte, lt, lte, eq or neq";
    let Some(condition) = node.get("condition") else {
        refused.add(node.at, "a correlation without condition", help);
        return Vec::new();
    };
    let mut bounds = Vec::new();
    for (key, value) in condition.pairs().iter().filter(|(key, _)| key.text != "field") {
        let comparison = COMPARISONS.iter().find(|(name, _)| *name == key.text);
        let literal = match value.scalar().map(|scalar| scalar.value()) {
            Some(Value::Integer(number)) => Some(Literal::Integer(number)),
            Some(Value::Float(number)) => Some(Literal::Float(number)),
            _ => None,
        };
        match comparison.zip(literal) {
            Some(((name, comparison), literal)) => bounds.push((*name, *comparison, literal)),
            None => refused.add(key.at, format!("{}: {}", key.text, value.noun()), help),
        }
    }
    if bounds.is_empty() {
        refused.add(condition.at, "a condition that compares with nothing", help);
    }
    bounds
}

fn value_field<'y>(
    node: &'y Node,
    is_needed: bool,
    refused: &mut Refusals,
) -> Option<(Position, &'y str)> {
    let condition = node.get("condition")?;
    let named = condition.get("field").filter(|_| is_needed);
    match named.and_then(|node| Some((node.at, &*node.scalar()?.text))) {
        None if is_needed => {
            let help = "write condition: {field: Name, gte: 10}";
            refused.add(condition.at, "a correlation of values without a field", help);
            None
        }
        field => field,
    }
}
