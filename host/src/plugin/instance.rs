//! One component with its memory. A fault kills it for good; the next is made from its template.

use wasmtime::component::{Component, Linker, types::ComponentItem};
use wasmtime::{Store, Trap};

use super::fault::{Fault, LoadError};
use super::limits::{Limiter, Limits};
use super::sandbox::Sandbox;
use crate::capability::Granted;

/// What the host keeps for one instance.
pub(crate) struct State {
    pub(super) limiter: Limiter,
    pub(crate) granted: Granted,
}

pub(super) fn store(sandbox: &Sandbox, limits: &Limits, granted: Granted) -> Store<State> {
    let state = State { limiter: Limiter::new(limits), granted };
    let mut store = Store::new(&sandbox.engine, state);
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(limits.result_bytes);
    store
}

/// One call under its own fuel: the answer and the fuel it took, or the fault it ended in.
pub(super) fn metered<T>(
    store: &mut Store<State>,
    fuel: u64,
    call: impl FnOnce(&mut Store<State>) -> wasmtime::Result<T>,
) -> Result<(T, u64), Fault> {
    store.set_fuel(fuel).expect("the engine counts fuel");
    match call(store) {
        Ok(answer) => Ok((answer, fuel - store.get_fuel().expect("the engine counts fuel"))),
        Err(error) => Err(classify(store.data(), &error, fuel)),
    }
}

fn classify(state: &State, error: &wasmtime::Error, fuel: u64) -> Fault {
    let Limiter { refused, .. } = state.limiter;
    match (error.downcast_ref::<Trap>(), refused) {
        (Some(Trap::OutOfFuel), _) => Fault::OutOfFuel(fuel),
        (_, Some(asked)) => Fault::OutOfMemory { asked, limit: state.limiter.memory_bytes() },
        (Some(trap), None) => Fault::Trapped(trap.to_string()),
        (None, None) => Fault::TooMuch(error.root_cause().to_string()),
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
