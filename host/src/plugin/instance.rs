//! One component with its memory. A fault kills it for good; the next is made from its template.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use wasmtime::component::{Component, Linker, types::ComponentItem};
use wasmtime::{Store, Trap};

use super::calls::Calls;
use super::fault::{Fault, LoadError};
use super::limits::{Limiter, Limits};
use super::sandbox::Sandbox;
use crate::capability::Granted;

/// What the host keeps for one instance.
pub(crate) struct State {
    pub(super) limiter: Limiter,
    pub(crate) calls: Calls,
    pub(crate) granted: Granted,
}

/// Fuel between two looks at the clock: about 50 microseconds of most work, and 3 milliseconds of
/// the slowest that was found, which waits for memory at each step.
const FUEL_BETWEEN_LOOKS: u64 = 100_000;
/// What a call has left when the time to wait for others is over.
const TIME_TO_END: Duration = Duration::from_secs(5);

/// What one call may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    pub(super) fuel: u64,
    pub(super) time: Duration,
}

/// For instances that have what is granted.
pub(super) fn store(sandbox: &Sandbox, limits: &Limits, granted: Granted) -> Store<State> {
    let (limiter, calls) = (Limiter::new(limits), Calls::new(limits.host_calls));
    let mut store = Store::new(&sandbox.engine, State { limiter, calls, granted });
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(limits.result_bytes);
    store.fuel_async_yield_interval(Some(FUEL_BETWEEN_LOOKS)).expect("the engine counts fuel");
    store
}

/// One call under its own fuel and deadline: the answer and the fuel it took, or the fault it ended
/// in. A call that is stopped leaves a dead instance.
pub(super) fn timed<T>(
    store: &mut Store<State>,
    budget: Budget,
    call: impl AsyncFnOnce(&mut Store<State>) -> wasmtime::Result<T>,
) -> Result<(T, u64), Fault> {
    store.data_mut().calls.begin(None);
    store.set_fuel(budget.fuel).expect("the engine counts fuel");
    let answer = within(budget.time, None, call(store)).ok_or(Fault::Deadline(budget.time))?;
    settle(store, budget.fuel, answer)
}

/// The same for a call that may wait for somebody outside. Waiting is over when its time is; a guest
/// that is told so has some more time to come to an end.
pub(super) fn waiting<T>(
    store: &mut Store<State>,
    budget: Budget,
    call: impl AsyncFnOnce(&mut Store<State>) -> wasmtime::Result<T>,
) -> Result<(T, u64), Fault> {
    let (now, time) = (Instant::now(), budget.time + TIME_TO_END);
    store.data_mut().calls.begin(Some(now + budget.time));
    store.set_fuel(budget.fuel).expect("the engine counts fuel");
    let answer = within(time, Some(now), call(store)).ok_or(Fault::Deadline(time))?;
    settle(store, budget.fuel, answer)
}

/// Fuel is the only instrument: where it is counted anyway, a look at the clock now and then costs
/// next to nothing, whereas counting epochs besides costs as much as fuel once more.
fn within<T>(
    time: Duration,
    mut started: Option<Instant>,
    call: impl Future<Output = T>,
) -> Option<T> {
    let mut call = pin!(call);
    let mut nobody_waits = Context::from_waker(Waker::noop());
    loop {
        match call.as_mut().poll(&mut nobody_waits) {
            Poll::Ready(answer) => return Some(answer),
            // Nothing in these stores waits for anything: they yield, and only when fuel is used.
            // Most calls end before the first look, and need no clock.
            Poll::Pending if started.get_or_insert_with(Instant::now).elapsed() < time => {}
            Poll::Pending => return None,
        }
    }
}

fn settle<T>(
    store: &Store<State>,
    fuel: u64,
    answer: wasmtime::Result<T>,
) -> Result<(T, u64), Fault> {
    match answer {
        Ok(answer) => Ok((answer, fuel - store.get_fuel().expect("the engine counts fuel"))),
        Err(error) => Err(classify(store.data(), &error, fuel)),
    }
}

fn classify(state: &State, error: &wasmtime::Error, fuel: u64) -> Fault {
    match (error.downcast_ref::<Trap>(), state.calls.fault().or(state.limiter.fault())) {
        (Some(Trap::OutOfFuel), _) => Fault::OutOfFuel(fuel),
        (_, Some(fault)) => fault,
        (Some(Trap::StackOverflow), None) => Fault::StackOverflow,
        (Some(trap), None) => Fault::Trapped(trap.to_string()),
        (None, None) => match error.downcast_ref::<std::str::Utf8Error>() {
            Some(utf8) => Fault::NotUtf8(utf8.valid_up_to()),
            None => Fault::TooMuch(error.root_cause().to_string()),
        },
    }
}

/// Refuses every import that is not in the list, by its name.
pub(super) fn check_imports(
    plugin: &str,
    component: &Component,
    verdict: impl Fn(&str) -> Result<(), &'static str>,
) -> Result<(), LoadError> {
    for import in imports(component) {
        verdict(&import).map_err(|reason| LoadError::Import {
            plugin: plugin.to_owned(),
            import: import.clone(),
            reason,
        })?;
    }
    Ok(())
}

/// The names of everything that the component imports.
pub(super) fn imports(component: &Component) -> Vec<String> {
    let component_type = component.component_type();
    component_type.imports(component.engine()).map(|(name, _)| name.to_owned()).collect()
}

/// The template of a component whose imports have been checked.
pub(super) fn template<T>(
    plugin: &str,
    world: &'static str,
    component: &Component,
    linker: &Linker<State>,
    typed: impl FnOnce(wasmtime::component::InstancePre<State>) -> wasmtime::Result<T>,
) -> Result<T, LoadError> {
    linker.instantiate_pre(component).and_then(typed).map_err(|error| LoadError::World {
        plugin: plugin.to_owned(),
        world,
        cause: format!("{error:#}; it exports {}", exports(component)),
    })
}

fn exports(component: &Component) -> String {
    let component_type = component.component_type();
    let names: Vec<_> = component_type
        .exports(component.engine())
        .filter(|(_, item)| matches!(item.ty, ComponentItem::ComponentInstance(_)))
        .map(|(name, _)| name.to_owned())
        .collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}
