//! What the service is asked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NAMESPACE;
use super::markup::{self, Malformed, Piece, attribute, escaped, is};

/// Where the client is: it gets the relays' names for there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Location {
    /// Inside: the Edge's internal names.
    Intranet,
    /// Outside: the A/V Edge's public names.
    Internet,
}

impl Location {
    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intranet => "intranet",
            Self::Internet => "internet",
        }
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        [Self::Intranet, Self::Internet].into_iter().find(|one| text.eq_ignore_ascii_case(one.as_str()))
    }
}

/// A request for credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialsRequest {
    /// Who asks, with `sip:`.
    pub from: String,
    /// The service.
    pub to: String,
    /// Where the client is.
    pub location: Location,
    /// How long they shall last, in minutes.
    pub minutes: u32,
}

impl CredentialsRequest {
    /// The document.
    #[must_use]
    pub fn write(&self) -> String {
        let (from, to) = (escaped(&self.from), escaped(&self.to));
        format!(
            "<request requestID=\"1\" from=\"{from}\" version=\"1.0\" to=\"{to}\" xmlns=\"{NAMESPACE}\">\
             <credentialsRequest credentialsRequestID=\"1\"><identity>{from}</identity>\
             <location>{}</location><duration>{}</duration></credentialsRequest></request>",
            self.location.as_str(),
            self.minutes
        )
    }

    /// Reads one.
    ///
    /// # Errors
    /// It is none, or lacks a part.
    pub fn read(body: &[u8]) -> Result<Self, Malformed> {
        let (mut from, mut to, mut location, mut minutes) = (None, None, None, None);
        markup::walk(body, |piece| {
            let of = |path: &[String], name| is(path, &["request", "credentialsRequest", name]);
            match piece {
                Piece::Begin(path @ [_], attributes) => {
                    if !is(path, &["request"]) {
                        return Err(Malformed::Other);
                    }
                    from = attribute(attributes, "from").map(str::to_owned);
                    to = attribute(attributes, "to").map(str::to_owned);
                }
                Piece::End(path, text) if of(path, "location") => location = Location::read(text),
                Piece::End(path, text) if of(path, "duration") => minutes = text.parse().ok(),
                Piece::Begin(..) | Piece::End(..) => {}
            }
            Ok(())
        })?;
        Ok(Self {
            from: from.ok_or(Malformed::Part("from"))?,
            to: to.ok_or(Malformed::Part("to"))?,
            location: location.ok_or(Malformed::Part("location"))?,
            minutes: minutes.ok_or(Malformed::Part("duration"))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_as_clients_write_it() {
        let request = CredentialsRequest {
            from: "sip:o'neil&co@contoso.com".to_owned(),
            to: "sip:edge02.contoso.com@contoso.com;gruu;opaque=srvr:MRAS:AB".to_owned(),
            location: Location::Internet,
            minutes: 480,
        };
        let written = request.write();
        assert!(
            written.starts_with("<request requestID=\"1\" from=\"sip:o&apos;neil&amp;co@contoso.com\" version=\"1.0\"")
        );
        assert!(written.contains("<location>internet</location><duration>480</duration>"), "{written}");
        assert_eq!(CredentialsRequest::read(written.as_bytes()), Ok(request));
        let lacks = written.replace("internet", "elsewhere");
        assert_eq!(CredentialsRequest::read(lacks.as_bytes()), Err(Malformed::Part("location")));
        assert_eq!(CredentialsRequest::read(b"<response/>"), Err(Malformed::Other));
    }
}
