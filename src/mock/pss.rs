//! Signs a certificate again with RSASSA-PSS, which rcgen doesn't offer.
//!
//! A certificate is `SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }`
//! (RFC 5280 section 4.1); the algorithm stands a second time inside `tbsCertificate`,
//! after version and serial number.

use rustls::SignatureScheme;
use rustls::pki_types::CertificateDer;
use rustls::sign::SigningKey;

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;

/// `AlgorithmIdentifier` of RSASSA-PSS with SHA-256, MGF1 with SHA-256, and a salt of
/// 32 bytes (RFC 4055 section 3.1).
const RSASSA_PSS_SHA256: &[u8] = &[
    0x30, 0x41, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x30, 0x34, 0xa0, 0x0f, 0x30, 0x0d,
    0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09,
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
    0x04, 0x02, 0x01, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0x20,
];

/// The same certificate, signed with RSASSA-PSS by its issuer's key. None where the key
/// is not RSA, or the bytes are no certificate.
pub(super) fn sign_again(certificate: &[u8], issuer: &dyn SigningKey) -> Option<CertificateDer<'static>> {
    let signer = issuer.choose_scheme(&[SignatureScheme::RSA_PSS_SHA256])?;
    let (certificate, _) = Element::first(certificate)?;
    let (to_be_signed, _) = Element::first(certificate.content)?;
    let (version, rest) = Element::first(to_be_signed.content)?;
    let (serial, rest) = Element::first(rest)?;
    let (_, rest) = Element::first(rest)?;
    let to_be_signed = element(SEQUENCE, &[version.whole, serial.whole, RSASSA_PSS_SHA256, rest].concat());
    let signature = signer.sign(&to_be_signed).ok()?;
    let signature = element(BIT_STRING, &[&[0], signature.as_slice()].concat());
    Some(element(SEQUENCE, &[&to_be_signed, RSASSA_PSS_SHA256, &signature].concat()).into())
}

/// A DER element.
struct Element<'a> {
    whole: &'a [u8],
    content: &'a [u8],
}

impl<'a> Element<'a> {
    /// The first element, and what follows it.
    fn first(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (header, length) = match *bytes.get(1)? {
            short @ 0..=0x7f => (2, usize::from(short)),
            0x81 => (3, usize::from(*bytes.get(2)?)),
            0x82 => (4, usize::from(*bytes.get(2)?) << 8 | usize::from(*bytes.get(3)?)),
            _ => return None,
        };
        let (whole, rest) = bytes.split_at_checked(header + length)?;
        Some((Self { whole, content: whole.get(header..)? }, rest))
    }
}

/// Writes an element; everything in a certificate of ours is shorter than 64 KiB.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let [.., high, low] = length.to_be_bytes();
    let header = match length {
        0..=0x7f => vec![tag, low],
        0x80..=0xff => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [header.as_slice(), content].concat()
}
