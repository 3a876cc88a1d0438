//! What the service answers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::NAMESPACE;
use super::markup::{self, Malformed, Piece, attribute, escaped, is};
use super::request::Location;

/// Relays that are read of one answer.
const MOST_RELAYS: usize = 64;

/// An answer to a request for credentials.
#[derive(Debug)]
pub struct CredentialsResponse {
    /// `OK`, or why there are none: also an answer with status 200 may be a refusal.
    pub phrase: String,
    /// The credentials; none in a refusal.
    pub credentials: Option<Credentials>,
    /// The relays that they are for, in order.
    pub relays: Vec<MediaRelay>,
}

/// Credentials for media relays. They are wiped from memory, and can't be printed.
pub struct Credentials {
    /// The user name, decoded: it names nobody but to the relays.
    pub user: Zeroizing<Vec<u8>>,
    /// The password, decoded.
    pub password: Zeroizing<Vec<u8>>,
    /// How long they last, in minutes; none where that isn't told.
    pub minutes: Option<u32>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("minutes", &self.minutes).finish_non_exhaustive()
    }
}

/// A media relay as clients are told of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaRelay {
    /// For clients where; none where it isn't told.
    pub location: Option<Location>,
    /// Its name.
    pub host: String,
    /// Its UDP port; none where it has none.
    pub udp_port: Option<u16>,
    /// Its TCP port; none where it has none.
    pub tcp_port: Option<u16>,
}

#[derive(Default)]
struct Draft {
    user: Option<Zeroizing<Vec<u8>>>,
    password: Option<Zeroizing<Vec<u8>>>,
    minutes: Option<u32>,
}

impl CredentialsResponse {
    /// Whether it says that all is well.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.phrase.eq_ignore_ascii_case("OK")
    }

    /// Reads an answer.
    ///
    /// # Errors
    /// It is none, or a part of it can't be read. Nothing of it is shown.
    pub fn read(body: &[u8]) -> Result<Self, Malformed> {
        const CREDENTIALS: [&str; 3] = ["response", "credentialsResponse", "credentials"];
        const RELAY: [&str; 4] = ["response", "credentialsResponse", "mediaRelayList", "mediaRelay"];
        let mut phrase = String::new();
        let mut draft = Draft::default();
        let mut relays: Vec<MediaRelay> = Vec::new();
        markup::walk(body, |piece| match piece {
            Piece::Begin(path @ [_], attributes) => {
                if !is(path, &["response"]) {
                    return Err(Malformed::Other);
                }
                attribute(attributes, "reasonPhrase").unwrap_or_default().clone_into(&mut phrase);
                Ok(())
            }
            Piece::Begin(path, _) if is(path, &RELAY) => {
                if relays.len() >= MOST_RELAYS {
                    return Err(Malformed::TooMuch("64 relays"));
                }
                relays.push(MediaRelay::default());
                Ok(())
            }
            Piece::End([path @ .., name], text) if is(path, &CREDENTIALS) => draft.take(name, text),
            Piece::End([path @ .., name], text) if is(path, &RELAY) => {
                relays.last_mut().map_or(Ok(()), |relay| relay.take(name, text))
            }
            Piece::Begin(..) | Piece::End(..) => Ok(()),
        })?;
        if relays.iter().any(|relay| relay.host.is_empty()) {
            return Err(Malformed::Part("hostName"));
        }
        let credentials = match (draft.user, draft.password) {
            (Some(user), Some(password)) => Some(Credentials { user, password, minutes: draft.minutes }),
            (None, None) => None,
            (None, Some(_)) => return Err(Malformed::Part("username")),
            (Some(_), None) => return Err(Malformed::Part("password")),
        };
        Ok(Self { phrase, credentials, relays })
    }

    /// The document, for a mock to send. Its `serverVersion` is UNCONFIRMED, and no reader looks at it.
    #[must_use]
    pub fn write(&self, from: &str, to: &str) -> Zeroizing<String> {
        let credentials = self.credentials.as_ref().map_or_else(Zeroizing::default, |given| {
            let (user, password) = (STANDARD.encode(&given.user), Zeroizing::new(STANDARD.encode(&given.password)));
            let minutes = given.minutes.map(|minutes| format!("<duration>{minutes}</duration>")).unwrap_or_default();
            Zeroizing::new(format!(
                "<credentials><username>{user}</username><password>{}</password>{minutes}</credentials>",
                *password
            ))
        });
        let relays: String = self.relays.iter().map(MediaRelay::write).collect();
        Zeroizing::new(format!(
            "<?xml version=\"1.0\"?><response xmlns=\"{NAMESPACE}\" requestID=\"1\" version=\"1.0\" \
             serverVersion=\"2.0\" to=\"{}\" from=\"{}\" reasonPhrase=\"{}\">\
             <credentialsResponse credentialsRequestID=\"1\">{}<mediaRelayList>{relays}</mediaRelayList>\
             </credentialsResponse></response>",
            escaped(to),
            escaped(from),
            escaped(&self.phrase),
            *credentials
        ))
    }
}

impl Draft {
    fn take(&mut self, name: &str, text: &str) -> Result<(), Malformed> {
        let decoded = |what: &'static str| {
            let bytes = STANDARD.decode(text).map(Zeroizing::new).map_err(|_| Malformed::Part(what))?;
            if bytes.is_empty() { Err(Malformed::Part(what)) } else { Ok(bytes) }
        };
        match name.to_ascii_lowercase().as_str() {
            "username" => self.user = Some(decoded("username")?),
            "password" => self.password = Some(decoded("password")?),
            "duration" => self.minutes = Some(text.parse().map_err(|_| Malformed::Part("duration"))?),
            _ => {}
        }
        Ok(())
    }
}

impl MediaRelay {
    fn take(&mut self, name: &str, text: &str) -> Result<(), Malformed> {
        let port = |what: &'static str| match text.parse::<u16>() {
            // That zero stands for none is UNCONFIRMED; nobody can be asked there.
            Ok(0) => Ok(None),
            Ok(port) => Ok(Some(port)),
            Err(_) => Err(Malformed::Part(what)),
        };
        match name.to_ascii_lowercase().as_str() {
            "location" if text.is_empty() => {}
            "location" => self.location = Some(Location::read(text).ok_or(Malformed::Part("location"))?),
            "hostname" => {
                let plain = text.len() <= 255
                    && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-._:".contains(letter));
                if !plain {
                    return Err(Malformed::Part("hostName"));
                }
                text.clone_into(&mut self.host);
            }
            "udpport" => self.udp_port = port("udpPort")?,
            "tcpport" => self.tcp_port = port("tcpPort")?,
            _ => {}
        }
        Ok(())
    }

    fn write(&self) -> String {
        let location = self.location.map(|one| format!("<location>{}</location>", one.as_str())).unwrap_or_default();
        let port =
            |name: &str, port: Option<u16>| port.map(|port| format!("<{name}>{port}</{name}>")).unwrap_or_default();
        format!(
            "<mediaRelay>{location}<hostName>{}</hostName>{}{}</mediaRelay>",
            escaped(&self.host),
            port("udpPort", self.udp_port),
            port("tcpPort", self.tcp_port)
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn given() -> CredentialsResponse {
        CredentialsResponse {
            phrase: "OK".to_owned(),
            credentials: Some(Credentials {
                user: Zeroizing::new(vec![1, 2, 3]),
                password: Zeroizing::new(b"secret".to_vec()),
                minutes: Some(480),
            }),
            relays: vec![
                MediaRelay {
                    location: Some(Location::Internet),
                    host: "av2.contoso.com".to_owned(),
                    udp_port: Some(3478),
                    tcp_port: Some(443),
                },
                MediaRelay { host: "2001:db8::22".to_owned(), udp_port: Some(3478), ..MediaRelay::default() },
            ],
        }
    }

    fn written() -> Zeroizing<String> {
        given().write("sip:edge02@contoso.com", "sip:probe1@contoso.com")
    }

    #[test]
    fn what_is_written_is_read() {
        let read = CredentialsResponse::read(written().as_bytes()).expect("an answer");
        let credentials = read.credentials.as_ref().expect("credentials");
        assert_eq!((credentials.user.as_slice(), credentials.password.as_slice()), (&[1, 2, 3][..], &b"secret"[..]));
        assert_eq!((read.is_ok(), credentials.minutes, &read.relays), (true, Some(480), &given().relays));
        let shown = format!("{read:?}");
        assert!(!shown.contains("secret") && !shown.contains("115") && shown.contains("480"), "{shown}");
    }

    #[test]
    fn a_refusal_has_a_reason_and_nothing_else() {
        let refusal = "<response reasonPhrase=\"Request Malformed\" requestID=\"1\"/>";
        let read = CredentialsResponse::read(refusal.as_bytes()).expect("an answer");
        assert!(!read.is_ok() && read.credentials.is_none() && read.relays.is_empty());
        assert_eq!(read.phrase, "Request Malformed");
    }

    #[test]
    fn words_have_no_control_characters_and_come_back() {
        let odd = written().replace("\"OK\"", "\" &#27;&#10; &#x9b;[31m Request\nMalformed \u{7f}\"");
        let read = CredentialsResponse::read(odd.as_bytes()).expect("an answer");
        assert_eq!(read.phrase, "[31m Request Malformed");
        let again = CredentialsResponse::read(read.write("a", "b").as_bytes()).expect("an answer");
        assert_eq!(again.phrase, read.phrase);
    }

    #[test]
    fn a_part_that_can_not_be_read_is_named() {
        let whole = written().replace("<?xml version=\"1.0\"?>", "");
        for (from, to, part) in [
            ("c2VjcmV0", "no base64", "password"),
            ("AQID", "", "username"),
            ("<username>AQID</username>", "", "username"),
            ("480", "soon", "duration"),
            ("internet", "elsewhere", "location"),
            ("3478", "99999", "udpPort"),
            ("443", "-1", "tcpPort"),
            ("av2.contoso.com", "av2 contoso", "hostName"),
            ("<hostName>av2.contoso.com</hostName>", "", "hostName"),
        ] {
            let changed = whole.replace(from, to);
            assert_ne!(changed, whole, "{from}");
            let error = CredentialsResponse::read(changed.as_bytes()).expect_err(part);
            assert_eq!(error, Malformed::Part(part));
        }
        assert!(CredentialsResponse::read(b"<request/>").is_err_and(|error| error == Malformed::Other));
        let many = whole.replace("</mediaRelayList>", &format!("{}</mediaRelayList>", "<mediaRelay/>".repeat(100)));
        assert!(CredentialsResponse::read(many.as_bytes()).is_err_and(|error| matches!(error, Malformed::TooMuch(_))));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

        #[test]
        fn any_credentials_and_any_words_come_back(
            user in prop::collection::vec(any::<u8>(), 1..80), password in prop::collection::vec(any::<u8>(), 1..40),
            phrase in "[ -~é]{0,30}", minutes in any::<Option<u32>>(),
        ) {
            let (user, password) = (Zeroizing::new(user), Zeroizing::new(password));
            let credentials = Some(Credentials { user: user.clone(), password: password.clone(), minutes });
            let written = CredentialsResponse { credentials, phrase: phrase.clone(), relays: given().relays };
            let read = CredentialsResponse::read(written.write("a", "b").as_bytes()).expect("an answer");
            let credentials = read.credentials.expect("credentials");
            prop_assert_eq!((&credentials.user, &credentials.password), (&user, &password));
            prop_assert_eq!((credentials.minutes, read.phrase, read.relays), (minutes, phrase.trim().to_owned(), written.relays));
        }

        #[test]
        fn nothing_makes_it_panic(cut in 0..700_usize, with in prop::collection::vec(any::<u8>(), 0..8)) {
            let mut bytes = written().as_bytes().to_vec();
            let at = cut.min(bytes.len() - 1);
            bytes.splice(at..(at + with.len()).min(written().len()), with);
            let _ = CredentialsResponse::read(&bytes);
            bytes.truncate(at);
            prop_assert!(CredentialsResponse::read(&bytes).is_err());
        }
    }
}
