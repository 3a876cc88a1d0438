//! A file that several threads read is what one thread reads in it.

use std::fmt::Write as _;
use std::io::{Seek as _, Write as _};
use std::ops::ControlFlow;

use super::super::super::super::builder::{Builder, Expectations};
use super::super::super::super::manifest::Manifest;
use super::super::super::super::part::Part;
use super::super::split::Trouble;
use super::super::{Progress, Tell, abreast, ahead, check, take};

/// A text that was read as a file of users.
struct Reading {
    outcome: Result<ControlFlow<()>, Trouble>,
    /// Whether the file was read to its end.
    whole: bool,
    builder: Builder,
    part: Part,
    /// Records that were told of.
    told: u64,
}

/// Reads a text as if it were so large.
fn read(text: &str, size: u64, tell: Tell<'_>) -> Reading {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(text.as_bytes()).expect("written");
    file.rewind().expect("rewound");
    let mut builder = Builder::default();
    let source = builder.source("export", "./export");
    let mut part = builder.part(source, Manifest::new("users", "Get-CsUser")).expect("a dataset");
    let mut progress = Progress { dataset: "users", records: 0, bytes: 0, total: text.len() as u64 };
    let (outcome, whole) = ahead::read(file, |blocks| take(blocks, &mut part, size, &mut progress, tell));
    let whole = whole.expect("it can be read").is_some();
    check::kind(&mut part, "users.jsonl");
    Reading { outcome, whole, builder, part, told: progress.records }
}

/// What is known after reading all of it: the inventory's hash, the records, those told of, what went wrong, and what
/// is told of the part.
fn known(text: &str, size: u64) -> (String, usize, u64, Option<String>, Vec<String>) {
    let Reading { outcome, mut builder, part, told, .. } = read(text, size, &mut |_| ControlFlow::Continue(()));
    let trouble = outcome.err().map(|trouble| trouble.to_string());
    let (records, problems) = (part.records(), part.problems.clone());
    builder.end(part);
    let inventory = builder.finish(&Expectations::at(jiff::Timestamp::UNIX_EPOCH));
    (inventory.hash(), records, told, trouble, problems)
}

/// Both ways give the same.
fn same(text: &str) -> (usize, Option<String>) {
    let (one, many) = (known(text, 0), known(text, abreast::WORTH_WHILE));
    assert_eq!(one, many);
    (one.1, one.3)
}

/// Records of about 130 bytes, with everything that one can be: names that need escapes, fields
/// that only some have, an order of their own, addresses of which each is another.
fn records(many: usize) -> Vec<String> {
    let record = |number: usize| {
        let policy = ["null", "\"Tag:Redmond\"", "\"Dublin\"", "{\"FriendlyName\":\"x\"}"][number % 4];
        let mut record = format!("{{\"SipAddress\":\"sip:user{number}@contoso.com\",\"ConferencingPolicy\":{policy}");
        match number % 7 {
            0 => record.push_str(",\"DisplayName\":\"O\\u0027Brien\""),
            1 => record.push_str(",\"Enabled\":true"),
            2 => write!(record, ",\"RegistrarPool\":\"pool{}.contoso.com\"", number % 300).expect("text"),
            3 => write!(record, ",\"LineURI\":\"tel:+1425555{number:04}\",\"Whatever\":[1,{{}}]").expect("text"),
            _ => {}
        }
        // From the middle on, a field that nobody had before.
        if number > many / 2 {
            record.push_str(",\"HostingProvider\":\"SRV:\"");
        }
        record + "}"
    };
    (0..many).map(record).collect()
}

const MANY: usize = 45_000;

#[test]
fn lines_are_read_alike_by_one_thread_and_by_many() {
    let records = records(MANY);
    let text = records.join("\n");
    assert!(text.len() as u64 > abreast::WORTH_WHILE, "{}", text.len());
    assert_eq!(same(&text), (MANY, None));
    assert_eq!(same(&format!("\u{feff}\r\n{}\r\n\n \t\n", records.join(" \r\n  \n\t"))), (MANY, None));
}

#[test]
fn what_is_no_line_is_left_to_the_reader_of_everything() {
    let records = records(MANY);
    let (first, rest) = records.split_at(MANY / 2);
    let (first, rest) = (first.join("\n"), rest.join("\n"));
    let counted = |text: &str| same(text).0;
    assert_eq!(counted(&format!("[{}]", records.join(",\n"))), MANY);
    assert_eq!(counted(&format!("{first}{rest}")), MANY, "two records on a line");
    let pretty =
        "{\n  \"SipAddress\": \"sip:a@contoso.com\",\n  \"Whatever\": [\n{\"SipAddress\":\"sip:b@contoso.com\"}\n]\n}";
    assert_eq!(counted(&format!("{first}\n{pretty}\n{rest}")), MANY + 1);
    let wrapped = format!("{{\"value\":[{}],\"Count\":2}}\n{first}", records[..2].join(","));
    assert_eq!(counted(&wrapped), MANY / 2 + 2);
}

#[test]
fn the_last_record_tells_whose_records_they_are() {
    let [user, other] =
        [records(1).concat(), r#"{"Issuer":"CN=A","Subject":"CN=B","Thumbprint":"0A","NotAfter":null}"#.to_owned()];
    let (few, many) = (format!("{other}\n").repeat(2), format!("{other}\n").repeat(80_000));
    let looked = known(&format!("{user}\n{few}"), 0).4;
    assert!(looked.iter().any(|problem| problem.contains("look like certificates")), "{looked:?}");
    for text in [
        format!("{user}\n{many}"),
        format!("{many}{user}"),
        format!("{many}{{}}"),
        format!("{user}\n{many}{}", "{}\n".repeat(900_000)),
        format!("{user}\n{many}\nodd"),
    ] {
        assert!(text.len() as u64 > abreast::WORTH_WHILE);
        same(&text);
        let told = known(&text, abreast::WORTH_WHILE).4;
        assert_eq!(told.is_empty(), text.ends_with(&user), "{told:?}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let records = records(MANY);
    let (first, rest) = records.split_at(MANY / 2);
    let text = |middle: &str| format!("{}\n{middle}\n{}", first.join("\n"), rest.join("\n"));
    let line = MANY / 2 + 1;
    let strange = (MANY / 2, Some(format!("line {line}: `WARNING: slow` is no record")));
    assert_eq!(same(&text("WARNING: slow")), strange);
    let (taken, trouble) = same(&text("{\"SipAddress\":truth}"));
    assert!(taken == MANY / 2 && trouble.as_ref().is_some_and(|told| told.starts_with(&format!("line {line}: "))));
    let whole = text("{}");
    let cut = &whole[..whole.len() - 3];
    let end = (MANY, Some(format!("line {}: the file ends in the middle of a record", MANY + 1)));
    assert_eq!(same(cut), end);
}

#[test]
fn who_has_seen_enough_is_left_in_peace() {
    // Several times what may be read ahead.
    let text = (records(MANY).join("\n") + "\n").repeat(3);
    let mut told = 0;
    let tell = &mut |_: &Progress| {
        told += 1;
        if told == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let reading = read(&text, abreast::WORTH_WHILE, tell);
    assert!(matches!(reading.outcome, Ok(ControlFlow::Break(()))) && !reading.whole);
    assert!(reading.part.records() < MANY && told == 2, "{}", reading.part.records());
}
