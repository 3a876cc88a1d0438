//! The binary as its users meet it: arguments and files in; exit code, streams and
//! reports out.

mod accounts;
mod bad_files;
mod bad_suites;
mod commands;
mod engine;
mod gate;
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
mod outcomes;
mod ranging;
mod replay;
mod schemas;
mod secrets;
mod support;
mod timing;
mod traces;
mod waivers;
