//! `daemoneye doctor`: what this host has, and what to do.

use std::path::Path;

use super::Out;
use crate::doctor::{State, examine, probe};
use crate::exit::{End, Failure};
use crate::render;

pub(super) async fn run(out: &Out, socket: &Path) -> Result<End, Failure> {
    let checks = examine(&probe(socket).await);
    out.write(&checks, |look| render::doctor(&checks, look))?;
    let failed = checks.iter().any(|check| check.state == State::Fail);
    Ok(if failed { End::Degraded } else { End::Well })
}
