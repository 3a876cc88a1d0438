//! The folder of one run.

use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::thread::Builder;

use super::latest::{self, run_at};
use super::{EVIDENCE, JUNIT, LATEST, REPORT, RESULTS, told, write_atomically};
use crate::report::junit::Dialect;
use crate::report::result::RunResult;
use crate::report::{html, json, junit};

/// The folder of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder {
    root: PathBuf,
    name: OsString,
}

impl RunFolder {
    /// Makes the folder of a new run below `root`, and `root` where it is missing.
    ///
    /// # Errors
    /// That it can't be made, that it exists already, or that the id can't name a folder.
    pub fn create(root: &Path, run_id: &str) -> io::Result<Self> {
        let folder = Self { root: root.to_owned(), name: folder_name(run_id)? };
        std::fs::create_dir_all(root).map_err(|error| told(&error, "making the folder", root))?;
        std::fs::create_dir(folder.path()).map_err(|error| told(&error, "making the folder", &folder.path()))?;
        Ok(folder)
    }

    /// The folder of something that is made again and again and always the same: the
    /// existing one, or a new one.
    ///
    /// # Errors
    /// As of [`RunFolder::create`].
    pub fn open_or_create(root: &Path, run_id: &str) -> io::Result<Self> {
        match Self::create(root, run_id) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::open(&root.join(folder_name(run_id)?)),
            made => made,
        }
    }

    /// The existing folder of a run, or what `latest` leads to.
    ///
    /// # Errors
    /// That there is no such folder.
    pub fn open(path: &Path) -> io::Result<Self> {
        let path = dunce::canonicalize(run_at(path)).map_err(|error| told(&error, "opening the folder", path))?;
        match (path.parent(), path.file_name()) {
            (Some(root), Some(name)) if path.is_dir() => Ok(Self { root: root.to_owned(), name: name.to_owned() }),
            _ => {
                let error = io::Error::from(io::ErrorKind::NotADirectory);
                Err(told(&error, "opening the folder", &path))
            }
        }
    }

    /// Gives it the name of a run: what was made under another is there at once and whole.
    ///
    /// # Errors
    /// That it can't be renamed, that there is such a folder, or that the id can't name one.
    pub fn rename(&self, run_id: &str) -> io::Result<Self> {
        let named = Self { root: self.root.clone(), name: folder_name(run_id)? };
        let moved = if named.path().exists() {
            Err(io::ErrorKind::AlreadyExists.into())
        } else {
            std::fs::rename(self.path(), named.path())
        };
        moved.map(|()| named).map_err(|error| told(&error, "making the folder", &self.root.join(run_id)))
    }

    /// Takes it away, with all that is in it.
    pub fn discard(&self) {
        // Who discards has something worse to tell.
        let _ = std::fs::remove_dir_all(self.path());
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.root.join(&self.name)
    }

    /// The files that are in it.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        // What can't be listed can't be written into either.
        let entries = std::fs::read_dir(self.path()).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    }

    /// Where its journal is.
    #[must_use]
    pub fn evidence(&self) -> PathBuf {
        self.path().join(EVIDENCE)
    }

    /// Writes `results.json`, `junit.xml` and `report.html`.
    ///
    /// # Errors
    /// The first file that can't be written, and why.
    pub fn write(&self, result: &RunResult, dialect: Dialect) -> io::Result<()> {
        // Somebody waits for the answer, and may hear of every user of a pool: the files are made side by side.
        let place = |name: &str| self.path().join(name);
        let page = || write_atomically(&place(REPORT), |out| html::write(result, out));
        let junit = || write_atomically(&place(JUNIT), |out| junit::write(result, dialect, out));
        std::thread::scope(|scope| {
            let others = [Builder::new().spawn_scoped(scope, junit), Builder::new().spawn_scoped(scope, page)];
            let results = write_atomically(&place(RESULTS), |out| json::write(result, out));
            let defect = || io::Error::other("drawing a report failed; this is a defect");
            let others = others.map(|other| other?.join().unwrap_or_else(|_| Err(defect())));
            [results].into_iter().chain(others).collect()
        })
    }

    /// Points `latest` here: a link where links work, else a copy of the small files that [`run_at`] follows.
    ///
    /// # Errors
    /// That neither can be made, or that something which isn't ours is called `latest`.
    pub fn make_latest(&self) -> io::Result<()> {
        latest::point(&self.root, &self.name)
            .map_err(|error| told(&error, "pointing to the newest run", &self.root.join(LATEST)))
    }
}

/// A run id as the name of a folder: one plain step of a path.
pub(super) fn folder_name(run_id: &str) -> io::Result<OsString> {
    let mut steps = Path::new(run_id).components();
    match (steps.next(), steps.next()) {
        (Some(Component::Normal(name)), None) if name == run_id && name != LATEST => Ok(name.to_owned()),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, format!("`{run_id}` can't name a run's folder"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{case, run};

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_run_leaves_its_folder_and_nothing_else() {
        let root = tempfile::tempdir().expect("a folder");
        let reports = root.path().join("some/reports");
        let result = run([case("a"), case("b").fail()]);
        let folder = RunFolder::create(&reports, "run-1").expect("a folder");
        folder.write(&result, Dialect::Jenkins).expect("written");
        folder.make_latest().expect("pointed");
        assert_eq!(names(&reports), [LATEST, "run-1"]);
        assert_eq!(names(&folder.path()), [JUNIT, REPORT, RESULTS]);
        assert_eq!(json::read_file(&reports.join(LATEST).join(RESULTS)).expect("it is ours"), result);
        let again = RunFolder::open(&reports.join(LATEST)).expect("opened");
        assert_eq!(json::read_file(&again.path().join(RESULTS)).expect("it is ours"), result);
    }

    #[test]
    fn a_folder_is_never_taken_twice() {
        let root = tempfile::tempdir().expect("a folder");
        RunFolder::create(root.path(), "run-1").expect("a folder");
        let error = RunFolder::create(root.path(), "run-1").expect_err("taken");
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert!(error.to_string().contains("run-1"), "{error}");
    }

    #[test]
    fn an_id_can_not_lead_elsewhere() {
        let root = tempfile::tempdir().expect("a folder");
        for id in ["", ".", "..", "../x", "/x", "a/b", "a/", "latest"] {
            assert!(RunFolder::create(root.path(), id).is_err(), "{id:?}");
        }
        assert!(names(root.path()).is_empty());
    }

    #[test]
    fn what_is_no_folder_is_not_opened() {
        let root = tempfile::tempdir().expect("a folder");
        let file = root.path().join("file");
        std::fs::write(&file, "").expect("written");
        assert!(RunFolder::open(&file).is_err());
        let error = RunFolder::open(&root.path().join("none")).expect_err("missing").to_string();
        assert!(error.contains("none"), "{error}");
    }
}
