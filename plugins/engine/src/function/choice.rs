//! One of several values, by comparing them.

use std::cmp::Ordering;

use daemoneye_plan::{Case, Function};

use crate::rule::Held;

const LESS: Option<Ordering> = Some(Ordering::Less);

/// NULLIF, MIN and MAX of several arguments.
pub(super) fn held(function: Function, mut arguments: Vec<Held<'_>>, case: Case) -> Held<'_> {
    match function {
        Function::NullIf => {
            let is_same = arguments[0].order(&arguments[1], case) == Some(Ordering::Equal);
            if is_same { Held::NULL } else { arguments.swap_remove(0) }
        }
        _ if arguments.iter().any(Held::is_null) => Held::NULL,
        // Of equal arguments, MIN is the last and MAX the first.
        Function::Minimum => best(arguments, |best, next| best.order(next, case) != LESS),
        _ => best(arguments, |best, next| best.order(next, case) == LESS),
    }
}

fn best<'a>(
    arguments: Vec<Held<'a>>,
    is_better: impl Fn(&Held<'a>, &Held<'a>) -> bool,
) -> Held<'a> {
    let best = |best, next| if is_better(&best, &next) { next } else { best };
    arguments.into_iter().reduce(best).unwrap_or(Held::NULL)
}
