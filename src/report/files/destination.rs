//! Where a user wants a report.

use std::io::{self, Write};
use std::path::PathBuf;

use super::write_atomically;

/// Where a user wants a report: a path, or `-` for standard output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Standard output.
    Stdout,
    /// A file; folders on its way are made.
    File(PathBuf),
}

impl Destination {
    /// Writes a report there; a file appears all at once.
    ///
    /// # Errors
    /// What the file or the writer says, with the path in it.
    pub fn write(&self, report: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        match self {
            Self::Stdout => {
                let mut out = io::stdout().lock();
                match report(&mut out).and_then(|()| out.flush()) {
                    // A reader that has seen enough is no trouble.
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                    written => written,
                }
            }
            Self::File(path) => write_atomically(path, |out| report(out)),
        }
    }
}

impl From<&str> for Destination {
    fn from(argument: &str) -> Self {
        if argument == "-" { Self::Stdout } else { Self::File(argument.into()) }
    }
}

impl std::str::FromStr for Destination {
    type Err = std::convert::Infallible;

    fn from_str(argument: &str) -> Result<Self, Self::Err> {
        Ok(argument.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dash_is_standard_output() {
        assert_eq!(Destination::from("-"), Destination::Stdout);
        assert_eq!(Destination::from("a/-"), Destination::File("a/-".into()));
        assert_eq!("x.xml".parse(), Ok(Destination::File("x.xml".into())));
    }
}
