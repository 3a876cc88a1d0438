//! The sink: every attribute and text of the file passes through here, is made fit for
//! XML 1.0, and is counted.

use std::borrow::Cow;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::escape::partial_escape;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::report::text::{line, printable};

/// An XML file that is being written.
pub(super) struct Xml<W: Write> {
    writer: Writer<Counted<W>>,
}

type Attributes<'a> = [(&'a str, &'a str)];

impl<W: Write> Xml<W> {
    pub(super) fn new(out: W) -> io::Result<Self> {
        let mut writer = Writer::new_with_indent(Counted { out, written: 0 }, b' ', 2);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        Ok(Self { writer })
    }

    /// `<name …>`
    pub(super) fn open(&mut self, name: &str, attributes: &Attributes<'_>) -> io::Result<()> {
        self.writer.write_event(Event::Start(start(name, attributes)))
    }

    /// `</name>`
    pub(super) fn close(&mut self, name: &str) -> io::Result<()> {
        self.writer.write_event(Event::End(BytesEnd::new(name)))
    }

    /// `<name …/>`
    pub(super) fn empty(&mut self, name: &str, attributes: &Attributes<'_>) -> io::Result<()> {
        self.writer.write_event(Event::Empty(start(name, attributes)))
    }

    /// `<name …>text</name>`
    pub(super) fn text(&mut self, name: &str, attributes: &Attributes<'_>, text: &str) -> io::Result<()> {
        self.open(name, attributes)?;
        // `>` is escaped too, so `]]>` can't appear.
        self.writer.write_event(Event::Text(BytesText::from_escaped(partial_escape(printable(text)))))?;
        self.close(name)
    }

    /// How many bytes were written so far.
    pub(super) fn written(&self) -> u64 {
        self.writer.get_ref().written
    }

    pub(super) fn finish(self) -> io::Result<()> {
        let mut out = self.writer.into_inner();
        out.write_all(b"\n")?;
        out.flush()
    }
}

fn start<'a>(name: &'a str, attributes: &Attributes<'_>) -> BytesStart<'a> {
    let mut start = BytesStart::new(name);
    for (name, value) in attributes {
        // A reader folds white space in attributes; do it here, where it can be seen.
        let value: Cow<'_, str> = line(value);
        start.push_attribute((*name, &*value));
    }
    start
}

/// Milliseconds as seconds with three decimals.
pub(super) fn seconds(millis: u64) -> String {
    format!("{}.{:03}", millis / 1_000, millis % 1_000)
}

struct Counted<W> {
    out: W,
    written: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Xml<&mut Vec<u8>>) -> io::Result<()>) -> String {
        let mut bytes = Vec::new();
        let mut xml = Xml::new(&mut bytes).expect("memory can be written");
        write(&mut xml).expect("memory can be written");
        let count = xml.written();
        xml.finish().expect("memory can be written");
        assert_eq!(count + 1, bytes.len() as u64);
        String::from_utf8(bytes).expect("UTF-8")
    }

    #[test]
    fn nothing_breaks_out_of_attribute_or_text() {
        let text =
            written(|xml| xml.text("failure", &[("message", "a\n\"b\"<c>&\u{1b}")], "x ]]> <y> & \u{fffe}\r\nz\u{0}"));
        assert!(
            text.ends_with(
                "<failure message=\"a &quot;b&quot;&lt;c&gt;&amp;\\u{1b}\">x ]]&gt; &lt;y&gt; &amp; \\u{fffe}\nz\\u{0}</failure>\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn seconds_have_three_decimals() {
        assert_eq!(seconds(0), "0.000");
        assert_eq!(seconds(61_007), "61.007");
    }
}
