//! Reading a certificate: no I/O. Lenient where a verifier is strict, so that a bad
//! certificate can be told about.

use std::net::IpAddr;

use jiff::Timestamp;
use pem::{EncodeConfig, LineEnding, Pem};
use ring::digest::{Digest, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use rustls::pki_types::SubjectPublicKeyInfoDer;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey as ParsedKey;
use x509_parser::time::ASN1Time;
use x509_parser::x509::{SubjectPublicKeyInfo, X509Name};

use super::facts::{Certificate, KeyAlgorithm, PublicKey};

/// Names listed of one certificate.
const MOST_NAMES: usize = 1000;
/// Characters shown of one text.
const LONGEST_TEXT: usize = 1024;

/// Reads a certificate; days are counted from `now`.
pub(super) fn read(der: &[u8], now: Timestamp) -> Result<Certificate, String> {
    let certificate = parse(der)?;
    let not_before = timestamp(certificate.validity().not_before)?;
    let not_after = timestamp(certificate.validity().not_after)?;
    let names = names(&certificate)?;
    let usage = certificate.extended_key_usage().map_err(|error| format!("its extended key usage: {error}"))?;
    Ok(Certificate {
        subject: distinguished(certificate.subject()),
        common_name: common_name(certificate.subject()),
        issuer: distinguished(certificate.issuer()),
        names_truncated: names.len() > MOST_NAMES,
        names: names.into_iter().take(MOST_NAMES).collect(),
        not_before,
        not_after,
        days_left: not_after.as_second().saturating_sub(now.as_second()).div_euclid(86_400),
        expired: now > not_after,
        not_yet_valid: now < not_before,
        key: key(certificate.public_key()),
        signature_algorithm: signature_algorithm(&certificate.signature_algorithm.algorithm.to_id_string()),
        self_signed: certificate.subject().as_raw() == certificate.issuer().as_raw(),
        server_auth: usage.is_none_or(|usage| usage.value.server_auth || usage.value.any),
        sha256: fingerprint(digest(&SHA256, der)),
        sha1: fingerprint(digest(&SHA1_FOR_LEGACY_USE_ONLY, der)),
        serial: serial(certificate.raw_serial()),
    })
}

/// The public key of a certificate that a verifier may refuse to parse.
pub(super) fn public_key(der: &[u8]) -> Result<(PublicKey, SubjectPublicKeyInfoDer<'static>), String> {
    let certificate = parse(der)?;
    let info = certificate.public_key();
    Ok((key(info), SubjectPublicKeyInfoDer::from(info.raw.to_vec())))
}

/// All its alternative names, or its common name where it has none, hold for the name.
///
/// A wildcard stands for one whole label at the left (RFC 6125 6.4.3). The common name is
/// what Windows falls back to, and what an Edge server's internal certificate may rest on.
pub(super) fn is_for(der: &[u8], name: &str) -> bool {
    let Ok(certificate) = parse(der) else { return false };
    let names = names(&certificate).unwrap_or_default();
    let has_names = names.iter().any(|name| name.parse::<IpAddr>().is_err());
    let common = if has_names { None } else { common_name(certificate.subject()) };
    names.iter().chain(&common).any(|pattern| covers(pattern, name))
}

/// The certificate as text that other tools read.
pub(super) fn pem(der: &[u8]) -> String {
    let lines = EncodeConfig::new().set_line_ending(LineEnding::LF);
    pem::encode_config(&Pem::new("CERTIFICATE", der), lines)
}

fn covers(pattern: &str, name: &str) -> bool {
    if let Ok(address) = name.parse::<IpAddr>() {
        return pattern.parse() == Ok(address);
    }
    let (pattern, name) = (crate::values::fold(pattern), crate::values::fold(name));
    match pattern.strip_prefix("*.") {
        Some(parent) => name.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == parent),
        None => pattern == name,
    }
}

fn parse(der: &[u8]) -> Result<X509Certificate<'_>, String> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        Ok(_) => Err("something follows the certificate".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn names(certificate: &X509Certificate<'_>) -> Result<Vec<String>, String> {
    let extension =
        certificate.subject_alternative_name().map_err(|error| format!("its subject alternative names: {error}"))?;
    let Some(extension) = extension else { return Ok(Vec::new()) };
    let text = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(short(name)),
        GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
        _ => None,
    };
    Ok(extension.value.general_names.iter().filter_map(text).take(MOST_NAMES + 1).collect())
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(bytes).map(IpAddr::from).or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

fn common_name(subject: &X509Name<'_>) -> Option<String> {
    subject.iter_common_name().find_map(|name| name.as_str().ok()).map(short)
}

fn distinguished(name: &X509Name<'_>) -> String {
    short(&name.to_string())
}

fn short(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn timestamp(time: ASN1Time) -> Result<Timestamp, String> {
    Timestamp::from_second(time.timestamp()).map_err(|error| format!("its dates: {error}"))
}

fn key(info: &SubjectPublicKeyInfo<'_>) -> PublicKey {
    const ED25519: &str = "1.3.101.112";
    if info.algorithm.algorithm.to_id_string() == ED25519 {
        return PublicKey { algorithm: KeyAlgorithm::Ed25519, bits: 256 };
    }
    let (algorithm, bits) = match info.parsed() {
        Ok(ParsedKey::RSA(key)) => (KeyAlgorithm::Rsa, significant_bits(key.modulus)),
        Ok(ParsedKey::EC(point)) => (KeyAlgorithm::Ec, curve_bits(info).unwrap_or(point.key_size())),
        Ok(other) => (KeyAlgorithm::Other, other.key_size()),
        Err(_) => (KeyAlgorithm::Other, 0),
    };
    PublicKey { algorithm, bits: u32::try_from(bits).unwrap_or(u32::MAX) }
}

fn significant_bits(number: &[u8]) -> usize {
    let digits: Vec<u8> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
    digits.len() * 8 - digits.first().map_or(0, |first| first.leading_zeros() as usize)
}

/// RFC 5480 2.1.1.1.
fn curve_bits(info: &SubjectPublicKeyInfo<'_>) -> Option<usize> {
    let curve = info.algorithm.parameters.as_ref()?.as_oid().ok()?;
    match curve.to_id_string().as_str() {
        "1.2.840.10045.3.1.7" => Some(256),
        "1.3.132.0.34" => Some(384),
        "1.3.132.0.35" => Some(521),
        _ => None,
    }
}

/// RFC 8017 appendix C, RFC 5758 3.2, RFC 8410 3, and what is left of older ones.
fn signature_algorithm(oid: &str) -> String {
    match oid {
        "1.2.840.113549.1.1.4" => "md5WithRSAEncryption",
        "1.2.840.113549.1.1.5" => "sha1WithRSAEncryption",
        "1.2.840.113549.1.1.10" => "rsassaPss",
        "1.2.840.113549.1.1.11" => "sha256WithRSAEncryption",
        "1.2.840.113549.1.1.12" => "sha384WithRSAEncryption",
        "1.2.840.113549.1.1.13" => "sha512WithRSAEncryption",
        "1.2.840.10045.4.1" => "ecdsa-with-SHA1",
        "1.2.840.10045.4.3.2" => "ecdsa-with-SHA256",
        "1.2.840.10045.4.3.3" => "ecdsa-with-SHA384",
        "1.2.840.10045.4.3.4" => "ecdsa-with-SHA512",
        "1.3.101.112" => "ed25519",
        other => other,
    }
    .to_owned()
}

fn fingerprint(digest: Digest) -> String {
    hex(digest.as_ref())
}

/// Without the zero byte that only says "positive" (X.690 8.3).
fn serial(bytes: &[u8]) -> String {
    match bytes {
        [0, rest @ ..] if !rest.is_empty() => hex(rest),
        all => hex(all),
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(if value < 10 { b'0' + value } else { b'A' - 10 + value });
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xF)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_one_label() {
        for (pattern, name, covered) in [
            ("sip.contoso.com", "SIP.contoso.com.", true),
            ("*.contoso.com", "sip.contoso.com", true),
            ("*.contoso.com", "contoso.com", false),
            ("*.contoso.com", "a.sip.contoso.com", false),
            ("*.contoso.com", ".contoso.com", false),
            ("s*.contoso.com", "sip.contoso.com", false),
            ("10.0.0.1", "10.0.0.1", true),
            ("2001:DB8::1", "2001:db8:0::1", true),
            ("10.0.0.1", "10.0.0.10", false),
        ] {
            assert_eq!(covers(pattern, name), covered, "{pattern} for {name}");
        }
    }

    #[test]
    fn numbers_are_shown_without_padding() {
        assert_eq!(serial(&[0, 0x80, 1]), "8001");
        assert_eq!(serial(&[0]), "00");
        assert_eq!(significant_bits(&[0, 0x80, 0]), 16);
        assert_eq!(significant_bits(&[0x01, 0]), 9);
        assert_eq!(significant_bits(&[]), 0);
    }

    #[test]
    fn weak_keys_and_old_signatures_are_read() {
        const WEAK: &str = "-----BEGIN CERTIFICATE-----
MIICLzCCAZigAwIBAgIUIXvt+sig7LKEw8OGMo+ST1K/qxUwDQYJKoZIhvcNAQEF
BQAwGzEZMBcGA1UEAwwQb2xkLmNvbnRvc28udGVzdDAeFw0yNjExMjIyMTUwNDBa
Fw0zNjExMTkyMTUwNDBaMBsxGTAXBgNVBAMMEG9sZC5jb250b3NvLnRlc3QwgZ8w
DQYJKoZIhvcNAQEBBQADgY0AMIGJAoGBAKIRbp039yH+bs7ykdBIUO1un42d+USE
kklkfU6kua3BJlL26sheNbzvOQz69UnxP3C8u7iYttjEGSGe3QsK2j98bWcyvRkc
TCD0IXzKrULLpAH9C0bkA456GDXGofYKVEj2zcMCx88e9Ea4VyaL7Ys/aGJ6OgLT
/AB3/+u75+uXAgMBAAGjcDBuMB0GA1UdDgQWBBQZoEnLkCmXenH6l9xgpTLTx9zu
LzAfBgNVHSMEGDAWgBQZoEnLkCmXenH6l9xgpTLTx9zuLzAPBgNVHRMBAf8EBTAD
AQH/MBsGA1UdEQQUMBKCEG9sZC5jb250b3NvLnRlc3QwDQYJKoZIhvcNAQEFBQAD
gYEAl1ItHmEx20g8+UfgjEAuV5KNdMAc6uzoYPS4OehFw0mFmJlLP8Z1Ea9fQL05
/JwGPxNQqsjbCQ4n5hs9Umxpj5w53bZC+w/c5WmmqrHjHOuNHu3pYkSWOfFmG+zq
Bo348SSJZr5/f2gSibn21Xn5otw6RQlk86wWtFygfLiK9/k=
-----END CERTIFICATE-----
";
        let der = ::pem::parse(WEAK).expect("a certificate").into_contents();
        let read = read(&der, Timestamp::UNIX_EPOCH).expect("facts");
        assert_eq!(read.key, PublicKey { algorithm: KeyAlgorithm::Rsa, bits: 1024 });
        assert_eq!(read.signature_algorithm, "sha1WithRSAEncryption");
        // As `openssl x509 -fingerprint -serial` says.
        assert_eq!(read.sha1, "1C2C918D8F230AD2C1DAFFB72DB2CAB35AFADB56");
        assert_eq!(read.sha256, "E0C9D7C1D5D0DFAA0C4BF59C1F14B5DAA3302D93E63DDECD1712DBA05796D62F");
        assert_eq!(read.serial, "217BEDFAC8A0ECB284C3C386328F924F52BFAB15");
        assert!(is_for(&der, "old.contoso.test") && !is_for(&der, "sip.contoso.test"));
        assert_eq!(pem(&der), WEAK);
    }

    #[test]
    fn garbage_is_no_certificate() {
        for bytes in [&[][..], &[0x30], &[0x30, 0x82, 0xff, 0xff], &[0; 64]] {
            assert!(read(bytes, Timestamp::UNIX_EPOCH).is_err());
        }
    }
}
