//! `procmond`: the sensor.

mod args;
mod standalone;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use procmond::confinement::{self, Confinement};
use procmond::sensor::Settings;
use procmond::session::{Actor, SessionError};
use tokio::runtime::{Builder, Runtime};
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
    let redactor = arguments.redaction.redactor()?.map(Arc::new);
    let socket = arguments.bus.as_deref().filter(|_| !arguments.standalone);
    let own = socket.map(|socket| arguments.state_dir(socket));
    let confinement = Confinement::begin(own.into_iter().collect(), socket);
    let settings = Settings {
        interval: arguments.interval.0,
        use_connector: !arguments.no_connector,
        use_network: !arguments.no_network,
        redactor: redactor.clone(),
    };
    match redactor.as_deref() {
        Some(redactor) if arguments.redaction.mark => return standalone::mark(redactor),
        redactor if arguments.once => {
            confinement::settle();
            return standalone::once(redactor);
        }
        _ => {}
    }
    let runtime = runtime(&confinement).context("runtime")?;
    let ended = runtime.block_on(async {
        let stop = end_signals()?;
        match socket {
            Some(socket) => {
                let heartbeat = arguments.heartbeat.0;
                let patience = arguments.patience.0;
                let (socket, parent) = (socket.to_owned(), arguments.parent);
                let (state_dir, keep) = (arguments.state_dir(&socket), arguments.keep_bytes());
                let actor = Actor {
                    id: arguments.id.clone(),
                    socket,
                    settings,
                    heartbeat,
                    patience,
                    confinement,
                    state_dir,
                    keep,
                    parent,
                };
                actor.run(stop).await.map_err(anyhow::Error::from)
            }
            None => standalone::watch(settings, confinement, stop).await,
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    ended
}

/// Its threads speak. This one starts those that look before it only speaks, too.
fn runtime(confinement: &Confinement) -> std::io::Result<Runtime> {
    let confinement = confinement.clone();
    let speak = move || {
        if let Err(lack) = confinement.speak() {
            tracing::warn!("a thread that speaks is not confined: {lack}");
        }
    };
    Builder::new_multi_thread().worker_threads(2).on_thread_start(speak).enable_all().build()
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
