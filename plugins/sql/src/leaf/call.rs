//! Calls of functions, with the arguments that must be literals checked.

use super::value::{not_a_value, read as read_value};
use super::{Refused, literal, pattern, refuse};
use crate::check::{Aggregated, Value};
use crate::diagnostic::each;
use crate::function::{self, Called, NO_CLOCK};
use crate::name::Names;
use daemoneye_plan::{AggregateFunction, Function, Literal};
use daemoneye_sdk::language::{Diagnostic, quoted};
use sqlparser::ast::{
    AccessExpr, DuplicateTreatment, Expr, Function as Call, FunctionArg, FunctionArgExpr,
    FunctionArgumentList, FunctionArguments, Spanned,
};

/// The column that holds the processes above one.
const ANCESTRY: &str = "ancestry";
/// Ancestors that an event carries.
const MOST_ANCESTORS: i64 = 16;
/// What makes a time of the present, or of where the agent runs.
const ELSEWHERE: &[&str] = &["now", "localtime", "utc"];

/// What the function is of its arguments.
pub(super) fn read<'s>(names: &Names<'s>, expr: &Expr, call: &Call) -> Result<Value<'s>, Refused> {
    let name = call.name.to_string();
    let Some(called) = function::named(&name) else {
        let message = format!("the unknown function {}", quoted(&name));
        let at = names.script.position(names.script.index_at(expr.span().start));
        return Err(vec![Diagnostic::new(at, message, function::instead_of(&name))]);
    };
    let Some(arguments) = arguments(call) else { return Err(vec![not_a_value(names, expr)]) };
    let site = Site { names, expr, name: &name };
    match called {
        Called::Aggregate(function) => site.aggregate(function, &arguments),
        Called::Extreme(function, _) if arguments.list.len() == 1 => {
            site.aggregate(function, &arguments)
        }
        _ => match arguments.plain() {
            Some(list) => site.called(called, &list),
            None => Err(vec![not_a_value(names, expr)]),
        },
    }
}

/// `ancestor(n).name`, `.path` or `.pid`.
pub(super) fn ancestor<'s>(
    names: &Names<'s>,
    expr: &Expr,
    root: &Expr,
    chain: &[AccessExpr],
) -> Result<Value<'s>, Refused> {
    let (Expr::Function(call), [AccessExpr::Dot(Expr::Identifier(field))]) = (root, chain) else {
        return Err(vec![not_a_value(names, expr)]);
    };
    let is_ancestor = function::named(&call.name.to_string()) == Some(Called::Ancestor);
    let function = match field.value.to_ascii_lowercase().as_str() {
        "name" if is_ancestor => Function::AncestorName,
        "path" if is_ancestor => Function::AncestorPath,
        "pid" if is_ancestor => Function::AncestorPid,
        _ => return Err(vec![refuse(names, expr, "no value:", ANCESTOR)]),
    };
    let number = plain_arguments(call).and_then(|list| match *list.as_slice() {
        [number] => literal::read(names.script, number),
        _ => None,
    });
    let Some(Ok(Literal::Integer(number @ 1..=MOST_ANCESTORS))) = number else {
        return Err(vec![refuse(names, expr, "no ancestor:", ANCESTOR)]);
    };
    let site = Site { names, expr, name: "ancestor" };
    let number = Value::Literal(Literal::Integer(number));
    Ok(Value::Call(function, vec![site.ancestry()?, number]))
}

const ANCESTOR: &str =
    "write ancestor(1).name for the parent's name; 1 to 16, and name, path or pid";

/// The arguments of a call that has nothing but arguments.
pub(super) fn plain_arguments(call: &Call) -> Option<Vec<&Expr>> {
    arguments(call)?.plain()
}

/// What stands in the brackets.
struct Arguments<'e> {
    distinct: bool,
    /// None is `*`.
    list: Vec<Option<&'e Expr>>,
}

impl<'e> Arguments<'e> {
    fn plain(&self) -> Option<Vec<&'e Expr>> {
        if self.distinct { None } else { self.list.iter().copied().collect() }
    }
}

fn arguments(call: &Call) -> Option<Arguments<'_>> {
    let Call {
        name: _,
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList { duplicate_treatment, args, clauses }),
        within_group,
        filter: None,
        null_treatment: None,
        over: None,
    } = call
    else {
        return None;
    };
    if !within_group.is_empty() || !clauses.is_empty() {
        return None;
    }
    let list = args.iter().map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(Some(expr)),
        FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => Some(None),
        _ => None,
    });
    let distinct = *duplicate_treatment == Some(DuplicateTreatment::Distinct);
    Some(Arguments { distinct, list: list.collect::<Option<_>>()? })
}

/// One call in the text.
struct Site<'n, 's, 'e> {
    names: &'n Names<'s>,
    expr: &'e Expr,
    name: &'e str,
}

impl<'s> Site<'_, 's, '_> {
    fn refuse<T>(&self, what: &str, help: &str) -> Result<T, Refused> {
        Err(vec![refuse(self.names, self.expr, what, help)])
    }

    fn called(&self, called: Called, list: &[&Expr]) -> Result<Value<'s>, Refused> {
        match called {
            Called::Plain(function) | Called::Extreme(_, function) => self.plain(function, list),
            Called::Time(function) => self.time(function, list),
            Called::Coalesce(most) => {
                let help = if most == 2 { "two arguments" } else { "at least two arguments" };
                self.takes((2, most), list, &format!("{} takes {help}", self.name))?;
                Ok(Value::Coalesce(self.all(list)?))
            }
            Called::Choice => {
                self.takes((2, 3), list, "write iif(condition, value, otherwise)")?;
                Ok(Value::Call(Function::Case, self.all(list)?))
            }
            Called::Ancestor => self.refuse("no value:", ANCESTOR),
            Called::HasAncestor => self.has_ancestor(list),
            Called::RegexpExtract => self.extract(list),
            Called::CidrMatch => self.network(list),
            Called::Aggregate(_) => self.refuse("no value:", "write it with one argument"),
        }
    }

    fn all(&self, list: &[&Expr]) -> Result<Vec<Value<'s>>, Refused> {
        each(list.iter().map(|argument| read_value(self.names, argument)))
    }

    fn takes(
        &self,
        (least, most): (usize, usize),
        list: &[&Expr],
        help: &str,
    ) -> Result<(), Refused> {
        match list.len() {
            few if few < least => self.refuse("too few arguments:", help),
            many if many > most => self.refuse("too many arguments:", help),
            _ => Ok(()),
        }
    }

    fn plain(&self, function: Function, list: &[&Expr]) -> Result<Value<'s>, Refused> {
        let (least, most) = function.arity();
        let help = match most {
            usize::MAX => format!("{} takes at least {least}", self.name),
            _ if least == most => format!("{} takes {least}", self.name),
            _ => format!("{} takes {least} to {most}", self.name),
        };
        self.takes((least, most), list, &help)?;
        Ok(Value::Call(function, self.all(list)?))
    }

    fn time(&self, function: Function, list: &[&Expr]) -> Result<Value<'s>, Refused> {
        if list.len() < function.arity().0 {
            return self.refuse("the present:", NO_CLOCK);
        }
        let first = function.arity().0 - 1;
        for (place, argument) in list.iter().enumerate() {
            let Some(Ok(Literal::Text(text))) = literal::read(self.names.script, argument) else {
                continue;
            };
            let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(&text));
            // A modifier in the place of a time is one of the present.
            if place >= first && is(ELSEWHERE) || place == first && is(&["subsec", "subsecond"]) {
                return self.refuse("the present or the agent's own place:", NO_CLOCK);
            }
        }
        Ok(Value::Call(function, self.all(list)?))
    }

    fn ancestry(&self) -> Result<Value<'s>, Refused> {
        match self.names.schema.named(ANCESTRY) {
            Some(field) => Ok(Value::Column(field)),
            None => self.refuse("events without ancestors:", "compare parent_path or parent_name"),
        }
    }

    fn has_ancestor(&self, list: &[&Expr]) -> Result<Value<'s>, Refused> {
        const HELP: &str = "write has_ancestor('sshd') or has_ancestor('/usr/sbin/%')";
        self.takes((1, 1), list, HELP)?;
        let text = pattern::text(self.names.script, list[0], "has_ancestor", HELP);
        let text = text.map_err(|refusal| vec![refusal])?;
        let pattern = Value::Literal(Literal::Text(text));
        Ok(Value::Call(Function::HasAncestor, vec![self.ancestry()?, pattern]))
    }

    fn extract(&self, list: &[&Expr]) -> Result<Value<'s>, Refused> {
        self.takes((2, 3), list, "write regexp_extract(text, 'expression', group)")?;
        let one = |refusal| vec![refusal];
        let expression = pattern::regexp(self.names.script, list[1]).map_err(one)?;
        let mut arguments = self.all(&list[..1])?;
        if let Some(group) = list.get(2) {
            let groups = pattern::groups(&expression);
            match literal::read(self.names.script, group) {
                Some(Ok(Literal::Integer(number))) if (0..=groups).contains(&number) => {}
                _ => {
                    let help = format!("the expression has the groups 0 (all of it) to {groups}");
                    return Err(vec![refuse(self.names, group, "the group", &help)]);
                }
            }
        }
        arguments.push(Value::Literal(Literal::Text(expression)));
        arguments.extend(self.all(&list[2..])?);
        Ok(Value::Call(Function::RegexpExtract, arguments))
    }

    fn network(&self, list: &[&Expr]) -> Result<Value<'s>, Refused> {
        self.takes((2, 2), list, "write cidr_match(text, '10.0.0.0/8')")?;
        let network =
            pattern::network(self.names.script, list[1]).map_err(|refusal| vec![refusal])?;
        let mut arguments = self.all(&list[..1])?;
        arguments.push(Value::Literal(Literal::Text(network)));
        Ok(Value::Call(Function::CidrMatch, arguments))
    }

    fn aggregate(
        &self,
        function: AggregateFunction,
        arguments: &Arguments<'_>,
    ) -> Result<Value<'s>, Refused> {
        if !self.names.is_grouped {
            let help = "GROUP BY makes groups, and HAVING asks for count, sum, avg, min and max";
            return self.refuse("no group of rows for", help);
        }
        let counts = function == AggregateFunction::Count;
        let of = match *arguments.list.as_slice() {
            [] | [None] if counts && !arguments.distinct => None,
            [Some(argument)] => {
                let value = read_value(self.names, argument)?;
                if value.has_aggregate() {
                    return self.refuse("an aggregate of an aggregate:", "aggregate a column");
                }
                Some(value)
            }
            _ => return self.refuse("no aggregate:", "write count(*) or sum(value)"),
        };
        let aggregated = Aggregated { function, distinct: arguments.distinct, of };
        Ok(Value::Aggregate(Box::new(aggregated)))
    }
}
