//! `latest`, which leads to the newest run.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::atomic::unused_name;
use super::folder::folder_name;
use super::{JUNIT, LATEST, REPORT, RESULTS};

/// How often to try again while other runs move `latest` at the same moment, or somebody looks into it.
const TRIES: usize = 100;
/// Between two of them.
const PAUSE: Duration = Duration::from_millis(2);
/// In a copy: the name of the folder that it is of.
const COPY_OF: &str = "copy-of.txt";
/// What a copy has of the run.
const COPIED: [&str; 3] = [RESULTS, JUNIT, REPORT];
/// More bytes than any folder's name has.
const LONGEST_NAME: u64 = 1024;

/// Makes `root/latest` lead to `root/name`.
pub(super) fn point(root: &Path, name: &OsStr) -> io::Result<()> {
    let latest = root.join(LATEST);
    let staged = unused_name(root, &latest);
    // A link that was made and leads nowhere is none: Wine makes such, and disks that take no junction.
    let linked = link(root, name, &staged).and_then(|()| staged.join(".").metadata());
    let made = linked.map(drop).or_else(|_| {
        // What came of it is in the way.
        let _ = remove(&staged);
        copy(&root.join(name), name, &staged)
    });
    made.and_then(|()| replace(root, &latest, &staged)).inspect_err(|_| {
        // The first error is the one to tell.
        let _ = remove(&staged);
    })
}

/// Whether a folder is a copy made by [`copy`], with nothing of anybody else's in it.
fn is_copy(path: &Path) -> bool {
    let is_ours = |name: OsString| name == COPY_OF || COPIED.iter().any(|copied| name == *copied);
    path.join(COPY_OF).is_file()
        && std::fs::read_dir(path)
            .is_ok_and(|mut entries| entries.all(|entry| entry.is_ok_and(|entry| is_ours(entry.file_name()))))
}

/// The folder of a run that a path leads to: what `latest` is a copy of, where it could be no link.
#[must_use]
pub fn run_at(path: &Path) -> PathBuf {
    // A run with a journal of its own, or a record, is what it is.
    if !is_copy(path) {
        return path.to_owned();
    }
    let named = std::fs::File::open(path.join(COPY_OF)).and_then(|file| {
        let mut name = String::new();
        file.take(LONGEST_NAME).read_to_string(&mut name).map(|_| name)
    });
    let sibling = named.ok().and_then(|name| folder_name(name.trim()).ok()).and_then(|name| {
        let root = if path.file_name().is_some() { path.parent()?.to_owned() } else { path.join("..") };
        Some(root.join(name))
    });
    sibling.filter(|run| run.is_dir()).unwrap_or_else(|| path.to_owned())
}

/// A link that stays right when the folder of all reports is moved.
#[cfg(unix)]
fn link(_: &Path, name: &OsStr, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(name, link)
}

/// The same, which needs developer mode or a privilege and hence often fails; else a junction, which needs
/// neither, but a local disk.
#[cfg(windows)]
fn link(root: &Path, name: &OsStr, link: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_dir(name, link).or_else(|_| {
        let target = std::path::absolute(root.join(name))?;
        junction::create(target, std::path::absolute(link)?)
    })
}

#[cfg(not(any(unix, windows)))]
fn link(_: &Path, _: &OsStr, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The small files: the journal stays where it is, and is found by the run's name.
fn copy(folder: &Path, name: &OsStr, staged: &Path) -> io::Result<()> {
    std::fs::create_dir(staged)?;
    std::fs::write(staged.join(COPY_OF), name.as_encoded_bytes())?;
    for name in COPIED {
        match std::fs::copy(folder.join(name), staged.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Renames over what is there. Where that isn't possible (a folder, or any link on
/// Windows), what is there is first moved aside; another run may do the same just now.
fn replace(root: &Path, latest: &Path, staged: &Path) -> io::Result<()> {
    let mut failed = io::Error::from(io::ErrorKind::ResourceBusy);
    for _ in 0..TRIES {
        match std::fs::rename(staged, latest) {
            Ok(()) => return Ok(()),
            Err(error) => failed = error,
        }
        let Ok(there) = latest.symlink_metadata() else { continue };
        if there.is_dir() && !is_copy(latest) {
            // Unless it was one and is being moved aside just now.
            failed = io::Error::new(io::ErrorKind::AlreadyExists, "a folder that is not Poolproof's is in the way");
            std::thread::sleep(PAUSE);
            continue;
        }
        let aside = unused_name(root, latest);
        match std::fs::rename(latest, &aside) {
            Ok(()) => remove(&aside)?,
            Err(_) => std::thread::sleep(PAUSE),
        }
    }
    Err(failed)
}

/// Removes a link or a copy made by [`copy`], and nothing beyond it.
fn remove(path: &Path) -> io::Result<()> {
    let there = path.symlink_metadata()?;
    if there.is_dir() {
        for name in COPIED.into_iter().chain([COPY_OF]) {
            match std::fs::remove_file(path.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        std::fs::remove_dir(path)
    } else {
        // On Windows a link to a folder is removed as a folder.
        std::fs::remove_file(path).or_else(|_| std::fs::remove_dir(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of reports in which some runs have been.
    fn reports(runs: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a folder");
        for run in runs {
            std::fs::create_dir(root.path().join(run)).expect("a folder");
            std::fs::write(root.path().join(run).join(RESULTS), run).expect("written");
        }
        root
    }

    fn led_to(root: &Path) -> String {
        std::fs::read_to_string(root.join(LATEST).join(RESULTS)).expect("latest leads somewhere")
    }

    #[test]
    fn latest_follows_the_newest() {
        let root = reports(&["one", "two"]);
        for run in ["one", "two", "one"] {
            point(root.path(), OsStr::new(run)).expect("pointed");
            assert_eq!(led_to(root.path()), run);
        }
        assert_eq!(std::fs::read_dir(root.path()).expect("a folder").count(), 3, "nothing else is left");
    }

    #[test]
    fn a_copy_replaces_and_is_replaced() {
        let root = reports(&["one", "two", "three"]);
        let latest = root.path().join(LATEST);
        for run in ["one", "two"] {
            let staged = unused_name(root.path(), &latest);
            copy(&root.path().join(run), OsStr::new(run), &staged).expect("copied");
            replace(root.path(), &latest, &staged).expect("replaced");
            assert_eq!(led_to(root.path()), run);
            assert_eq!(run_at(&latest), root.path().join(run), "what was not copied is found");
        }
        point(root.path(), OsStr::new("three")).expect("pointed");
        assert_eq!(led_to(root.path()), "three");
        assert_eq!(std::fs::read_to_string(root.path().join("two").join(RESULTS)).expect("untouched"), "two");
        assert_eq!(std::fs::read_dir(root.path()).expect("a folder").count(), 4, "nothing else is left");
    }

    #[test]
    fn a_copy_leads_to_a_sibling_and_nowhere_else() {
        let root = reports(&["one"]);
        let latest = root.path().join(LATEST);
        std::fs::create_dir(&latest).expect("a folder");
        for (says, leads) in
            [("one\r\n", "one"), ("gone", LATEST), ("../one", LATEST), ("", LATEST), ("latest", LATEST)]
        {
            std::fs::write(latest.join(COPY_OF), says).expect("written");
            assert_eq!(run_at(&latest), root.path().join(leads), "{says:?}");
        }
        std::fs::write(latest.join(COPY_OF), "one").expect("written");
        assert!(run_at(&latest.join(".")).join(RESULTS).is_file());
        std::fs::write(latest.join("record.json"), "{}").expect("written");
        assert_eq!(run_at(&latest), latest, "what has more than a copy is no copy");
        assert!(point(root.path(), OsStr::new("one")).is_err(), "and is nobody's to take away");
        assert!(latest.join("record.json").is_file());
        assert_eq!(run_at(&root.path().join("one")), root.path().join("one"), "a run is itself");
    }

    #[test]
    fn a_folder_that_is_not_ours_is_left_alone() {
        let root = reports(&["one"]);
        std::fs::create_dir(root.path().join(LATEST)).expect("a folder");
        std::fs::write(root.path().join(LATEST).join("thesis.txt"), "dear").expect("written");
        assert!(point(root.path(), OsStr::new("one")).is_err());
        assert!(root.path().join(LATEST).join("thesis.txt").is_file());
        assert_eq!(std::fs::read_dir(root.path()).expect("a folder").count(), 2, "nothing else is left");
    }

    #[test]
    fn runs_at_once_do_not_disturb_each_other() {
        let names: Vec<String> = (0..8).map(|run| format!("run-{run}")).collect();
        let root = reports(&names.iter().map(String::as_str).collect::<Vec<_>>());
        std::thread::scope(|scope| {
            for name in &names {
                let root = root.path();
                scope.spawn(move || point(root, OsStr::new(name)).expect("pointed"));
            }
        });
        assert!(names.contains(&led_to(root.path())));
        assert_eq!(std::fs::read_dir(root.path()).expect("a folder").count(), names.len() + 1);
    }
}
