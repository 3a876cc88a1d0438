//! What a server tells a client of its settings once it is signed in, as far as media relays go:
//! the address of the service that gives credentials.

use super::markup::{self, Malformed, Piece, attribute, escaped};

/// The longest address that is read, in bytes: it goes into a request's first line, and into what people are told.
const LONGEST: usize = 1_000;

/// The settings of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The service that gives credentials for media relays; none where no Edge belongs to the user's pool.
    pub mras: Option<String>,
}

impl Settings {
    /// The event that is subscribed to.
    pub const EVENT: &str = "vnd-microsoft-provisioning-v2";
    /// What the request and the settings call themselves in Content-Type.
    pub const CONTENT_TYPE: &str = "application/vnd-microsoft-roaming-provisioning-v2+xml";
    /// The group that is asked for.
    const GROUP: &str = "ServerConfiguration";

    /// What asks for them.
    #[must_use]
    pub fn request() -> String {
        format!(
            "<provisioningGroupList xmlns=\"http://schemas.microsoft.com/2006/09/sip/provisioninggrouplist\">\
             <provisioningGroup name=\"{}\"/></provisioningGroupList>",
            Self::GROUP
        )
    }

    /// Reads them.
    ///
    /// # Errors
    /// They are no such document.
    pub fn read(body: &[u8]) -> Result<Self, Malformed> {
        let mut settings = Self::default();
        let (mut inside, mut found) = (false, false);
        markup::walk(body, |piece| {
            match piece {
                // How servers call the outermost element is UNCONFIRMED, so it isn't looked at.
                Piece::Begin([_], _) => {}
                Piece::Begin([_, _], attributes) => {
                    inside = attribute(attributes, "name").is_some_and(|name| name.eq_ignore_ascii_case(Self::GROUP));
                    found |= inside;
                }
                Piece::End([_, _, name], text) if inside && name.eq_ignore_ascii_case("mrasUri") => {
                    let usable = text.len() <= LONGEST
                        && text.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("sip:"))
                        && !text.contains(|letter: char| {
                            letter.is_whitespace() || letter.is_control() || "<>\"".contains(letter)
                        });
                    match (text.is_empty(), usable) {
                        (true, _) => {}
                        (false, true) => settings.mras = settings.mras.take().or_else(|| Some(text.to_owned())),
                        (false, false) => return Err(Malformed::Part("mrasUri")),
                    }
                }
                Piece::Begin(..) | Piece::End(..) => {}
            }
            Ok(())
        })?;
        // Without the group nothing was told: that is not the same as no service.
        if found { Ok(settings) } else { Err(Malformed::Other) }
    }

    /// The document, for a mock to send. Its namespace is UNCONFIRMED, and no reader looks at it.
    #[must_use]
    pub fn write(&self) -> String {
        let mras = self.mras.as_ref().map(|uri| format!("<mrasUri>{}</mrasUri>", escaped(uri))).unwrap_or_default();
        format!(
            "<provisionGroupList xmlns=\"http://schemas.microsoft.com/2006/09/sip/provisiongrouplist-notification\">\
             <provisionGroup name=\"{}\" version=\"1\">{mras}<ucMaxVideoRateAllowed>Hd720p15M</ucMaxVideoRateAllowed>\
             </provisionGroup></provisionGroupList>",
            Self::GROUP
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(inner: &str) -> Result<Option<String>, Malformed> {
        Settings::read(format!("<provisionGroupList>{inner}</provisionGroupList>").as_bytes())
            .map(|settings| settings.mras)
    }

    #[test]
    fn the_service_is_found_in_its_group_alone() {
        let uri = "sip:edge02.contoso.com@contoso.com;gruu;opaque=srvr:MRAS:_a&b";
        let settings = Settings { mras: Some(uri.to_owned()) };
        assert_eq!(Settings::read(settings.write().as_bytes()), Ok(settings));
        assert_eq!(Settings::read(Settings::default().write().as_bytes()), Ok(Settings::default()));
        let other = "<provisionGroup name=\"ucPolicy\"><mrasUri>sip:a@b</mrasUri></provisionGroup>";
        let group = |uri: &str| {
            format!("<provisionGroup name=\"serverconfiguration\"><mrasUri> {uri}\n</mrasUri></provisionGroup>")
        };
        assert_eq!(read(&format!("{other}{}", group("sip:c@d"))), Ok(Some("sip:c@d".to_owned())));
        assert_eq!(read(&group("")), Ok(None));
        assert_eq!(read(other), Err(Malformed::Other));
        let long = format!("sip:{}", "a".repeat(LONGEST));
        for bad in ["http://a", "sip:a b", "sip:a&lt;b", &long] {
            assert_eq!(read(&group(bad)), Err(Malformed::Part("mrasUri")), "{bad}");
        }
    }

    #[test]
    fn what_is_no_such_document_is_refused() {
        assert_eq!(Settings::read(b""), Err(Malformed::NoXml));
        assert_eq!(Settings::read(b"\xff"), Err(Malformed::NoText));
        assert_eq!(Settings::read(b"<html/>"), Err(Malformed::Other));
        assert_eq!(Settings::read(b"<a><b name="), Err(Malformed::NoXml));
        assert_eq!(Settings::read(b"<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"), Err(Malformed::Entities));
        assert_eq!(read("<b>&c;</b>"), Err(Malformed::Entities));
        assert!(matches!(read(&"<a>".repeat(100)), Err(Malformed::TooMuch(_))));
        assert!(matches!(read(&"<a/>".repeat(5_000)), Err(Malformed::TooMuch(_))));
        assert!(matches!(read(&"x".repeat(5_000)), Err(Malformed::TooMuch(_))));
        assert!(matches!(Settings::read(&vec![b' '; 300 << 10]), Err(Malformed::TooMuch(_))));
    }
}
