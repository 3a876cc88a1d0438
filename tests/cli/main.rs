//! The binary as its users meet it: arguments and files in; exit code, streams and
//! reports out.

mod accounts;
mod bad_files;
mod bad_suites;
mod capture;
mod commands;
mod compare;
mod engine;
mod gate;
mod gate_shown;
mod gathered;
mod held;
#[cfg(unix)]
mod interrupted;
mod inventory;
mod journal;
#[cfg(unix)]
mod killed;
mod merge;
mod mutated;
mod notify;
mod outcomes;
mod ranging;
mod receiver;
mod recipes;
mod record;
mod replay;
mod schemas;
#[cfg(unix)]
mod secret_commands;
mod secrets;
mod support;
mod timing;
mod traces;
#[cfg(target_os = "linux")]
mod trusted;
mod waivers;
mod walkthrough;
