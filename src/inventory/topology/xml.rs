//! XML within bounds: events become a small tree that knows its places.
//!
//! Document types and entities are refused, not skipped: nothing writes them into a
//! topology, and expanding them is how a small file becomes a large one.

use std::ops::Range;
use std::sync::Arc;

use quick_xml::escape::{EscapeError, resolve_predefined_entity};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{NamespaceResolver, ResolveResult};
use quick_xml::reader::Reader;
use quick_xml::{Decoder, Error};

use super::Limits;
use crate::diagnostic::{Code, Diagnostic, Source};

/// What is wrong with a document.
#[derive(Debug)]
pub(super) struct Fault(pub Box<Diagnostic>);

/// Name and value.
type Attribute = (Box<str>, Box<str>);

/// An element and what is in it.
#[derive(Debug)]
pub(super) struct Element {
    /// Its namespace; empty without one.
    pub namespace: Arc<str>,
    /// Its name without prefix.
    pub name: Box<str>,
    /// Its attributes, namespace declarations left out.
    pub attributes: Vec<Attribute>,
    /// The elements in it.
    pub children: Vec<Element>,
    /// The text directly in it.
    pub text: String,
    /// Its start tag, in bytes of the text.
    pub range: Range<usize>,
}

impl Element {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| **known == *name).map(|(_, value)| &**value)
    }

    /// Every element below, this one first, in the order of the document.
    pub fn all(&self) -> impl Iterator<Item = &Element> {
        let mut open = vec![self];
        std::iter::from_fn(move || {
            let next = open.pop()?;
            open.extend(next.children.iter().rev());
            Some(next)
        })
    }
}

/// Reads a document's root element.
///
/// # Errors
/// What is wrong with the XML, or the bound that it breaks.
pub(super) fn parse(source: &Arc<Source>, limits: Limits) -> Result<Element, Fault> {
    let mut reader = Reader::from_str(&source.text);
    reader.config_mut().expand_empty_elements = true;
    let mut tree = Tree {
        source,
        limits,
        decoder: reader.decoder(),
        resolver: NamespaceResolver::default(),
        namespace: Arc::from(""),
        open: Vec::new(),
        root: None,
        elements: 0,
    };
    loop {
        let start = position(reader.buffer_position());
        let event = reader.read_event();
        let range = start..position(reader.buffer_position());
        let event = event.map_err(|error| tree.broken(&error, position(reader.error_position())))?;
        if matches!(event, Event::Eof) {
            return tree.finish();
        }
        tree.event(&event, range)?;
    }
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

struct Tree<'a> {
    source: &'a Arc<Source>,
    limits: Limits,
    decoder: Decoder,
    resolver: NamespaceResolver,
    /// The namespace seen last: neighbours nearly always share it.
    namespace: Arc<str>,
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
}

impl Tree<'_> {
    fn event(&mut self, event: &Event<'_>, range: Range<usize>) -> Result<(), Fault> {
        match event {
            Event::Start(tag) => self.start(tag, range)?,
            Event::End(_) => self.end(),
            Event::Text(text) => {
                let text = text.decode().map_err(|error| self.broken(&Error::Encoding(error), range.start))?;
                self.text(&text, &range)?;
            }
            Event::CData(data) => {
                let text = data.decode().map_err(|error| self.broken(&Error::Encoding(error), range.start))?;
                self.text(&text, &range)?;
            }
            Event::GeneralRef(reference) => {
                let text = self.reference(reference, &range)?;
                self.text(&text, &range)?;
            }
            Event::DocType(_) => {
                let hint = "a topology document has none: check where the file comes from";
                return Err(self.refuse(Code::XmlUnsupported, range, "a document type definition", hint));
            }
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Eof => {}
        }
        Ok(())
    }

    fn start(&mut self, tag: &BytesStart<'_>, range: Range<usize>) -> Result<(), Fault> {
        self.elements += 1;
        if self.elements > self.limits.elements {
            let message = format!("more than {} elements, and no topology has so many", self.limits.elements);
            return Err(self.refuse(Code::XmlLimits, range, message, "check that it is the file you mean"));
        }
        if self.open.len() >= self.limits.depth {
            let message = format!("elements nested more than {} deep, and no topology is", self.limits.depth);
            return Err(self.refuse(Code::XmlLimits, range, message, "check that it is the file you mean"));
        }
        if self.open.is_empty() && self.root.is_some() {
            let hint = "keep one document to a file";
            return Err(self.refuse(Code::XmlSyntax, range, "a second document in one file", hint));
        }
        let attributes = self.attributes(tag, &range)?;
        self.resolver.push(tag).map_err(|error| self.broken(&Error::Namespace(error), range.start))?;
        let (namespace, name) = self.resolver.resolve_element(tag.name());
        let namespace = match namespace {
            // Elements share it, and each keeps a copy where neighbours differ: bounded before that costs memory.
            ResolveResult::Bound(namespace) if namespace.as_ref().len() > self.limits.value => {
                return Err(self.too_long(range, "the name of a namespace"));
            }
            ResolveResult::Bound(namespace) => String::from_utf8_lossy(namespace.into_inner()).into_owned(),
            ResolveResult::Unbound => String::new(),
            ResolveResult::Unknown(prefix) => {
                let message = format!("the prefix `{}` is not declared", String::from_utf8_lossy(&prefix));
                return Err(self.refuse(Code::XmlSyntax, range, message, "the file was changed: write it again"));
            }
        };
        let name = String::from_utf8_lossy(name.into_inner()).into();
        if *self.namespace != *namespace {
            self.namespace = Arc::from(namespace);
        }
        let namespace = Arc::clone(&self.namespace);
        self.open.push(Element { namespace, name, attributes, children: Vec::new(), text: String::new(), range });
        Ok(())
    }

    fn attributes(&self, tag: &BytesStart<'_>, range: &Range<usize>) -> Result<Vec<Attribute>, Fault> {
        let mut attributes = Vec::new();
        // The reader holds each attribute against all before it: bounded before that costs time.
        for (count, attribute) in tag.attributes().enumerate() {
            if count >= self.limits.attributes {
                let message = format!("an element with more than {} attributes", self.limits.attributes);
                let hint = "check that it is the file you mean";
                return Err(self.refuse(Code::XmlLimits, range.clone(), message, hint));
            }
            let attribute = attribute.map_err(|error| self.broken(&Error::InvalidAttr(error), range.start))?;
            let (name, prefix) = attribute.key.decompose();
            if prefix.is_some() || attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let value = attribute.decode_and_unescape_value(self.decoder);
            let value = value.map_err(|error| self.broken(&error, range.start))?;
            if value.len() > self.limits.value {
                return Err(self.too_long(range.clone(), "an attribute"));
            }
            attributes.push((String::from_utf8_lossy(name.into_inner()).into(), value.into()));
        }
        Ok(attributes)
    }

    fn end(&mut self) {
        self.resolver.pop();
        if let Some(done) = self.open.pop() {
            match self.open.last_mut() {
                Some(parent) => parent.children.push(done),
                None => self.root = Some(done),
            }
        }
    }

    fn text(&mut self, text: &str, range: &Range<usize>) -> Result<(), Fault> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => {
                let hint = "write nothing but the document to the file";
                return Err(self.refuse(Code::XmlSyntax, range.clone(), "text outside of the document", hint));
            }
        }
        Ok(())
    }

    /// A character reference or one of XML's own five.
    fn reference(&self, reference: &BytesRef<'_>, range: &Range<usize>) -> Result<String, Fault> {
        if let Some(char) = reference.resolve_char_ref().map_err(|error| self.broken(&error, range.start))? {
            return Ok(char.to_string());
        }
        let name = reference.decode().map_err(|error| self.broken(&Error::Encoding(error), range.start))?;
        match resolve_predefined_entity(&name) {
            Some(text) => Ok(text.to_owned()),
            None => Err(self.entity(range.clone(), &name)),
        }
    }

    fn finish(mut self) -> Result<Element, Fault> {
        let end = self.source.text.len();
        if let Some(open) = self.open.pop() {
            let message = format!("the file ends inside of `{}`", open.name);
            let hint = "the file was cut off: write it again";
            return Err(self.refuse(Code::XmlSyntax, open.range, message, hint));
        }
        match self.root.take() {
            Some(root) => Ok(root),
            None => Err(self.refuse(Code::XmlSyntax, end..end, "no XML at all", "check that it is the file you mean")),
        }
    }

    fn broken(&self, error: &Error, at: usize) -> Fault {
        if let Error::Escape(EscapeError::UnrecognizedEntity(_, name)) = error {
            return self.entity(at..at, name);
        }
        let message = format!("broken XML: {error}");
        self.refuse(Code::XmlSyntax, at..at, message, "the file was changed or cut off: write it again")
    }

    /// What is short in every topology is repeated by every record that refers to it.
    fn too_long(&self, range: Range<usize>, what: &str) -> Fault {
        let message = format!("{what} of more than {} bytes, and no topology has one", self.limits.value);
        self.refuse(Code::XmlLimits, range, message, "check that it is the file you mean")
    }

    fn entity(&self, range: Range<usize>, name: &str) -> Fault {
        let hint = "a topology document has no entities but XML's own: check where the file comes from";
        self.refuse(Code::XmlUnsupported, range, format!("the entity `{name}`"), hint)
    }

    fn refuse(&self, code: Code, range: Range<usize>, message: impl Into<String>, hint: &str) -> Fault {
        Fault(Box::new(Diagnostic::at(code, self.source, range, message).hint(hint)))
    }
}
