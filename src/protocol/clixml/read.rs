//! A document → its values.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::{Object, Value, unescape};

/// How deep values may lie in each other. PowerShell itself stops far earlier.
const DEEPEST: usize = 48;
/// How many elements a document may have.
const MOST_ELEMENTS: usize = 200_000;

/// What a document holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clixml {
    /// Its values, each with the stream that it belongs to, where it names one.
    pub values: Vec<(Option<String>, Value)>,
    /// Why reading ended before the document did.
    pub fault: Option<String>,
}

/// Reads one `<Objs>` document. What lies before a fault is kept.
#[must_use]
pub fn read(text: &str) -> Clixml {
    let mut reading = Reading { reader: Reader::from_str(text), elements: 0 };
    let mut found = Clixml::default();
    found.fault = reading.document(&mut found.values).err();
    found
}

/// An element that begins.
struct Begun {
    kind: String,
    name: Option<String>,
    stream: Option<String>,
    id: Option<String>,
    empty: bool,
}

enum Next {
    Begin(Begun),
    Text(String),
    End,
}

struct Reading<'a> {
    reader: Reader<&'a [u8]>,
    elements: usize,
}

impl Reading<'_> {
    fn document(&mut self, values: &mut Vec<(Option<String>, Value)>) -> Result<(), String> {
        let root = loop {
            match self.next()? {
                Next::Begin(root) => break root,
                Next::Text(_) => {}
                Next::End => return Err("it holds no document".to_owned()),
            }
        };
        if root.kind != "Objs" {
            return Err(format!("<{}> is no CLIXML", root.kind));
        }
        if root.empty {
            return Ok(());
        }
        loop {
            match self.next()? {
                Next::End => return Ok(()),
                Next::Text(_) => {}
                Next::Begin(begun) => {
                    let stream = begun.stream.clone();
                    values.push((stream, self.value(&begun, 1)?));
                }
            }
        }
    }

    fn value(&mut self, begun: &Begun, depth: usize) -> Result<Value, String> {
        if depth > DEEPEST {
            return Err(format!("values lie more than {DEEPEST} deep in each other"));
        }
        Ok(match begun.kind.as_str() {
            "Nil" => {
                self.text(begun)?;
                Value::Null
            }
            "Ref" => {
                self.text(begun)?;
                Value::Reference(begun.id.clone().unwrap_or_default())
            }
            "B" => Value::Bool(self.text(begun)?.trim().eq_ignore_ascii_case("true")),
            "I16" | "I32" | "I64" | "U16" | "U32" | "U64" | "By" | "SB" | "D" | "Db" | "Sg" => {
                Value::Number(self.text(begun)?.trim().to_owned())
            }
            "LST" | "IE" | "QUE" | "STK" => Value::List(self.list(begun, depth)?),
            "DCT" => Value::Dictionary(self.dictionary(begun, depth)?),
            "Obj" => Value::Object(Box::new(self.object(begun, depth)?)),
            _ => Value::Text(self.text(begun)?),
        })
    }

    fn list(&mut self, begun: &Begun, depth: usize) -> Result<Vec<Value>, String> {
        let mut items = Vec::new();
        while let Some(child) = self.child(begun)? {
            items.push(self.value(&child, depth + 1)?);
        }
        Ok(items)
    }

    fn dictionary(&mut self, begun: &Begun, depth: usize) -> Result<Vec<(Value, Value)>, String> {
        let mut entries = Vec::new();
        while let Some(entry) = self.child(begun)? {
            let (mut key, mut value) = (Value::Null, Value::Null);
            while let Some(part) = self.child(&entry)? {
                let read = self.value(&part, depth + 1)?;
                if part.name.as_deref() == Some("Key") { key = read } else { value = read }
            }
            entries.push((key, value));
        }
        Ok(entries)
    }

    fn object(&mut self, begun: &Begun, depth: usize) -> Result<Object, String> {
        let mut object = Object::default();
        while let Some(child) = self.child(begun)? {
            match child.kind.as_str() {
                "TN" => {
                    while let Some(name) = self.child(&child)? {
                        object.types.push(self.text(&name)?);
                    }
                }
                "TNRef" => drop(self.text(&child)?),
                "ToString" => object.text = Some(self.text(&child)?),
                "Props" | "MS" => {
                    while let Some(property) = self.child(&child)? {
                        let name = property.name.clone().unwrap_or_default();
                        object.properties.push((name, self.value(&property, depth + 1)?));
                    }
                }
                _ => object.value = Some(self.value(&child, depth + 1)?),
            }
        }
        Ok(object)
    }

    /// The next element inside one; `None` at its end.
    fn child(&mut self, parent: &Begun) -> Result<Option<Begun>, String> {
        if parent.empty {
            return Ok(None);
        }
        loop {
            match self.next()? {
                Next::Begin(begun) => return Ok(Some(begun)),
                Next::Text(_) => {}
                Next::End => return Ok(None),
            }
        }
    }

    /// The text inside an element, its children passed over.
    fn text(&mut self, begun: &Begun) -> Result<String, String> {
        let (mut text, mut depth) = (String::new(), usize::from(!begun.empty));
        while depth > 0 {
            match self.next()? {
                Next::Begin(inner) => depth += usize::from(!inner.empty),
                Next::Text(more) => text.push_str(&more),
                Next::End => depth -= 1,
            }
        }
        Ok(unescape(&text))
    }

    fn next(&mut self) -> Result<Next, String> {
        loop {
            match self.reader.read_event().map_err(|error| format!("it is no XML: {error}"))? {
                Event::Start(start) => return self.begin(&start, false),
                Event::Empty(start) => return self.begin(&start, true),
                Event::End(_) => return Ok(Next::End),
                Event::Text(text) => {
                    return text.decode().map(|text| Next::Text(text.into_owned())).map_err(|error| error.to_string());
                }
                Event::CData(text) => {
                    return text.decode().map(|text| Next::Text(text.into_owned())).map_err(|error| error.to_string());
                }
                Event::GeneralRef(reference) => return Ok(Next::Text(resolved(&reference)?)),
                Event::DocType(_) => return Err("a document type has no place in it".to_owned()),
                Event::Eof => return Err("it ends in the middle".to_owned()),
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            }
        }
    }

    fn begin(&mut self, start: &BytesStart<'_>, empty: bool) -> Result<Next, String> {
        self.elements += 1;
        if self.elements > MOST_ELEMENTS {
            return Err(format!("it has more than {MOST_ELEMENTS} elements"));
        }
        let kind = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
        let mut begun = Begun { kind, name: None, stream: None, id: None, empty };
        for attribute in start.attributes().flatten() {
            let Ok(value) = attribute.unescape_value() else { continue };
            match attribute.key.as_ref() {
                b"N" => begun.name = Some(unescape(&value)),
                b"S" => begun.stream = Some(value.into_owned()),
                b"RefId" => begun.id = Some(value.into_owned()),
                _ => {}
            }
        }
        Ok(Next::Begin(begun))
    }
}

/// The five names that XML knows, and characters by number. There are no other entities.
fn resolved(reference: &BytesRef<'_>) -> Result<String, String> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
        return Ok(character.to_string());
    }
    let name = reference.decode().map_err(|error| error.to_string())?;
    let text = match name.as_ref() {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "quot" => "\"",
        "apos" => "'",
        _ => return Err(format!("there is no entity `{name}`")),
    };
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMESPACE: &str = r#"xmlns="http://schemas.microsoft.com/powershell/2004/04""#;

    fn one(inner: &str) -> Value {
        let found = read(&format!(r#"<Objs Version="1.1.0.1" {NAMESPACE}>{inner}</Objs>"#));
        assert_eq!(found.fault, None);
        found.values.into_iter().next().expect("a value").1
    }

    #[test]
    fn an_object_has_types_text_value_and_properties() {
        let Value::Object(found) = one(
            r#"<Obj RefId="0"><TN RefId="0"><T>A.B</T><T>System.Enum</T></TN><ToString>Success &amp; more</ToString><I32>0</I32>
               <Props><S N="Name">x_x000A_y</S><Nil N="None" /><B N="Yes">true</B><Obj N="Inner" RefId="1"><LST><S>a</S><S>b</S></LST></Obj></Props>
               <MS><Ref N="Self" RefId="0" /></MS></Obj>"#,
        ) else {
            panic!("an object")
        };
        assert_eq!(found.types, ["A.B", "System.Enum"]);
        assert_eq!(found.text.as_deref(), Some("Success & more"));
        assert_eq!(found.value, Some(Value::Number("0".into())));
        assert_eq!(found.get("name"), Some(&Value::Text("x\ny".into())));
        assert_eq!(found.get("None"), Some(&Value::Null));
        assert_eq!(found.get("Yes"), Some(&Value::Bool(true)));
        let Some(Value::Object(inner)) = found.get("Inner") else { panic!("an object") };
        assert_eq!(inner.value, Some(Value::List(vec![Value::Text("a".into()), Value::Text("b".into())])));
        assert_eq!(found.get("Self"), Some(&Value::Reference("0".into())));
    }

    #[test]
    fn what_precedes_a_fault_is_kept() {
        let whole = format!("<Objs {NAMESPACE}><S>first</S><S>sec");
        let found = read(&whole);
        assert_eq!(found.values, [(None, Value::Text("first".into()))]);
        assert!(found.fault.expect("a fault").contains("ends in the middle"));
    }

    #[test]
    fn bombs_are_refused() {
        let deep = format!("<Objs>{}", "<Obj><LST>".repeat(10_000));
        assert!(read(&deep).fault.expect("a fault").contains("deep"));
        let wide = format!("<Objs><Obj><LST>{}", "<Nil/>".repeat(MOST_ELEMENTS));
        assert!(read(&wide).fault.expect("a fault").contains("elements"));
        let entities = "<!DOCTYPE a [<!ENTITY b \"bbb\">]><Objs><S>&b;</S></Objs>";
        assert!(read(entities).fault.expect("a fault").contains("document type"));
        assert!(read("<Objs><S>&b;</S></Objs>").fault.expect("a fault").contains("entity"));
        assert!(read("<html/>").fault.expect("a fault").contains("no CLIXML"));
        assert!(read("").fault.is_some());
    }
}
