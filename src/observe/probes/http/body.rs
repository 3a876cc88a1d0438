//! The body: as much of it as is read, decoded, as text.

use std::io::Read;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};

use super::headers;

/// Bytes kept of a body, as it came and decoded.
pub(super) const MOST: usize = 256 * 1024;

/// Codings on top of each other that are taken off.
const MOST_CODINGS: usize = 4;

/// What was read of a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bytes {
    pub(super) kept: Vec<u8>,
    /// Whether there is more.
    pub(super) truncated: bool,
}

impl Bytes {
    /// Reads until the end or the bound; what was kept when it fails stays.
    pub(super) async fn read(&mut self, body: &mut Incoming) -> Result<(), hyper::Error> {
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame?.into_data() else { continue };
            let room = MOST.saturating_sub(self.kept.len());
            self.kept.extend(data.iter().take(room));
            if data.len() > room {
                self.truncated = true;
                return Ok(());
            }
        }
        Ok(())
    }

    /// Without its codings (RFC 9110 8.4), within the same bound: what would be longer is
    /// truncated, however little of it was sent. `Err` says why it can't be decoded.
    pub(super) fn decoded(self, headers: &HeaderMap) -> Result<Self, Undecoded> {
        let codings: Vec<String> = headers::all(headers, CONTENT_ENCODING.as_str())
            .flat_map(|value| value.split(',').map(|coding| coding.trim().to_ascii_lowercase()).collect::<Vec<_>>())
            .filter(|coding| !coding.is_empty() && coding != "identity")
            .collect();
        if codings.len() > MOST_CODINGS {
            return Err(Undecoded::Broken(format!("{} codings on top of each other", codings.len())));
        }
        if self.kept.is_empty() {
            return Ok(self);
        }
        codings.iter().rev().try_fold(self, |bytes, coding| bytes.without(coding))
    }

    fn without(self, coding: &str) -> Result<Self, Undecoded> {
        let coded = self.kept.as_slice();
        match coding {
            "gzip" | "x-gzip" => self.through(MultiGzDecoder::new(coded)),
            // Some servers send it without the zlib wrapping that RFC 9110 8.4.1.2 wants.
            "deflate" if is_zlib(coded) => self.through(ZlibDecoder::new(coded)),
            "deflate" => self.through(DeflateDecoder::new(coded)),
            other => Err(Undecoded::Unknown(other.to_owned())),
        }
    }

    fn through(&self, decoder: impl Read) -> Result<Self, Undecoded> {
        let bound = u64::try_from(MOST).unwrap_or(u64::MAX);
        let mut kept = Vec::new();
        let read = decoder.take(bound.saturating_add(1)).read_to_end(&mut kept);
        let truncated = kept.len() > MOST;
        kept.truncate(MOST);
        match read {
            Ok(_) => Ok(Self { kept, truncated: truncated || self.truncated }),
            // The end was cut off by our own bound.
            Err(_) if self.truncated => Ok(Self { kept, truncated: true }),
            Err(error) => Err(Undecoded::Broken(error.to_string())),
        }
    }

    /// UTF-8, or what the content type says; every byte a character where it is neither.
    pub(super) fn text(&self, headers: &HeaderMap) -> String {
        let content_type = headers::first(headers, CONTENT_TYPE.as_str()).unwrap_or_default().to_ascii_lowercase();
        let latin1 = ["iso-8859-1", "latin1", "windows-1252"].iter().any(|charset| content_type.contains(charset));
        let whole = self.kept.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.kept);
        let utf8 = match std::str::from_utf8(whole) {
            Ok(text) => Some(text),
            // The bound may lie within a character.
            Err(error) if self.truncated && error.error_len().is_none() => {
                whole.get(..error.valid_up_to()).and_then(|whole| std::str::from_utf8(whole).ok())
            }
            Err(_) => None,
        };
        match utf8 {
            Some(text) if !latin1 => text.to_owned(),
            _ => whole.iter().copied().map(char::from).collect(),
        }
    }
}

/// Why a body is not decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Undecoded {
    /// A coding that nobody asked for and that this build doesn't know.
    Unknown(String),
    /// It isn't what its header says.
    Broken(String),
}

/// RFC 1950 2.2: the method is 8, and the first two bytes are a multiple of 31.
fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [first, second, ..] if first & 0x0F == 8 && u16::from_be_bytes([*first, *second]).is_multiple_of(31))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use hyper::header::HeaderValue;
    use std::io::Write as _;

    fn coded(coding: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static(coding))])
    }

    fn bytes(kept: &[u8]) -> Bytes {
        Bytes { kept: kept.to_vec(), truncated: false }
    }

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).expect("written");
        encoder.finish().expect("coded")
    }

    fn zlib(plain: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).expect("written");
        encoder.finish().expect("coded")
    }

    fn raw(plain: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).expect("written");
        encoder.finish().expect("coded")
    }

    #[test]
    fn codings_are_taken_off() {
        let plain = b"<AutodiscoverResponse/>";
        for (body, coding) in [
            (plain.to_vec(), "identity"),
            (gzip(plain), "gzip"),
            (gzip(plain), "X-GZip"),
            (zlib(plain), "deflate"),
            (raw(plain), "deflate"),
            (zlib(&gzip(plain)), "gzip, deflate"),
        ] {
            assert_eq!(bytes(&body).decoded(&coded(coding)), Ok(bytes(plain)), "{coding}");
        }
    }

    #[test]
    fn a_bomb_is_cut() {
        let bomb = gzip(&vec![b'0'; 64 << 20]);
        assert!(bomb.len() < MOST);
        let found = bytes(&bomb).decoded(&coded("gzip")).expect("a part of it");
        assert_eq!((found.kept.len(), found.truncated), (MOST, true));
        let found = bytes(&gzip(&bomb)).decoded(&coded("gzip, gzip")).expect("a part of it");
        assert_eq!((found.kept.len(), found.truncated), (MOST, true));
    }

    #[test]
    fn what_is_not_what_it_says_is_told() {
        let broken = |body: &[u8], coding| match bytes(body).decoded(&coded(coding)) {
            Err(Undecoded::Broken(_)) => true,
            Ok(_) | Err(Undecoded::Unknown(_)) => false,
        };
        let whole = gzip(b"some text that is long enough to be cut");
        assert!(broken(b"plain text", "gzip"));
        assert!(broken(&whole[..whole.len() - 9], "gzip"));
        assert!(broken(b"x", "gzip, gzip, gzip, gzip, gzip"));
        assert_eq!(bytes(b"x").decoded(&coded("br")), Err(Undecoded::Unknown("br".to_owned())));
        assert_eq!(bytes(b"").decoded(&coded("br")), Ok(bytes(b"")), "there is nothing to decode");
        let cut = Bytes { kept: whole[..whole.len() - 9].to_vec(), truncated: true };
        assert!(cut.decoded(&coded("gzip")).is_ok_and(|found| found.truncated), "it was our own bound");
    }

    #[test]
    fn text_is_utf_8_unless_it_is_not() {
        let of = |content_type| HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]);
        assert_eq!(bytes("\u{feff}Köln".as_bytes()).text(&HeaderMap::new()), "Köln");
        assert_eq!(bytes(b"K\xf6ln").text(&of("text/html")), "Köln");
        assert_eq!(bytes(b"K\xc3\xb6ln").text(&of("text/html; charset=ISO-8859-1")), "KÃ¶ln");
        let cut = Bytes { kept: b"K\xc3".to_vec(), truncated: true };
        assert_eq!(cut.text(&HeaderMap::new()), "K");
    }
}
