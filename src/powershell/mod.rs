//! Windows PowerShell as a child process: scripts in, lines out.
//!
//! The product's module needs Windows PowerShell 5.1 on a machine with the management
//! tools (wire.md 7.1). [`Shell`] runs one script there, or through a configured command
//! that reaches such a machine. The script and its parameters go to standard input and
//! never into a command line: that has no limit of 32,000 characters, needs no file and so
//! no execution policy, and leaves nothing to quote. What comes back is read line by line,
//! every length and time bounded; a child that is not wanted any more is ended together
//! with its own children.
//!
//! [`cmdlets`] lists every cmdlet that is ever called, and what of it may be asked.

pub mod cmdlets;
mod invocation;
mod lines;
pub mod marks;
mod run;
mod settings;
mod stderr;
pub mod template;

pub use invocation::{BOOTSTRAP, arguments, input};
pub use run::{Ended, Flow, ShellError, ShellFailure};
pub use settings::{Shell, ShellFile};
