//! A list of people, as spreadsheets write it: semicolons, a BOM, a code page, a title line.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::diagnostic::{Code, Diagnostic, Source};
use crate::report::text::{self, clip};
use crate::values::SipAddress;

/// The longest list that is read, in bytes: a million addresses.
const MOST: u64 = 128 << 20;

/// The most mistakes that are told.
const MOST_TOLD: usize = 20;

/// Titles of the column that holds SIP addresses, without case and punctuation.
const TITLES: [&str; 8] = [
    "sipaddress",
    "sip",
    "sipuri",
    "sipadresse",
    "primaryuseraddress",
    "msrtcsipprimaryuseraddress",
    "signinaddress",
    "anmeldeadresse",
];

/// Reads the SIP addresses of a list, folded.
///
/// # Errors
/// All that is wrong with it, by line.
pub fn read(path: &Path) -> Result<Vec<String>, Vec<Diagnostic>> {
    let name = path.display().to_string();
    let unreadable =
        |error: std::io::Error| vec![Diagnostic::new(Code::Unreadable, format!("can't read {name}: {error}"))];
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MOST {
        let message = format!("{name} is larger than {MOST} bytes");
        return Err(vec![Diagnostic::new(Code::TooLarge, message).hint("is it a list of SIP addresses?")]);
    }
    addresses(&Arc::new(Source::new(name, decode(&bytes))))
}

/// By its BOM, else as UTF-8 where it is that, else in the code page of Western Windows.
fn decode(bytes: &[u8]) -> String {
    let has_bom = [UTF_16LE, UTF_16BE]
        .iter()
        .any(|encoding| encoding_rs::Encoding::for_bom(bytes).is_some_and(|(found, _)| found == *encoding));
    if has_bom {
        return UTF_16LE.decode(bytes).0.into_owned();
    }
    let (text, _, broken) = UTF_8.decode(bytes);
    if broken { WINDOWS_1252.decode(bytes).0.into_owned() } else { text.into_owned() }
}

fn addresses(source: &Arc<Source>) -> Result<Vec<String>, Vec<Diagnostic>> {
    let text = source.text.as_str();
    // Excel's own line that names the separator.
    let skipped = text.lines().next().filter(|line| line.to_ascii_lowercase().starts_with("sep=")).map_or(0, str::len);
    let body = text.get(skipped..).unwrap_or_default();
    let first = body.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#')).unwrap_or_default();
    let most_used =
        [b';', b'\t', b','].into_iter().max_by_key(|separator| first.bytes().filter(|byte| byte == separator).count());
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(most_used.unwrap_or(b';'))
        // Remarks, and the `#TYPE` line that `Export-Csv` of Windows PowerShell begins with.
        .comment(Some(b'#'))
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(body.as_bytes());
    let mut column = None;
    let (mut found, mut wrong): (Vec<String>, Vec<Diagnostic>) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let at = |position: Option<&csv::Position>| {
            position.and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(0) + skipped
        };
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let place = at(error.position());
                let message = format!("this is no line of a list: {error}");
                wrong.push(Diagnostic::at(Code::InvalidValue, source, place..place, message));
                break;
            }
        };
        if record.iter().all(str::is_empty) {
            continue;
        }
        let column = match column {
            Some(column) => column,
            None => match title(&record) {
                Some(titled) => {
                    column = Some(titled);
                    continue;
                }
                None => *column.insert(record.iter().position(|cell| cell.contains('@')).unwrap_or(0)),
            },
        };
        let cell = record.get(column).unwrap_or_default();
        match cell.parse::<SipAddress>() {
            Ok(address) => found.push(address.folded()),
            Err(invalid) => {
                let start = at(record.position());
                let (reason, hint) = invalid.parts();
                let line = text.get(start..).and_then(|rest| rest.lines().find(|line| !line.trim().is_empty()));
                let start = start + text.get(start..).map_or(0, |rest| rest.len() - rest.trim_start().len());
                let range = start..start + line.map_or(0, |line| line.trim().len());
                let message =
                    format!("`{}` in column {} is no SIP address: {reason}", clip(&text::line(cell), 80), column + 1);
                wrong.push(Diagnostic::at(Code::InvalidValue, source, range, message).hint(hint));
                if wrong.len() == MOST_TOLD {
                    break;
                }
            }
        }
    }
    if wrong.is_empty() && found.is_empty() {
        let message = "the list names nobody";
        wrong.push(
            Diagnostic::at(Code::InvalidValue, source, 0..0, message)
                .hint("one SIP address a line, or a column with the title `SipAddress`"),
        );
    }
    if wrong.is_empty() { Ok(found) } else { Err(wrong) }
}

/// The column of SIP addresses, where this is a line of titles.
fn title(record: &csv::StringRecord) -> Option<usize> {
    let plain = |cell: &str| -> String {
        cell.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    record.iter().position(|cell| TITLES.contains(&plain(cell).as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> Result<Vec<String>, String> {
        addresses(&Arc::new(Source::new("pilot.csv", decode(bytes))))
            .map_err(|found| crate::diagnostic::render(&found, false))
    }

    fn names(bytes: &[u8]) -> Vec<String> {
        of(bytes).unwrap_or_else(|found| panic!("{found}"))
    }

    const TWO: [&str; 2] = ["jürgen@contoso.com", "sarad@contoso.com"];

    #[test]
    fn a_plain_list() {
        assert_eq!(names("sip:Jürgen@contoso.com\r\n\r\nSaraD@contoso.com\r\n".as_bytes()), TWO);
    }

    #[test]
    fn as_a_german_excel_writes_it() {
        let text =
            "Name;Abteilung;SIP-Adresse\r\n\"Müller; Jürgen\";Werk 1;jürgen@contoso.com\r\nSara;;sarad@contoso.com\r\n";
        let (western, _, _) = WINDOWS_1252.encode(text);
        assert_eq!(names(&western), TWO);
        let utf16: Vec<u8> = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(names(&utf16), TWO);
        let with_bom = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        assert_eq!(names(&with_bom), TWO);
    }

    #[test]
    fn commas_tabs_and_the_line_that_names_the_separator() {
        assert_eq!(names("SipAddress,Name\nJürgen@contoso.com,J\nsarad@contoso.com,S\n".as_bytes()), TWO);
        assert_eq!(names("J\tJürgen@contoso.com\nS\tsarad@contoso.com\n".as_bytes()), TWO);
        assert_eq!(names("sep=;\r\nSIP Address;N\r\nJürgen@contoso.com;J\r\nsarad@contoso.com;S".as_bytes()), TWO);
    }

    #[test]
    fn as_export_csv_of_windows_powershell_writes_it_and_with_remarks() {
        let text = "#TYPE Selected.Microsoft.Rtc.Management.ADConnect.Schema.OCSADUser\r\n\"Name\",\"SipAddress\"\r\n\
                    \"J\",\"sip:jürgen@contoso.com\"\r\n# late\r\n\"S\",\"sip:sarad@contoso.com\"\r\n";
        assert_eq!(names(text.as_bytes()), TWO);
        assert!(of(b"# nobody yet\n").expect_err("nobody").contains("the list names nobody"));
    }

    #[test]
    fn what_is_no_address_is_told_by_line() {
        let told = of(b"SipAddress;Name\nsarad@contoso.com;S\nHao Chen;H\n").expect_err("a name is no address");
        assert!(told.contains("pilot.csv:3:1") && told.contains("`Hao Chen` in column 1"), "{told}");
        let told = of(b"\r\n").expect_err("nobody");
        assert!(told.contains("the list names nobody"), "{told}");
    }
}
