//! `-v` and `--log-format`: what happens inside, on standard error.

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

/// What is logged.
#[derive(Debug, Args)]
#[command(next_help_heading = "Logging")]
pub struct Logging {
    /// Log more: -v what is done, -vv each attempt, -vvv everything
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    verbose: u8,
    /// How log lines are written
    #[arg(long, value_enum, default_value = "text", global = true)]
    log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// For people
    Text,
    /// A JSON object a line
    Json,
}

impl Logging {
    /// Begins to log. `POOLPROOF_LOG` takes tracing's filter syntax and goes before `-v`.
    pub(super) fn begin(&self) {
        let level = match self.verbose {
            0 => "warn",
            1 => "poolproof=info,warn",
            2 => "poolproof=debug,warn",
            _ => "trace",
        };
        let filter = EnvFilter::try_from_env("POOLPROOF_LOG").unwrap_or_else(|_| EnvFilter::new(level));
        let builder =
            tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| Forgiving).log_internal_errors(false);
        // A second initialisation, as in a test, keeps the first.
        drop(match self.log_format {
            LogFormat::Text => builder.with_ansi(super::color()).try_init(),
            LogFormat::Json => builder.json().try_init(),
        });
    }
}

/// Standard error, whose loss must not cost a run its reports.
struct Forgiving;

impl std::io::Write for Forgiving {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        drop(std::io::stderr().write_all(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        drop(std::io::stderr().flush());
        Ok(())
    }
}
