//! Files that appear all at once.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::told;

/// Writes a file under another name beside its own, then renames it. What was there
/// before stays until then, and stays for good if writing fails. Folders on the way are
/// made. What isn't a regular file (a pipe, a device) is written as it is.
///
/// # Errors
/// What the file system or `write` says, with the path in it.
pub fn write_atomically(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    put(path, write).map_err(|error| told(&error, "writing", path))
}

fn put(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let target = match path.metadata() {
        Ok(there) if there.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        // Renaming over `/dev/stdout` would replace it.
        Ok(there) if !there.is_file() => return fill(OpenOptions::new().write(true).open(path)?, write),
        // A link keeps leading to where the file is.
        Ok(_) => path.canonicalize()?,
        Err(_) => path.to_owned(),
    };
    let folder = folder_of(&target);
    std::fs::create_dir_all(folder)?;
    let (staged, file) = stage(folder, &target)?;
    fill(file, write).and_then(|()| renamed(&staged, &target)).inspect_err(|_| {
        // The first error is the one to tell.
        let _ = std::fs::remove_file(&staged);
    })
}

/// How often to try again where somebody else has hold of the file that is replaced.
#[cfg(windows)]
const TRIES: u32 = 50;

/// Virus scanners, indexers and other writers hold a file of Windows for a moment, and whatever they hold can't be
/// replaced.
#[cfg(windows)]
fn renamed(staged: &Path, target: &Path) -> io::Result<()> {
    for _ in 0..TRIES {
        match std::fs::rename(staged, target) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            renamed => return renamed,
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    std::fs::rename(staged, target)
}

#[cfg(not(windows))]
fn renamed(staged: &Path, target: &Path) -> io::Result<()> {
    std::fs::rename(staged, target)
}

fn fill(file: File, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, file);
    write(&mut out)?;
    out.flush()
}

fn stage(folder: &Path, target: &Path) -> io::Result<(PathBuf, File)> {
    loop {
        let staged = unused_name(folder, target);
        match OpenOptions::new().write(true).create_new(true).open(&staged) {
            Ok(file) => return Ok((staged, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// A name in a folder that no other thread or process takes, short enough for any
/// file system.
pub(super) fn unused_name(folder: &Path, target: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let name: String = name.chars().take(40).collect();
    // Processes of several containers may share a folder and a process id.
    let now = jiff::Timestamp::now().as_nanosecond();
    let unique = NEXT.fetch_add(1, Ordering::Relaxed);
    folder.join(format!(".{name}.{}-{now:x}-{unique}.tmp", std::process::id()))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> impl FnOnce(&mut dyn Write) -> io::Result<()> {
        move |out| out.write_all(text.as_bytes())
    }

    fn entries(folder: &Path) -> usize {
        std::fs::read_dir(folder).expect("a folder").count()
    }

    #[test]
    fn a_file_is_replaced_and_folders_are_made() {
        let root = tempfile::tempdir().expect("a folder");
        let path = root.path().join("a/b/junit.xml");
        write_atomically(&path, text("one")).expect("written");
        write_atomically(&path, text("two")).expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("there"), "two");
        assert_eq!(entries(&root.path().join("a/b")), 1);
    }

    #[test]
    fn a_failure_leaves_what_was_there() {
        let root = tempfile::tempdir().expect("a folder");
        let path = root.path().join("results.json");
        write_atomically(&path, text("whole")).expect("written");
        let error = write_atomically(&path, |out| {
            out.write_all(&vec![b'x'; 100_000])?;
            Err(io::Error::other("disk full"))
        })
        .expect_err("it failed")
        .to_string();
        assert!(error.contains("results.json") && error.contains("disk full"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).expect("there"), "whole");
        assert_eq!(entries(root.path()), 1, "nothing half-written is left");
    }

    #[test]
    fn a_folder_in_the_way_is_told() {
        let root = tempfile::tempdir().expect("a folder");
        assert!(write_atomically(root.path(), text("x")).is_err());
    }

    #[test]
    fn many_writers_leave_one_whole_file() {
        let root = tempfile::tempdir().expect("a folder");
        let path = root.path().join("results.json");
        std::thread::scope(|scope| {
            for writer in 0..8_u8 {
                let path = &path;
                scope.spawn(move || {
                    let body = vec![b'a' + writer; 70_000];
                    write_atomically(path, |out| out.write_all(&body)).expect("written");
                });
            }
        });
        let bytes = std::fs::read(&path).expect("there");
        assert_eq!(bytes.len(), 70_000);
        assert!(bytes.windows(2).all(|pair| pair[0] == pair[1]), "two writers are mixed");
        assert_eq!(entries(root.path()), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_and_a_device_is_not_replaced() {
        use std::os::unix::fs::FileTypeExt;
        let root = tempfile::tempdir().expect("a folder");
        let real = root.path().join("real.xml");
        let link = root.path().join("link.xml");
        std::fs::write(&real, "old").expect("written");
        std::os::unix::fs::symlink("real.xml", &link).expect("a link");
        write_atomically(&link, text("new")).expect("written");
        assert_eq!(std::fs::read_to_string(&real).expect("there"), "new");
        assert!(link.symlink_metadata().expect("there").is_symlink());

        let null = root.path().join("null");
        std::os::unix::fs::symlink("/dev/null", &null).expect("a link");
        write_atomically(&null, text("gone")).expect("written");
        assert!(null.metadata().expect("there").file_type().is_char_device());
    }
}
