//! What a shell said on a redirected standard error.

use super::{Value, read};

/// The line that announces a document.
pub const MARK: &str = "#< CLIXML";

/// The stream that a message came on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// An error.
    Error,
    /// A warning.
    Warning,
    /// Verbose, debug, information and progress: nothing that went wrong.
    Chatter,
    /// Text outside of any document: the console host or another program wrote it.
    Plain,
}

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// The stream that it came on.
    pub stream: Stream,
    /// Its text, without the line ends at its end.
    pub text: String,
}

/// The messages in a standard error, CLIXML and plain text in any mixture. The lines of
/// one error follow each other as texts of their own; they are put together again.
/// Progress, which has no text, is left out.
#[must_use]
pub fn said(text: &str) -> Vec<Said> {
    let mut found: Vec<Said> = Vec::new();
    let mut rest = text.trim_start_matches('\u{feff}');
    while let Some(at) = rest.find(MARK) {
        let (before, after) = rest.split_at(at);
        plain(&mut found, before);
        let document = after.get(MARK.len()..).unwrap_or_default();
        let end = document.find("</Objs>").map_or(document.len(), |end| end + "</Objs>".len());
        let (document, after) = document.split_at(end);
        let read = read(document.trim_start());
        for (stream, value) in &read.values {
            let stream = match stream.as_deref().map(str::to_ascii_lowercase).as_deref() {
                Some("error") => Stream::Error,
                Some("warning") => Stream::Warning,
                _ => Stream::Chatter,
            };
            message(&mut found, stream, value);
        }
        if let Some(fault) = read.fault {
            found.push(Said { stream: Stream::Plain, text: format!("(what follows can't be read: {fault})") });
        }
        rest = after;
    }
    plain(&mut found, rest);
    for one in &mut found {
        one.text.truncate(one.text.trim_end().len());
    }
    found.retain(|one| !one.text.is_empty());
    found
}

fn plain(found: &mut Vec<Said>, text: &str) {
    if !text.trim().is_empty() {
        found.push(Said { stream: Stream::Plain, text: text.trim().to_owned() });
    }
}

fn message(found: &mut Vec<Said>, stream: Stream, value: &Value) {
    let Some(text) = value.text() else { return };
    match found.last_mut() {
        // The host writes an error line by line, as wide as its console.
        Some(last) if last.stream == stream && matches!(value, Value::Text(_)) => last.text.push_str(text),
        _ => found.push(Said { stream, text: text.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_told_apart_and_lines_put_together() {
        let text = concat!(
            "#< CLIXML\r\n",
            r#"<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">"#,
            r#"<Obj S="progress" RefId="0"><TN RefId="0"><T>System.Management.Automation.PSCustomObject</T></TN><MS><I64 N="SourceId">1</I64></MS></Obj>"#,
            r#"<S S="Error">Get-CsUser : no_x000D__x000A_</S><S S="Error">    + CategoryInfo_x000D__x000A_</S>"#,
            r#"<S S="warning">careful</S></Objs>"#,
            "plain words\r\n",
        );
        let found = said(text);
        let told: Vec<(Stream, &str)> = found.iter().map(|one| (one.stream, one.text.as_str())).collect();
        assert_eq!(
            told,
            [
                (Stream::Error, "Get-CsUser : no\r\n    + CategoryInfo"),
                (Stream::Warning, "careful"),
                (Stream::Plain, "plain words"),
            ]
        );
    }

    #[test]
    fn a_document_that_was_cut_keeps_what_it_said() {
        let found = said("#< CLIXML\n<Objs><S S=\"Error\">first</S><S S=\"Err");
        assert_eq!(found[0], Said { stream: Stream::Error, text: "first".into() });
        assert!(found[1].text.contains("can't be read"), "{found:?}");
    }

    #[test]
    fn plain_text_stays_plain() {
        assert_eq!(said("  \r\n"), []);
        assert_eq!(said("boom\n"), [Said { stream: Stream::Plain, text: "boom".into() }]);
    }

    proptest::proptest! {
        #[test]
        fn anything_is_heard_and_nothing_grows(pieces in proptest::collection::vec(
            proptest::prop_oneof![
                proptest::strategy::Just(MARK.to_owned()),
                proptest::strategy::Just("<Objs>".to_owned()),
                proptest::strategy::Just("</Objs>".to_owned()),
                proptest::strategy::Just("<S S=\"Error\">".to_owned()),
                proptest::strategy::Just("</S>".to_owned()),
                proptest::strategy::Just("<Obj S=\"warning\" RefId=\"0\"><ToString>".to_owned()),
                proptest::strategy::Just("</ToString></Obj>".to_owned()),
                proptest::strategy::Just("_xD83D_&amp;&#x41;&b;<![CDATA[".to_owned()),
                "\\PC{0,12}",
            ],
            0..24,
        )) {
            let text = pieces.concat();
            let total: usize = said(&text).iter().map(|one| one.text.len()).sum();
            // A fault is told in a sentence of its own, once for each document.
            assert!(total <= text.len() * 3 + text.matches(MARK).count() * 200);
        }
    }
}
