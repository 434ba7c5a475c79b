//! `procmond`: the sensor.

mod args;
mod standalone;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use procmond::sensor::Settings;
use procmond::session::{Actor, SessionError};
use tokio::sync::watch;

/// `EX_TEMPFAIL` of sysexits.h: whoever supervises may start us again.
const NO_AGENT: u8 = 75;

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::new(&arguments.log_level);
    let colour = std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    // A log that cannot be written, on a full disk, must be nobody's end.
    let log = tracing_subscriber::fmt().with_ansi(colour).with_writer(std::io::stderr);
    log.log_internal_errors(false).with_env_filter(filter).init();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("procmond: {error:#}");
            let no_agent = error.downcast_ref::<SessionError>();
            match no_agent {
                Some(SessionError::NoAgent { .. }) => ExitCode::from(NO_AGENT),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

fn run(arguments: &args::Arguments) -> Result<()> {
    let settings =
        Settings { interval: arguments.interval.0, use_connector: !arguments.no_connector };
    if arguments.once {
        return standalone::once();
    }
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().context("runtime")?;
    let ended = runtime.block_on(async {
        let stop = end_signals()?;
        match &arguments.bus {
            Some(socket) if !arguments.standalone => {
                let heartbeat = arguments.heartbeat.0;
                let patience = arguments.patience.0;
                let (state_dir, keep) = (arguments.state_dir(socket), arguments.keep_bytes());
                let (socket, parent) = (socket.clone(), arguments.parent);
                let actor =
                    Actor { socket, settings, heartbeat, patience, state_dir, keep, parent };
                actor.run(stop).await.map_err(anyhow::Error::from)
            }
            _ => standalone::watch(settings, stop).await,
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    ended
}

/// Says so at the first SIGTERM or SIGINT.
fn end_signals() -> Result<watch::Receiver<bool>> {
    let (stop, stopped) = watch::channel(false);
    let asked = asked()?;
    tokio::spawn(async move {
        asked.await;
        stop.send_replace(true);
        // Stays until the end: a dropped sender would be the same as a signal.
        stop.closed().await;
    });
    Ok(stopped)
}

#[cfg(unix)]
fn asked() -> Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn asked() -> Result<impl Future<Output = ()> + Send> {
    let mut interrupt = tokio::signal::windows::ctrl_c().context("Ctrl-C")?;
    Ok(async move {
        interrupt.recv().await;
    })
}
