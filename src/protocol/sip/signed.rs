//! What a signature is made over, and the header field that carries it ([MS-SIPAE] 3.2.5.2,
//! 3.3.5): clients sign in Authorization or Proxy-Authorization, servers in
//! Authentication-Info or Proxy-Authentication-Info.

use super::addresses::Address;
use super::headers::Headers;
use super::message::{Message, Start};
use crate::protocol::parameters::{self, split};

/// A signature, and what it is made over besides the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// `NTLM`, `Kerberos`, `TLS-DSK`.
    pub scheme: String,
    /// The signature: `response` of a client, `rspauth` of a server, in hexadecimal digits.
    pub signature: String,
    /// The signer's random number: `crand`, `srand`.
    pub random: String,
    /// How many messages it has signed with this one, in decimal digits: `cnum`, `snum`.
    pub number: String,
    /// The realm.
    pub realm: String,
    /// The server that holds the security association.
    pub targetname: String,
    /// The number of the security association; empty where it isn't told.
    pub opaque: String,
}

/// Which fields of a message are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureVersion {
    /// Version 2, before Office Communications Server 2007 R2: neither To's URI nor the asserted identity.
    Two,
    /// Version 3 and 4.
    Three,
}

impl SignatureVersion {
    /// As a challenge's `version` says; 2 where it says nothing.
    #[must_use]
    pub fn of(version: Option<&str>) -> Self {
        let number: u32 = version.and_then(|text| text.trim().parse().ok()).unwrap_or(2);
        if number >= 3 { Self::Three } else { Self::Two }
    }
}

impl Proof {
    /// The first signature of a client in a message.
    #[must_use]
    pub fn of_client(headers: &Headers) -> Option<Self> {
        let names = ["authorization", "proxy-authorization"];
        Self::first(headers, names, ["response", "crand", "cnum"])
    }

    /// The first signature of a server in a message.
    #[must_use]
    pub fn of_server(headers: &Headers) -> Option<Self> {
        let names = ["authentication-info", "proxy-authentication-info"];
        Self::first(headers, names, ["rspauth", "srand", "snum"])
    }

    fn first(headers: &Headers, fields: [&str; 2], [signature, random, number]: [&str; 3]) -> Option<Self> {
        let fields = headers.0.iter().filter(|header| fields.contains(&header.long_name().as_str()));
        fields.into_iter().find_map(|header| {
            let value = header.value();
            let (scheme, rest) = value.split_once([' ', '\t'])?;
            let parameters = parameters::read(rest, ',');
            let get = |name: &str| parameters.iter().find(|one| one.name == name).map(|one| one.value.clone());
            Some(Self {
                scheme: scheme.to_owned(),
                signature: get(signature)?,
                random: get(random)?,
                number: get(number)?,
                realm: get("realm").unwrap_or_default(),
                targetname: get("targetname").unwrap_or_default(),
                opaque: get("opaque").unwrap_or_default(),
            })
        })
    }
}

impl Message {
    /// The text that a proof of this message is made over: its fields as they are written,
    /// each in `<>`, an absent one as `<>`.
    ///
    /// # Errors
    /// Which field can't be taken apart.
    pub fn signed_text(&self, proof: &Proof, version: SignatureVersion) -> Result<Vec<u8>, &'static str> {
        let (number, method) = self.cseq().ok_or("CSeq")?;
        let first = |name: &str| self.headers.first(name).map(|value| value.trim().to_owned()).unwrap_or_default();
        let (from, to) = (first("from"), first("to"));
        let (from, to) = (Address::read(&from).map_err(|_| "From")?, Address::read(&to).map_err(|_| "To")?);
        let mut fields = vec![
            proof.scheme.clone(),
            proof.random.clone(),
            proof.number.clone(),
            proof.realm.clone(),
            proof.targetname.clone(),
            first("call-id"),
            number.to_string(),
            method,
            from.uri.to_owned(),
            tag(&from),
        ];
        match version {
            SignatureVersion::Two => fields.push(tag(&to)),
            SignatureVersion::Three => {
                fields.extend([to.uri.to_owned(), tag(&to)]);
                fields.extend(["sip:", "tel:"].map(|scheme| self.asserted(scheme)));
            }
        }
        fields.push(first("expires"));
        if let Start::Response { status, .. } = self.start {
            fields.push(status.to_string());
        }
        Ok(fields.iter().flat_map(|field| format!("<{field}>").into_bytes()).collect())
    }

    /// The URI of a scheme in P-Asserted-Identity, else in P-Preferred-Identity (RFC 3325 9.1, 9.2).
    fn asserted(&self, scheme: &str) -> String {
        let of = |name: &'static str| {
            let values: Vec<String> = self.headers.all(name).map(|header| header.value().into_owned()).collect();
            let uris = values.iter().flat_map(|value| split(value, ','));
            let mut uris = uris.filter_map(|one| Address::read(one).ok().map(|address| address.uri.to_owned()));
            uris.find(|uri| uri.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
        };
        let name = |name| self.headers.all(name).next().is_some().then_some(name);
        let name = name("p-asserted-identity").or_else(|| name("p-preferred-identity"));
        name.and_then(of).unwrap_or_default()
    }
}

/// The tag behind an address, as it is written.
fn tag(address: &Address<'_>) -> String {
    let parameters = split(address.parameters, ';');
    let tag = parameters.iter().find_map(|one| {
        let (name, value) = one.split_once('=')?;
        name.trim().eq_ignore_ascii_case("tag").then(|| value.trim().to_owned())
    });
    tag.unwrap_or_default()
}
