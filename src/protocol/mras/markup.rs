//! XML as far as these documents need it: elements by their local names, attributes, text.
//! Names of namespaces are not looked at: implementations disagree on them.

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// The longest document that is read, in bytes. Settings of a large deployment are some ten thousand.
const LONGEST: usize = 256 << 10;
const MOST_ELEMENTS: usize = 4_000;
const DEEPEST: usize = 32;
/// Attributes of one element: each is held against all before it.
const MOST_ATTRIBUTES: usize = 32;
/// Characters of one text.
const LONGEST_TEXT: usize = 4_000;

/// Why a document can't be read. It shows nothing of what is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It is no UTF-8.
    #[error("it is no text")]
    NoText,
    /// More of it than is read.
    #[error("it has more than {0}")]
    TooMuch(&'static str),
    /// It is no XML.
    #[error("it is no XML")]
    NoXml,
    /// A document type, or an entity of its own.
    #[error("it has a document type or entities of its own")]
    Entities,
    /// Another document.
    #[error("it is another document")]
    Other,
    /// A part of it that can't be read.
    #[error("its `{0}` can't be read")]
    Part(&'static str),
}

/// What comes next, with the names of the elements that it stands in, outermost first.
pub(super) enum Piece<'a> {
    Begin(&'a [String], &'a [(String, String)]),
    /// All the text of an element, blanks around it taken off, when it ends.
    End(&'a [String], &'a str),
}

/// Walks through a document, once.
pub(super) fn walk(body: &[u8], mut each: impl FnMut(Piece<'_>) -> Result<(), Malformed>) -> Result<(), Malformed> {
    if body.len() > LONGEST {
        return Err(Malformed::TooMuch("256 KiB"));
    }
    let text = std::str::from_utf8(body).map_err(|_| Malformed::NoText)?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let (mut path, mut texts): (Vec<String>, Vec<zeroize::Zeroizing<String>>) = (Vec::new(), Vec::new());
    let mut elements = 0_usize;
    loop {
        let more = match reader.read_event().map_err(|_| Malformed::NoXml)? {
            Event::Start(start) => {
                begin(&start, &mut path, &mut texts, &mut elements, &mut each)?;
                continue;
            }
            Event::Empty(start) => {
                begin(&start, &mut path, &mut texts, &mut elements, &mut each)?;
                end(&mut path, &mut texts, &mut each)?;
                continue;
            }
            Event::End(_) => {
                end(&mut path, &mut texts, &mut each)?;
                continue;
            }
            Event::Text(text) => text.decode().map_err(|_| Malformed::NoXml)?.into_owned(),
            Event::CData(text) => text.decode().map_err(|_| Malformed::NoXml)?.into_owned(),
            Event::GeneralRef(reference) => resolved(&reference)?.to_string(),
            Event::DocType(_) => return Err(Malformed::Entities),
            Event::Eof if path.is_empty() && elements > 0 => return Ok(()),
            Event::Eof => return Err(Malformed::NoXml),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => continue,
        };
        if let Some(text) = texts.last_mut() {
            if text.len() + more.len() > LONGEST_TEXT {
                return Err(Malformed::TooMuch("4,000 characters in one element"));
            }
            text.push_str(&more);
        }
    }
}

fn begin(
    start: &BytesStart<'_>,
    path: &mut Vec<String>,
    texts: &mut Vec<zeroize::Zeroizing<String>>,
    elements: &mut usize,
    each: &mut impl FnMut(Piece<'_>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    *elements += 1;
    if *elements > MOST_ELEMENTS {
        return Err(Malformed::TooMuch("4,000 elements"));
    }
    if path.len() >= DEEPEST {
        return Err(Malformed::TooMuch("32 elements in each other"));
    }
    let name = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    path.push(name(start.local_name().as_ref()));
    texts.push(zeroize::Zeroizing::new(String::new()));
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        if attributes.len() >= MOST_ATTRIBUTES {
            return Err(Malformed::TooMuch("32 attributes of one element"));
        }
        let attribute = attribute.map_err(|_| Malformed::NoXml)?;
        let value = attribute.unescape_value().map_err(|_| Malformed::Entities)?;
        if value.len() > LONGEST_TEXT {
            return Err(Malformed::TooMuch("4,000 characters in one attribute"));
        }
        attributes.push((name(attribute.key.local_name().as_ref()), plain(&value)));
    }
    each(Piece::Begin(path, &attributes))
}

fn end(
    path: &mut Vec<String>,
    texts: &mut Vec<zeroize::Zeroizing<String>>,
    each: &mut impl FnMut(Piece<'_>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    if let Some(text) = texts.pop() {
        each(Piece::End(path, text.trim()))?;
    }
    path.pop();
    Ok(())
}

/// The five names that XML knows, and characters by number.
fn resolved(reference: &BytesRef<'_>) -> Result<char, Malformed> {
    if let Some(character) = reference.resolve_char_ref().map_err(|_| Malformed::NoXml)? {
        return Ok(character);
    }
    let name = reference.decode().map_err(|_| Malformed::NoXml)?;
    resolve_xml_entity(&name).and_then(|known| known.chars().next()).ok_or(Malformed::Entities)
}

/// Whether an element stands where these names lead to, in whatever case they are.
pub(super) fn is(path: &[String], names: &[&str]) -> bool {
    path.len() == names.len() && path.iter().zip(names).all(|(one, name)| one.eq_ignore_ascii_case(name))
}

/// A text without control characters, which a document can name by number: it is for people, and for terminals.
fn plain(text: &str) -> String {
    // XML has blanks for line ends in attributes.
    let blank = |letter: char| if letter.is_whitespace() && letter.is_control() { ' ' } else { letter };
    text.chars().map(blank).filter(|letter| !letter.is_control()).collect()
}

/// The value of an attribute.
pub(super) fn attribute<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// A text as it stands in a document.
pub(super) fn escaped(text: &str) -> String {
    // What XML has no character for can't be asked for.
    quick_xml::escape::escape(plain(text)).into_owned()
}
