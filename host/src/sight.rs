//! What events can tell here. A rule that needs more is inert: it is listed and never run.

use daemoneye_bus::event::Field;

/// Fields that the sensor of this host gives a value in some event, since `procmond` fills them
/// on every operating system: THE LIST.
const EVERYWHERE: &[Field] = &[
    Field::Sequence,
    Field::Kind,
    Field::Time,
    Field::Origin,
    Field::ProcessKey,
    Field::Pid,
    Field::ParentPid,
    Field::ParentKey,
    Field::StartTime,
    Field::Name,
    Field::ExecutablePath,
    Field::CommandLine,
    Field::Arguments,
    Field::WorkingDirectory,
    Field::UserId,
    Field::UserName,
    Field::SessionId,
    Field::ParentName,
    Field::ParentPath,
    Field::ParentCommandLine,
    Field::ParentUserName,
    Field::Ancestry,
    Field::ExecutableSha256,
    Field::ExecutableHashState,
    Field::RunTime,
    Field::CpuUsage,
    Field::MemoryBytes,
    Field::ModifiedFields,
    Field::SuspiciousReason,
    Field::SuspiciousSeverity,
    Field::Absent,
    Field::Truncated,
];

/// Fields that only Linux tells, by `/proc` and the proc connector: THE LIST.
const LINUX: &[Field] = &[
    Field::Tty,
    Field::EffectiveUserId,
    Field::GroupId,
    Field::ExecutableState,
    Field::ExitCode,
    Field::ExitSignal,
    Field::ContainerId,
    Field::Protocol,
    Field::LocalAddress,
    Field::LocalPort,
    Field::RemoteAddress,
    Field::RemotePort,
];

/// Whose events they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Recorded ones, of any sensor on any host: any field may have a value.
    Recorded,
    /// Those of this host's sensor.
    ThisHost,
}

impl Sight {
    /// Whether the field has a value in any event.
    pub fn provides(self, field: Field) -> bool {
        let linux = cfg!(target_os = "linux") && LINUX.contains(&field);
        self == Sight::Recorded || linux || EVERYWHERE.contains(&field)
    }

    /// The operating system whose events they are, where all of them are of one.
    pub fn platform(self) -> Option<&'static str> {
        match self {
            Sight::Recorded => None,
            Sight::ThisHost => Some(std::env::consts::OS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_events_may_tell_anything_and_this_host_no_version_resources() {
        assert!(Field::ALL.iter().all(|field| Sight::Recorded.provides(*field)));
        assert!(Sight::ThisHost.provides(Field::CommandLine));
        assert!(!Sight::ThisHost.provides(Field::OriginalFileName));
        assert!(!Sight::ThisHost.provides(Field::IntegrityLevel));
    }
}
