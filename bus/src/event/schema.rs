//! Every field that an event can have: THE LIST.
//!
//! The number of a field is its place in the list and is what the bus and the store write. Fields
//! are therefore only ever appended.

/// The type of a field's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// `i64`.
    Integer,
    /// `f64`.
    Float,
    /// UTF-8 text.
    Text,
}

macro_rules! fields {
    ($($variant:ident $name:literal $type:ident [$($alias:literal)*] $doc:literal)*) => {
        /// One field of an event.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Field {
            $(#[doc = $doc] $variant,)*
        }

        impl Field {
            /// Every field, in the order of the list.
            pub const ALL: &'static [Field] = &[$(Field::$variant,)*];

            /// The field's own name, in rules, in JSON and in documents.
            pub fn name(self) -> &'static str {
                match self { $(Field::$variant => $name,)* }
            }

            /// Other names under which rules and recorded events may call the field: osquery's in
            /// lower case, Sysmon's and Sigma's in their own spelling.
            pub fn aliases(self) -> &'static [&'static str] {
                match self { $(Field::$variant => &[$($alias),*],)* }
            }

            /// The type of the field's values.
            pub fn field_type(self) -> FieldType {
                match self { $(Field::$variant => FieldType::$type,)* }
            }

            /// Meaning and unit, one sentence.
            pub fn description(self) -> &'static str {
                match self { $(Field::$variant => $doc,)* }
            }
        }
    };
}

fields! {
    Sequence "sequence" Integer [] "Number of the event within its source, from 1, without gaps."
    Kind "kind" Text [] "What happened: start, exec, stop, modify, suspicious or snapshot; connect, accept or listen."
    Time "time" Integer [] "When it happened, microseconds since the Unix epoch."
    Origin "origin" Text [] "How it was learnt: exec, fork, exit or change (told by the kernel), or poll (seen by a sweep)."
    ProcessKey "process_key" Text ["key" "ProcessGuid"] "Identity of the process that survives pid reuse: boot id, pid and start time."
    Pid "pid" Integer ["ProcessId"] "Process id."
    ParentPid "ppid" Integer ["parent" "ParentProcessId"] "Process id of the parent."
    ParentKey "parent_key" Text ["ParentProcessGuid"] "Identity of the parent."
    StartTime "start_time" Integer [] "When the process started, microseconds since the Unix epoch."
    Name "name" Text ["comm"] "Short name; on Linux the kernel's comm, at most 15 bytes."
    ExecutablePath "executable_path" Text ["path" "exe" "Image"] "Absolute path of the program that runs."
    CommandLine "command_line" Text ["cmdline" "CommandLine"] "The arguments joined by single spaces."
    Arguments "arguments" Text ["argv"] "The arguments as a JSON array of strings."
    WorkingDirectory "cwd" Text ["CurrentDirectory"] "Working directory."
    UserId "user_id" Integer ["uid"] "Real user id."
    EffectiveUserId "effective_user_id" Integer ["euid"] "Effective user id."
    UserName "user_name" Text ["username" "User"] "Name of the real user."
    GroupId "group_id" Integer ["gid"] "Real group id."
    SessionId "session_id" Integer ["sid" "TerminalSessionId"] "Session id."
    Tty "tty" Text [] "Controlling terminal, such as pts/0."
    ParentName "parent_name" Text [] "Short name of the parent."
    ParentPath "parent_path" Text ["ParentImage"] "Absolute path of the parent's program."
    ParentCommandLine "parent_command_line" Text ["parent_cmdline" "ParentCommandLine"] "The parent's arguments joined by single spaces."
    ParentUserName "parent_user_name" Text ["ParentUser"] "Name of the parent's real user."
    Ancestry "ancestry" Text [] "The parent and its ancestors, nearest first, at most 16, as a JSON array of {\"pid\",\"name\",\"path\"}."
    ExecutableSha256 "executable_sha256" Text ["sha256"] "SHA-256 of the program's file, lower-case hexadecimal."
    ExecutableHashState "executable_hash_state" Text [] "Why there is a hash or none: ok, pending, unreadable or too_big; a deleted file is hashed through its process."
    ExecutableState "executable_state" Text [] "Where the program's file is: on_disk, deleted, replaced (deleted, and another file has its path) or memfd."
    ExitCode "exit_code" Integer [] "Exit code of a process that ended by itself."
    ExitSignal "exit_signal" Integer [] "Signal that ended the process."
    RunTime "run_time" Integer [] "From start to stop, microseconds."
    ContainerId "container_id" Text [] "Id of the container, from the control group."
    CpuUsage "cpu_usage" Float [] "Share of one processor since the last sweep, 1.0 is all of it."
    MemoryBytes "memory_bytes" Integer ["resident_size"] "Resident memory, bytes."
    ModifiedFields "modified_fields" Text [] "Names of the fields that a modify event reports, separated by single spaces."
    SuspiciousReason "suspicious_reason" Text [] "Why the sensor finds the process suspicious."
    SuspiciousSeverity "suspicious_severity" Text [] "How suspicious: info, low, medium, high or critical."
    Absent "absent" Text [] "Why fields are missing that this kind of event should have: field=reason, separated by single spaces; reasons are gone, denied, pending, unsupported and none."
    Truncated "truncated" Text [] "Names of text fields that were cut at their limit, separated by single spaces."
    HostName "host_name" Text ["Computer"] "Name of the host, in recorded events."
    OriginalFileName "original_file_name" Text ["OriginalFileName"] "File name in the program's version resource; Windows."
    FileDescription "file_description" Text ["Description"] "Description in the program's version resource; Windows."
    FileProduct "file_product" Text ["Product"] "Product in the program's version resource; Windows."
    FileCompany "file_company" Text ["Company"] "Company in the program's version resource; Windows."
    FileVersion "file_version" Text ["FileVersion"] "Version in the program's version resource; Windows."
    FileHashes "file_hashes" Text ["Hashes"] "Hashes of the program's file as Sysmon writes them."
    IntegrityLevel "integrity_level" Text ["IntegrityLevel"] "Integrity level of the process; Windows."
    LogonId "logon_id" Text ["LogonId"] "Id of the logon session; Windows."
    GrandparentPath "grandparent_path" Text ["GrandParentImage"] "Absolute path of the grandparent's program."
    ProviderName "provider_name" Text ["Provider_Name"] "Source that recorded the event; recorded events of Windows."
    Protocol "protocol" Text ["Protocol"] "Protocol of a connection: tcp or udp."
    LocalAddress "local_address" Text ["SourceIp"] "Address of the process's end of a connection, IPv4 or IPv6."
    LocalPort "local_port" Integer ["SourcePort"] "Port of the process's end of a connection."
    RemoteAddress "remote_address" Text ["DestinationIp"] "Address of the other end of a connection."
    RemotePort "remote_port" Integer ["DestinationPort"] "Port of the other end of a connection."
}

impl Field {
    /// The field with this number, if the list has one.
    pub fn from_number(number: u8) -> Option<Field> {
        Field::ALL.get(usize::from(number)).copied()
    }

    /// The field's number: its place in the list.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The field with this name or alias. Names are compared without regard to ASCII case.
    pub fn named(name: &str) -> Option<Field> {
        let is = |candidate: &str| candidate.eq_ignore_ascii_case(name);
        Field::ALL
            .iter()
            .copied()
            .find(|field| is(field.name()))
            .or_else(|| Field::ALL.iter().copied().find(|f| f.aliases().iter().any(|a| is(a))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_means_two_fields() {
        let mut seen = std::collections::HashMap::new();
        for field in Field::ALL {
            for name in field.aliases().iter().chain([&field.name()]) {
                let earlier = seen.insert(name.to_ascii_lowercase(), *field);
                assert!(
                    earlier.is_none_or(|e| e == *field),
                    "{name} means {earlier:?} and {field:?}"
                );
            }
        }
    }

    #[test]
    fn numbers_and_names_lead_back_to_their_field() {
        for field in Field::ALL {
            assert_eq!(Field::from_number(field.number()), Some(*field));
            assert_eq!(Field::named(field.name()), Some(*field));
        }
    }
}
