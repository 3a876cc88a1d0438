//! The XML forms.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{Autodiscover, is_access_point, is_resource};

/// Attributes that are read of an element; those known have three. Each is held against
/// all before it, so that without a bound the time would grow with the square.
const MOST_ATTRIBUTES: usize = 64;

/// Which document it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// [MS-OCDISCWS]: links and access points below `Root`, `User` or `Domain`.
    Services,
    /// UCWA: links right below the resource; resources inside it are about something else.
    Ucwa,
}

pub(super) fn read(body: &str) -> Result<Option<Autodiscover>, String> {
    let mut reader = Reader::from_str(body);
    let mut answer = Autodiscover::default();
    let mut form = None;
    let mut depth = 0_usize;
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            // Whatever it is, it did not begin as an answer.
            Err(_) if form.is_none() => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        let (element, open) = match event {
            Event::Start(element) => (element, true),
            Event::Empty(element) => (element, false),
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Ok(form.map(|_| answer));
                }
                continue;
            }
            Event::Eof if form.is_none() => return Ok(None),
            Event::Eof => return Err("it breaks off".to_owned()),
            _ => continue,
        };
        if let Some(form) = form {
            child(&mut answer, form, depth, &element)?;
        } else {
            let Some(found) = begin(&mut answer, &element)? else { return Ok(None) };
            form = Some(found);
            if !open {
                return Ok(Some(answer));
            }
        }
        depth += usize::from(open);
    }
}

/// The outermost element; `None` where the document is about something else.
fn begin(answer: &mut Autodiscover, element: &BytesStart<'_>) -> Result<Option<Form>, String> {
    match name(element).to_ascii_lowercase().as_str() {
        "autodiscoverresponse" => {
            answer.access_location = value(element, "AccessLocation")?;
            Ok(Some(Form::Services))
        }
        "resource" => {
            // Broken attributes make it no answer of ours.
            let resource = value(element, "rel").unwrap_or_default();
            let Some(resource) = resource.filter(|rel| is_resource(rel)) else { return Ok(None) };
            answer.resource = Some(resource.to_ascii_lowercase());
            if let Some(href) = value(element, "href")? {
                answer.add_link("self", &href)?;
            }
            Ok(Some(Form::Ucwa))
        }
        _ => Ok(None),
    }
}

fn child(answer: &mut Autodiscover, form: Form, depth: usize, element: &BytesStart<'_>) -> Result<(), String> {
    let name = name(element);
    if name.eq_ignore_ascii_case("link") {
        let token = match form {
            Form::Services => "token",
            Form::Ucwa if depth == 1 => "rel",
            Form::Ucwa => return Ok(()),
        };
        if let (Some(token), Some(href)) = (value(element, token)?, value(element, "href")?) {
            answer.add_link(&token, &href)?;
        }
    } else if form == Form::Services && is_access_point(&name) {
        if let Some(fqdn) = value(element, "fqdn")? {
            answer.add_access_point(&name, &fqdn, &value(element, "port")?.unwrap_or_default())?;
        }
    } else if form == Form::Services && answer.resource.is_none() && is_resource(&name) {
        answer.resource = Some(name.to_ascii_lowercase());
    }
    Ok(())
}

fn name(element: &BytesStart<'_>) -> String {
    String::from_utf8_lossy(element.local_name().into_inner()).into_owned()
}

/// The value of an attribute, in whatever case its name is.
fn value(element: &BytesStart<'_>, wanted: &str) -> Result<Option<String>, String> {
    let mut found = None;
    for (at, attribute) in element.attributes().enumerate() {
        if at >= MOST_ATTRIBUTES {
            return Err(format!("an element has more than {MOST_ATTRIBUTES} attributes"));
        }
        let attribute = attribute.map_err(|error| error.to_string())?;
        if attribute.key.local_name().into_inner().eq_ignore_ascii_case(wanted.as_bytes()) {
            let value = attribute.unescape_value().map_err(|error| error.to_string())?;
            found = found.or(Some(value.trim().to_owned()));
        }
    }
    Ok(found)
}
