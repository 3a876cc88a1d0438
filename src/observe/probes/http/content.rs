//! What the body says, in the forms that are understood.

use hyper::header::HeaderMap;
use serde_json::Value;

use super::autodiscover::HttpAutodiscover;
use super::body::{Bytes, MOST, Undecoded};
use crate::protocol::autodiscover::Autodiscover;
use crate::values::HttpUrl;

/// The facts of a body.
pub(super) struct Content {
    pub(super) text: String,
    /// In bytes, decoded.
    pub(super) length: u64,
    pub(super) truncated: bool,
    pub(super) json: Value,
    pub(super) autodiscover: Option<HttpAutodiscover>,
    /// Facts that could not be determined, and why.
    pub(super) unknown: Vec<(&'static str, String)>,
}

impl Content {
    /// Reads the body of the answer that this URL gave.
    ///
    /// # Errors
    /// Its coding is broken; the text says how.
    pub(super) fn of(body: Bytes, headers: &HeaderMap, url: &HttpUrl) -> Result<Self, String> {
        let body = match body.decoded(headers) {
            Ok(body) => body,
            Err(Undecoded::Unknown(coding)) => return Ok(Self::unread(&coding)),
            Err(Undecoded::Broken(cause)) => return Err(format!("its body can't be decoded: {cause}")),
        };
        let text = body.text(headers);
        let mut unknown = Vec::new();
        let json = if body.truncated {
            Err(format!("the body is longer than the {MOST} bytes that are read"))
        } else {
            serde_json::from_str(&text).map_err(|error| format!("the body isn't JSON: {error}"))
        };
        let json = json.unwrap_or_else(|reason| {
            unknown.push(("json", reason));
            Value::Null
        });
        let autodiscover = Autodiscover::read(&text).unwrap_or_else(|cause| {
            unknown.push(("autodiscover", format!("the body can't be read as an Autodiscover answer: {cause}")));
            None
        });
        Ok(Self {
            length: u64::try_from(body.kept.len()).unwrap_or(u64::MAX),
            truncated: body.truncated,
            json,
            autodiscover: autodiscover.map(|answer| HttpAutodiscover::of(&answer, url)),
            text,
            unknown,
        })
    }

    fn unread(coding: &str) -> Self {
        let reason = format!("the body is coded as `{coding}`, which is not read");
        let facts = ["body", "body_bytes", "body_truncated", "json", "autodiscover"];
        Self {
            text: String::new(),
            length: 0,
            truncated: false,
            json: Value::Null,
            autodiscover: None,
            unknown: facts.map(|fact| (fact, reason.clone())).into(),
        }
    }
}
