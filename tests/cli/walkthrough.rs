//! `docs/walkthrough.md`: its commands run in its order, and write what it shows.

use std::path::Path;
use std::process::Command;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/walkthrough.md");
const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/contoso");

/// What is answered, in this order, and the exit codes.
const STORY: [(&str, u8); 8] = [
    ("NO-GO: 3 blockers", 1),
    ("GO with 1 waiver", 0),
    ("UNDECIDED: ", 3),
    ("\nGO\nkeep-or-roll-back", 0),
    ("NO-GO: 3 blockers", 1),
    ("error[", 2),
    ("\nGO\ndecommission", 0),
    ("\nVERIFIED", 0),
];

#[test]
#[cfg_attr(windows, ignore = "the page shows paths as other systems write them")]
fn the_story_is_true() {
    let page = std::fs::read_to_string(PAGE).expect("the page").replace("\r\n", "\n");
    let folder = tempfile::tempdir().expect("a folder");
    copy(Path::new(FIXTURE), &folder.path().join("fixtures/contoso"));
    let told = told(&page, folder.path());
    if std::env::var_os("POOLPROOF_UPDATE_DOCS").is_some() {
        std::fs::write(PAGE, &told).expect("written");
    } else {
        for (line, (is, should)) in page.lines().zip(told.lines()).enumerate() {
            assert_eq!(is, should, "docs/walkthrough.md:{}: run the tests with POOLPROOF_UPDATE_DOCS=1", line + 1);
        }
        assert_eq!(page.lines().count(), told.lines().count());
    }
    // What the story hangs on, whatever else the page shows.
    let mut rest = told.as_str();
    for (answer, code) in STORY {
        let found = rest.split_once(answer).unwrap_or_else(|| panic!("`{answer}` is not there, or too early"));
        let (end, after) = found.1.split_once("[exit code ").expect("an exit code");
        assert!(after.starts_with(&code.to_string()), "{answer}: {end}[exit code {after}");
        rest = after;
    }
}

/// The page with what its commands write now. Files that it shows are laid where it names them.
fn told(page: &str, folder: &Path) -> String {
    let mut told = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        told += line;
        told.push('\n');
        let Some(kind) = line.strip_prefix("```").filter(|kind| !kind.is_empty()) else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if let Some(("yaml", name)) = kind.split_once(' ') {
            let text = block.join("\n") + "\n";
            std::fs::write(folder.join(name), &text).expect("written");
            told += &text;
        } else {
            let commands = block.iter().filter(|line| line.starts_with("$ poolproof "));
            let shown: Vec<String> = commands.map(|command| run(command, folder)).collect();
            told += &shown.join("\n");
        }
        told += "```\n";
    }
    told
}

fn run(command: &str, folder: &Path) -> String {
    let arguments = command.split(' ').skip(2);
    let mut poolproof = Command::new(env!("CARGO_BIN_EXE_poolproof"));
    poolproof.args(arguments).current_dir(folder).env("COLUMNS", "100").env("NO_COLOR", "1");
    let output = poolproof.output().expect("it starts");
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let text = text.lines().map(|line| stable(line.trim_end())).collect::<Vec<_>>().join("\n");
    format!("{command}\n{}\n[exit code {}]\n", text.trim_matches('\n'), output.status.code().expect("a code"))
}

/// A line without what differs from run to run.
fn stable(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let token: String =
            rest.chars().take_while(|char| char.is_ascii_alphanumeric() || "-:.+".contains(*char)).collect();
        let (_, after) = rest.split_at(token.len().max(first.len_utf8()));
        if token.is_empty() {
            out.push(first);
        } else {
            out += &stand_in(&token);
        }
        rest = after;
    }
    of_this_machine(&out)
}

fn stand_in(token: &str) -> String {
    let text = token.trim_end_matches(['.', ':']);
    let tail = token.strip_prefix(text).unwrap_or_default();
    let shape =
        |text: &str| -> String { text.chars().map(|char| if char.is_ascii_digit() { '0' } else { char }).collect() };
    let run = text.split_at_checked("20270130T210000Z".len()).filter(|(stamp, _)| shape(stamp) == "00000000T000000Z");
    let rest = run.and_then(|(_, random)| random.strip_prefix('-')?.get(4..));
    let stood = match rest {
        Some(rest) => format!("20270130T210000Z-7f3a{rest}"),
        None if text.starts_with("20") && text.ends_with('Z') && shape(text).starts_with("0000-00-00T00:00:00") => {
            "2027-01-30T21:00:00Z".to_owned()
        }
        None if text.starts_with("sha256:") => "sha256:5c34…0a3f".to_owned(),
        None => text.to_owned(),
    };
    stood + tail
}

/// Without how long a run took, and who ran it where.
fn of_this_machine(line: &str) -> String {
    match (line.rsplit_once(", "), line.split_once(" by ")) {
        (Some((head, took)), _) if took.ends_with(" s") && head.contains(" seen from ") => format!("{head}, 1.5 s"),
        (Some((_, until)), Some((asked, _))) if asked.starts_with("asked at ") => {
            format!("{asked} by ana on admin01, {until}")
        }
        _ => line.to_owned(),
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).expect("copied");
        }
    }
}
