//! Flags that carry a secret for some programs and something harmless for others: `-p` is a password
//! for `mysql`, a port for `psql` and a wish for parents for `mkdir`. From the programs' manuals.

/// Which part of a flag's value is secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    All,
    /// What follows the first of this character; without it, nothing.
    After(char),
    /// All of it, unless it says where the secret is: `file:x`, `env:x`.
    Inline,
}

/// Where among a program's arguments its flags are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Everywhere,
    /// Up to the command that the program starts.
    BeforeCommand,
    /// From this subcommand on.
    After(&'static str),
}

/// The flags of some programs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tool {
    /// File names of the programs.
    names: &'static [&'static str],
    pub(super) scope: Scope,
    /// Flags with the value in the same word.
    pub(super) attached: &'static [&'static str],
    /// Flags with the value in the next word.
    pub(super) separate: &'static [&'static str],
    pub(super) part: Part,
}

const fn tool(
    names: &'static [&'static str],
    attached: &'static [&'static str],
    separate: &'static [&'static str],
) -> Tool {
    Tool { names, scope: Scope::Everywhere, attached, separate, part: Part::All }
}

const fn part(part: Part, tool: Tool) -> Tool {
    Tool { part, ..tool }
}

const fn scope(scope: Scope, tool: Tool) -> Tool {
    Tool { scope, ..tool }
}

const TOOLS: &[Tool] = &[
    tool(
        &[
            "mysql",
            "mysqldump",
            "mysqladmin",
            "mysqlimport",
            "mysqlcheck",
            "mysqlshow",
            "mysqlslap",
            "mysqlbinlog",
            "mysqlpump",
            "mysqlsh",
            "mariadb",
            "mariadb-dump",
            "mariadb-admin",
            "mariadb-import",
            "mariadb-check",
        ],
        &["-p"],
        &[],
    ),
    scope(Scope::BeforeCommand, tool(&["sshpass"], &["-p"], &["-p"])),
    tool(&["redis-cli"], &[], &["-a"]),
    tool(
        &["mongo", "mongosh", "mongodump", "mongorestore", "mongoexport", "mongoimport"],
        &["-p"],
        &["-p"],
    ),
    scope(
        Scope::After("login"),
        tool(
            &["docker", "podman", "nerdctl", "buildah", "skopeo", "helm", "oras", "crane"],
            &["-p"],
            &["-p"],
        ),
    ),
    part(
        Part::After(':'),
        tool(
            &["curl"],
            &["-u", "--user=", "-U", "--proxy-user="],
            &["-u", "--user", "-U", "--proxy-user"],
        ),
    ),
    tool(&["7z", "7za", "7zr", "7zz", "rar", "unrar"], &["-p", "-hp"], &[]),
    tool(&["zip", "unzip", "zipcloak", "zipnote"], &["-P"], &["-P"]),
    tool(
        &[
            "ldapsearch",
            "ldapadd",
            "ldapmodify",
            "ldapdelete",
            "ldappasswd",
            "ldapwhoami",
            "ldapcompare",
            "ldapmodrdn",
        ],
        &["-w"],
        &["-w"],
    ),
    part(
        Part::After('%'),
        tool(
            &["smbclient", "rpcclient", "smbget", "smbcacls"],
            &["-U", "--user="],
            &["-U", "--user"],
        ),
    ),
    part(Part::Inline, tool(&["openssl"], &[], &["-pass", "-passin", "-passout", "-k", "-K"])),
    tool(&["sqlcmd", "bcp", "osql", "tsql"], &["-P"], &["-P"]),
    tool(
        &[
            "snmpget",
            "snmpset",
            "snmpwalk",
            "snmpbulkget",
            "snmpbulkwalk",
            "snmpgetnext",
            "snmptrap",
        ],
        &["-c", "-A", "-X"],
        &["-c", "-A", "-X"],
    ),
    tool(&["ipmitool", "mosquitto_pub", "mosquitto_sub"], &[], &["-P"]),
    tool(&["rdesktop"], &["-p"], &["-p"]),
    tool(&["xfreerdp", "wlfreerdp"], &["/p:", "/gp:"], &[]),
    tool(
        &["evil-winrm", "crackmapexec", "netexec", "nxc", "hydra", "medusa", "cqlsh"],
        &[],
        &["-p"],
    ),
    tool(&["useradd", "usermod"], &["-p"], &["-p"]),
    tool(&["nmcli"], &[], &["password", "wifi-sec.psk", "802-11-wireless-security.psk"]),
    tool(&["aws"], &[], &["aws_secret_access_key", "aws_session_token"]),
    part(Part::After(','), tool(&["lftp"], &["-u"], &["-u"])),
    part(Part::After('='), tool(&["kubectl", "oc"], &["--from-literal="], &["--from-literal"])),
];

/// The program that this word starts, if it is one of these.
pub(super) fn named(word: &str) -> Option<&'static Tool> {
    let name = word.rsplit('/').next().unwrap_or(word);
    let name = name.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    TOOLS.iter().find(|tool| tool.names.contains(&name))
}

impl Part {
    /// Where the secret begins in a value; nothing if there is none.
    pub(super) fn start(self, value: &str) -> Option<usize> {
        match self {
            Part::All => Some(0),
            Part::After(divider) => Some(value.find(divider)? + divider.len_utf8()),
            Part::Inline => match value.split_once(':') {
                Some(("pass", _)) => Some("pass:".len()),
                Some(("env" | "file" | "fd", _)) => None,
                _ => (value != "stdin").then_some(0),
            },
        }
    }
}
