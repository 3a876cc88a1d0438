//! Where a user wants a report.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

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
    /// Whether both are one place, however each is written.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Stdout, Self::Stdout) => true,
            (Self::File(one), Self::File(other)) => real(one) == real(other),
            _ => false,
        }
    }

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

/// Where a path leads, as far as it exists.
fn real(path: &Path) -> PathBuf {
    let there = path.canonicalize().or_else(|error| {
        let name = path.file_name().ok_or(error)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        folder.canonicalize().map(|folder| folder.join(name))
    });
    // What is to be made has no other name yet; `.` says nothing in it.
    there.or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
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
    fn one_place_is_one_however_it_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |path: &str| Destination::File(folder.path().join(path));
        std::fs::create_dir(folder.path().join("there")).expect("a folder");
        std::fs::write(folder.path().join("there/old"), "").expect("written");
        for (one, other) in
            [("a", "./a"), ("there/a", "there/../there/a"), ("there/old", "there/./old"), ("n/a", "n/./a")]
        {
            assert!(at(one).is_same(&at(other)), "{one} {other}");
        }
        assert!(!at("a").is_same(&at("b")) && !at("a").is_same(&Destination::Stdout));
        assert!(Destination::from("x").is_same(&"./x".into()) && Destination::Stdout.is_same(&Destination::Stdout));
    }

    #[test]
    fn a_dash_is_standard_output() {
        assert_eq!(Destination::from("-"), Destination::Stdout);
        assert_eq!(Destination::from("a/-"), Destination::File("a/-".into()));
        assert_eq!("x.xml".parse(), Ok(Destination::File("x.xml".into())));
    }
}
