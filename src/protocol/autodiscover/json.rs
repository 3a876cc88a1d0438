//! The JSON forms.

use serde_json::{Map, Value};

use super::{Autodiscover, is_access_point, is_resource};

pub(super) fn read(body: &str) -> Result<Option<Autodiscover>, String> {
    let document: Value = serde_json::from_str(body).map_err(|error| format!("it isn't JSON: {error}"))?;
    let Value::Object(document) = document else { return Ok(None) };
    if let Some(links) = member(&document, "_links").and_then(Value::as_object) {
        ucwa(&document, links)
    } else {
        services(&document)
    }
}

/// UCWA: the name of a link is its token. Any resource of UCWA has links; those of the
/// Autodiscover service are told by where they lead.
fn ucwa(document: &Map<String, Value>, links: &Map<String, Value>) -> Result<Option<Autodiscover>, String> {
    let rel = member(document, "rel").and_then(Value::as_str).filter(|rel| is_resource(rel));
    let leads = ["user", "domain", "redirect", "xframe"].iter().any(|token| member(links, token).is_some());
    if rel.is_none() && !leads {
        return Ok(None);
    }
    let mut answer = Autodiscover { resource: rel.map(str::to_ascii_lowercase), ..Autodiscover::default() };
    for (token, link) in links {
        let several = link.as_array().map_or(std::slice::from_ref(link), Vec::as_slice);
        for href in several.iter().filter_map(Value::as_object).filter_map(|link| text(link, "href")) {
            answer.add_link(token, &href)?;
        }
    }
    Ok(Some(answer))
}

/// [MS-OCDISCWS] as JSON: `Links` as published by Microsoft for `Root`. UNCONFIRMED for
/// access points, which are taken as the members that the XML has as elements.
fn services(document: &Map<String, Value>) -> Result<Option<Autodiscover>, String> {
    let resource = document.iter().find(|(name, value)| is_resource(name) && value.is_object());
    let Some((resource, Value::Object(members))) = resource else { return Ok(None) };
    let links = member(members, "Links").and_then(Value::as_array);
    let points = || members.iter().filter(|(name, value)| is_access_point(name) && value.is_object());
    if links.is_none() && points().next().is_none() {
        return Ok(None);
    }
    let access_location = member(document, "AccessLocation").and_then(Value::as_str);
    let mut answer = Autodiscover {
        resource: Some(resource.to_ascii_lowercase()),
        access_location: access_location.map(|text| text.trim().to_owned()),
        ..Autodiscover::default()
    };
    for link in links.into_iter().flatten().filter_map(Value::as_object) {
        if let (Some(token), Some(href)) = (text(link, "token"), text(link, "href")) {
            answer.add_link(&token, &href)?;
        }
    }
    for (name, point) in points().filter_map(|(name, point)| Some((name, point.as_object()?))) {
        if let Some(fqdn) = text(point, "fqdn") {
            answer.add_access_point(name, &fqdn, &text(point, "port").unwrap_or_default())?;
        }
    }
    Ok(Some(answer))
}

/// A member, in whatever case its name is.
fn member<'a>(object: &'a Map<String, Value>, wanted: &str) -> Option<&'a Value> {
    object.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
}

/// A text, or a number as one.
fn text(object: &Map<String, Value>, wanted: &str) -> Option<String> {
    match member(object, wanted)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
