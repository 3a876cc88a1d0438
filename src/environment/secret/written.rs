//! A secret's command as files have it: a list of words, or with how long it may take.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SecretCommand;
use crate::values::Duration;

/// Either form.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Written {
    /// The program and its arguments.
    Words(#[schemars(length(min = 1))] Vec<String>),
    /// The same, and how long it may take.
    Timed(Timed),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(super) struct Timed {
    /// The program and its arguments.
    #[schemars(length(min = 1))]
    run: Vec<String>,
    /// How long it may take; 1m if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    within: Option<Duration>,
}

impl TryFrom<Written> for SecretCommand {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        match written {
            Written::Words(words) => Ok(Self { words, within: None }),
            Written::Timed(Timed { within: Some(within), .. }) if within.0.is_zero() => {
                Err("`within` leaves a secret's command no time; 1m if it is absent")
            }
            Written::Timed(Timed { run, within }) => Ok(Self { words: run, within }),
        }
    }
}

impl From<SecretCommand> for Written {
    fn from(command: SecretCommand) -> Self {
        match command {
            SecretCommand { words, within: None } => Self::Words(words),
            SecretCommand { words, within } => Self::Timed(Timed { run: words, within }),
        }
    }
}
