//! Reading an answer: no I/O.

use hickory_resolver::proto::op::{DnsResponse, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};

use super::facts::{DnsRecord, DnsStatus};
use super::spec::RecordKind;

/// As many aliases in a row as common resolvers follow.
const LONGEST_CHAIN: usize = 16;

/// A name and the aliases that led to it.
pub(super) struct Chain {
    asked: Name,
    links: Vec<Name>,
    longest_ttl: Option<u32>,
}

impl Chain {
    pub(super) fn new(asked: Name) -> Self {
        Self { asked, links: Vec::new(), longest_ttl: None }
    }

    /// The name at its end.
    pub(super) fn end(&self) -> &Name {
        self.links.last().unwrap_or(&self.asked)
    }

    /// The longest time for which one of the aliases may be remembered, in seconds.
    pub(super) fn longest_ttl(&self) -> Option<u32> {
        self.longest_ttl
    }

    /// The aliases' targets, in order.
    pub(super) fn names(&self) -> Vec<String> {
        self.links.iter().map(shown).collect()
    }

    /// Goes on along the CNAMEs among the records. Whether it went anywhere, or why it can't.
    pub(super) fn follow(&mut self, records: &[Record]) -> Result<bool, String> {
        let before = self.links.len();
        while let Some((target, ttl)) = alias(records, self.end()) {
            self.longest_ttl = self.longest_ttl.max(Some(ttl));
            let seen = self.asked == *target || self.links.contains(target);
            self.links.push(target.clone());
            if seen {
                return Err(format!("the CNAMEs go in a circle: {self}"));
            }
            if self.links.len() > LONGEST_CHAIN {
                return Err(format!("more than {LONGEST_CHAIN} CNAMEs in a row: {self}"));
            }
        }
        Ok(self.links.len() > before)
    }
}

impl std::fmt::Display for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&shown(&self.asked))?;
        self.links.iter().try_for_each(|name| write!(f, " → {}", shown(name)))
    }
}

fn alias<'a>(records: &'a [Record], name: &Name) -> Option<(&'a Name, u32)> {
    records.iter().find_map(|record| match &record.data {
        RData::CNAME(target) if record.name == *name => Some((&target.0, record.ttl)),
        _ => None,
    })
}

/// The records of the name and type, sorted so that a round-robin answer stays the same.
pub(super) fn records(answers: &[Record], name: &Name, kind: RecordKind) -> Vec<DnsRecord> {
    let wanted = record_type(kind);
    let mut records: Vec<DnsRecord> = answers
        .iter()
        .filter(|record| record.name == *name && record.record_type() == wanted)
        .filter_map(read)
        .collect();
    records.sort_by(|a, b| key(a).cmp(&key(b)));
    records
}

fn key(record: &DnsRecord) -> impl Ord + use<'_> {
    (record.address, record.priority, record.weight, record.target.as_deref(), record.port, record.text.as_deref())
}

fn read(record: &Record) -> Option<DnsRecord> {
    let of = DnsRecord { name: shown(&record.name), ttl: record.ttl, ..DnsRecord::default() };
    Some(match &record.data {
        RData::A(address) => DnsRecord { address: Some(address.0.into()), ..of },
        RData::AAAA(address) => DnsRecord { address: Some(address.0.into()), ..of },
        RData::CNAME(target) => DnsRecord { target: Some(shown(&target.0)), ..of },
        RData::SRV(service) => DnsRecord {
            target: Some(shown(&service.target)),
            port: Some(service.port),
            priority: Some(service.priority),
            weight: Some(service.weight),
            ..of
        },
        RData::TXT(text) => {
            DnsRecord { text: Some(String::from_utf8_lossy(&text.txt_data.concat()).into_owned()), ..of }
        }
        _ => return None,
    })
}

pub(super) const fn record_type(kind: RecordKind) -> RecordType {
    match kind {
        RecordKind::A => RecordType::A,
        RecordKind::Aaaa => RecordType::AAAA,
        RecordKind::Cname => RecordType::CNAME,
        RecordKind::Srv => RecordType::SRV,
        RecordKind::Txt => RecordType::TXT,
    }
}

/// Whether an answer without records only names other servers (RFC 2308 2.2): that is no
/// word on whether there are any.
pub(super) fn is_referral(response: &DnsResponse) -> bool {
    let of = |kind| response.authorities.iter().any(|record| record.record_type() == kind);
    !response.authoritative && of(RecordType::NS) && !of(RecordType::SOA)
}

pub(super) fn status(code: ResponseCode, records: &[DnsRecord], referral: bool) -> DnsStatus {
    match code {
        ResponseCode::NoError if records.is_empty() && referral => DnsStatus::Referral,
        ResponseCode::NoError if records.is_empty() => DnsStatus::Nodata,
        ResponseCode::NoError => DnsStatus::Noerror,
        ResponseCode::NXDomain => DnsStatus::Nxdomain,
        ResponseCode::Refused => DnsStatus::Refused,
        ResponseCode::ServFail => DnsStatus::Servfail,
        ResponseCode::FormErr => DnsStatus::Formerr,
        ResponseCode::NotImp => DnsStatus::Notimp,
        ResponseCode::NotAuth => DnsStatus::Notauth,
        _ => DnsStatus::Other,
    }
}

/// A name as people write it, without the dot at the end; the root stays a dot.
pub(super) fn shown(name: &Name) -> String {
    let text = name.to_ascii();
    match text.strip_suffix('.') {
        Some("") | None => text,
        Some(bare) => bare.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_resolver::proto::rr::rdata::CNAME;

    fn name(text: &str) -> Name {
        Name::from_ascii(text).expect(text)
    }

    fn cname(from: &str, to: &str) -> Record {
        Record::from_rdata(name(from), 60, RData::CNAME(CNAME(name(to))))
    }

    #[test]
    fn a_chain_in_any_order_is_followed_to_its_end() {
        let mut chain = Chain::new(name("a.test."));
        let records = [cname("c.test.", "d.test."), cname("A.test.", "b.test."), cname("b.test.", "c.test.")];
        assert_eq!(chain.follow(&records), Ok(true));
        assert_eq!(chain.names(), ["b.test", "c.test", "d.test"]);
        assert_eq!(chain.follow(&records), Ok(false));
    }

    #[test]
    fn circles_and_endless_chains_end() {
        let mut chain = Chain::new(name("a.test."));
        let circle = chain.follow(&[cname("a.test.", "b.test."), cname("b.test.", "a.test.")]);
        assert_eq!(circle.expect_err("a circle"), "the CNAMEs go in a circle: a.test → b.test → a.test");

        let links: Vec<Record> = (0..40).map(|n| cname(&format!("n{n}.test."), &format!("n{}.test.", n + 1))).collect();
        assert!(Chain::new(name("n0.test.")).follow(&links).expect_err("too long").starts_with("more than 16"));
    }

    #[test]
    fn the_root_stays_a_dot() {
        assert_eq!(shown(&Name::root()), ".");
        assert_eq!(shown(&name("Sip.Contoso.com.")), "Sip.Contoso.com");
    }
}
