//! Which PowerShell runs scripts, and how long it may take.

use std::net::SocketAddr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::values;

/// `powershell:` in the environment file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShellFile {
    /// The program and its first arguments; `[powershell.exe]` if absent. `[ssh, mgmt01, powershell.exe]` reaches another machine. Poolproof adds `-NoLogo -NoProfile …` and gives the script on standard input.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// How long one export may take; `4h` if absent. A `cmdlet` step has its check's `timeout`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<values::Duration>,
    /// How long an export may say nothing, not even that it is still reading; `15m` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silence: Option<values::Duration>,
}

/// The PowerShell that runs scripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shell {
    /// The program and its first arguments.
    pub command: Vec<String>,
    /// How long one script may take.
    pub timeout: Duration,
    /// How long it may say nothing.
    pub silence: Duration,
    /// The longest line that is read, in bytes.
    pub longest_line: usize,
    /// Who really reads and answers what the program would: a mock deployment. No program
    /// is started then.
    pub wired: Option<SocketAddr>,
}

impl Default for Shell {
    fn default() -> Self {
        Self::from(&ShellFile::default())
    }
}

impl From<&ShellFile> for Shell {
    fn from(file: &ShellFile) -> Self {
        let command = if file.command.is_empty() { vec!["powershell.exe".to_owned()] } else { file.command.clone() };
        Self {
            command,
            timeout: file.timeout.map_or(Duration::from_hours(4), |timeout| timeout.0),
            silence: file.silence.map_or(Duration::from_mins(15), |silence| silence.0),
            longest_line: 4 << 20,
            wired: None,
        }
    }
}

impl Shell {
    /// The same, for one question that has to be answered in time.
    #[must_use]
    pub fn within(&self, time: Duration) -> Self {
        Self { timeout: time, silence: time, ..self.clone() }
    }

    /// How messages name it.
    #[must_use]
    pub fn name(&self) -> String {
        self.command.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_has_a_default() {
        let file: ShellFile = serde_json::from_str(r#"{"silence": "3m"}"#).expect("settings");
        let shell = Shell::from(&file);
        assert_eq!(shell.command, ["powershell.exe"]);
        assert_eq!((shell.timeout, shell.silence), (Duration::from_hours(4), Duration::from_mins(3)));
        assert!(serde_json::from_str::<ShellFile>(r#"{"comand": []}"#).is_err());
        assert_eq!(shell.within(Duration::from_secs(9)).timeout, Duration::from_secs(9));
    }
}
