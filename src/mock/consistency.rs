//! Whether a decoded deployment fits together: what a schema can't say.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::str::FromStr;

use super::deployment::{
    Authority, Certificate, ClientCertificate, Deployment, DnsFault, DnsView, FaultKind, Host, HttpServer, Key, Port,
    Signature,
};
use super::notation::{PortKey, Transport};
use super::render::Document;
use crate::diagnostic::{Code, Diagnostic, suggestion};
use crate::observe::Vantage;
use crate::values::Fqdn;
use crate::yaml::{Node, Spanned};

/// All that doesn't fit, in the order of the sections.
pub(super) fn check(deployment: &Deployment, document: &Document) -> Vec<Diagnostic> {
    let mut check = Check { deployment, document, found: Vec::new() };
    check.authorities();
    check.certificates();
    check.views();
    check.web();
    check.hosts();
    check.federation();
    check.found
}

struct Check<'a> {
    deployment: &'a Deployment,
    document: &'a Document,
    found: Vec<Diagnostic>,
}

impl<'a> Check<'a> {
    fn tell(&mut self, range: Range<usize>, message: impl Into<String>, hint: impl Into<String>) {
        let diagnostic = Diagnostic::at(Code::InvalidValue, &self.document.source, range, message);
        self.found.push(diagnostic.hint(hint));
    }

    fn section(&self, name: &str) -> Option<&'a Node> {
        self.document.node.get(name)
    }

    /// Two spellings of one key: the schema sees two keys, the type only one.
    fn distinct(&mut self, node: &Node, kept: usize) {
        if node.entries().len() > kept {
            self.tell(node.range.clone(), "the same key stands here in two spellings", "remove one of them");
        }
    }

    fn authorities(&mut self) {
        let authorities = &self.deployment.authorities;
        for (name, authority) in authorities {
            let Some(issuer) = &authority.issuer else { continue };
            if !authorities.contains_key(&issuer.value) {
                self.unknown("authority", issuer, authorities.keys());
            } else if signs_itself_in_the_end(authorities, name).is_none() {
                self.tell(
                    issuer.range.clone(),
                    format!("`{name}` is issued by itself in a circle"),
                    "leave one issuer out",
                );
            }
            if authority.trusted == Some(true) {
                let message = format!("`{name}` can't be trusted by itself, it is issued by `{}`", issuer.value);
                self.tell(issuer.range.clone(), message, "trust the authority at the end of the chain");
            }
        }
    }

    fn certificates(&mut self) {
        let authorities = &self.deployment.authorities;
        for certificate in self.deployment.certificates.values() {
            let Certificate { issuer, signature, missing_intermediate, key, .. } = certificate;
            let place = self.place_of(issuer.as_ref());
            let authority = issuer.as_ref().and_then(|issuer| authorities.get(&issuer.value));
            if let (Some(issuer), None) = (issuer, authority) {
                self.unknown("authority", issuer, authorities.keys());
                continue;
            }
            let signing = authority.map_or(*key, |authority: &Authority| authority.key);
            if *signature == Signature::RsassaPss && signing != Key::Rsa2048 {
                self.tell(place.clone(), "RSASSA-PSS needs an issuer with an RSA key", "give it `key: rsa-2048`");
            }
            if *missing_intermediate && authority.is_none_or(|authority| authority.issuer.is_none()) {
                self.tell(place, "there is no intermediate authority that could be missing", "name one as `issuer`");
            }
        }
    }

    fn views(&mut self) {
        let Some(section) = self.section("dns") else { return };
        for (vantage, view) in &self.deployment.dns {
            let Some(node) = section.get(&vantage.0) else { continue };
            let (records, faults) = (node.get("records"), node.get("faults"));
            if let Some(records) = records {
                self.distinct(records, view.records.len());
            }
            if let Some(faults) = faults {
                self.distinct(faults, view.faults.len());
            }
            if *vantage != Vantage::named(&vantage.0) {
                let message = format!("`{vantage}` is no name of a vantage");
                self.tell(node.range.clone(), message, "write vantages in lower case");
            }
            for (name, set) in &view.records {
                let place =
                    records.and_then(|node| key_of(node, name)).map_or(node.range.clone(), |key| key.range.clone());
                if !in_zone(view, name) {
                    let zones: Vec<&str> = view.zones.iter().map(Fqdn::as_str).collect();
                    let message = format!("`{name}` is in no zone of the view `{vantage}`");
                    self.tell(place.clone(), message, format!("its zones: {}", zones.join(", ")));
                }
                let others = set.a.len() + set.aaaa.len() + set.srv.len() + set.txt.len();
                if set.cname.is_some() && others > 0 {
                    let message = format!("`{name}` has a CNAME and other records");
                    self.tell(place.clone(), message, "a CNAME stands alone (RFC 1034 section 3.6.2)");
                } else if set.cname.is_none() && others == 0 {
                    let message = format!("`{name}` has no record");
                    self.tell(place, message, "give it one, or remove the name with `null`");
                }
            }
            for (name, fault) in &view.faults {
                let place =
                    faults.and_then(|node| key_of(node, name)).map_or(node.range.clone(), |key| key.range.clone());
                self.dns_fault(place, fault);
            }
            if let (Some(fault), Some(node)) = (&view.fault, node.get("fault")) {
                self.dns_fault(node.range.clone(), fault);
            }
        }
    }

    fn dns_fault(&mut self, place: Range<usize>, fault: &DnsFault) {
        if fault.kind.is_none() && fault.delay.is_none() {
            self.tell(place, "this fault does nothing", "give it a `kind` or a `delay`");
        }
    }

    /// Names of servers are in one place each, and what is published is somewhere.
    fn web(&mut self) {
        if let Some(section) = self.section("web") {
            self.distinct(section, self.deployment.web.len());
            let mut known: BTreeSet<&Fqdn> = BTreeSet::new();
            for (pool, services) in &self.deployment.web {
                let Some(place) = entry_of(section, pool).map(|(key, _)| key.range.clone()) else { continue };
                for server in services.servers.iter().filter(|server| !known.insert(server)) {
                    let message = format!("the server `{server}` stands here a second time");
                    self.tell(place.clone(), message, "a server has one pool");
                }
                for pattern in services.answers.keys() {
                    let inner = pattern.strip_suffix('*').unwrap_or(pattern);
                    if !inner.contains('/') || inner.contains('*') {
                        let message = format!("`{pattern}` is no path");
                        self.tell(place.clone(), message, "write `/meet/*` or `host/path`");
                    }
                }
            }
        }
        let pools: Vec<String> = self.deployment.web.keys().map(Fqdn::folded).collect();
        for pool in self.deployment.publishing.values().flat_map(BTreeMap::values) {
            if !self.deployment.web.contains_key(&pool.value) {
                self.unknown_name("web services", pool.value.as_str(), pool.range.clone(), pools.iter());
            }
        }
    }

    /// The server or the publishing rules that a port answers for.
    fn http(&mut self, http: &HttpServer) {
        match http {
            HttpServer::Internal(server) | HttpServer::External(server) => {
                let servers = self.deployment.web.values().flat_map(|services| &services.servers);
                let servers: Vec<String> = servers.map(Fqdn::folded).collect();
                if !servers.contains(&server.value.folded()) {
                    self.unknown_name("web server", server.value.as_str(), server.range.clone(), servers.iter());
                }
            }
            HttpServer::Publishing(name) if !self.deployment.publishing.contains_key(&name.value) => {
                self.unknown("publishing", name, self.deployment.publishing.keys());
            }
            HttpServer::Publishing(_) | HttpServer::Raw(_) => {}
        }
    }

    fn hosts(&mut self) {
        let Some(section) = self.section("hosts") else { return };
        self.distinct(section, self.deployment.hosts.len());
        for (address, host) in &self.deployment.hosts {
            let Some(node) = value_of(section, address) else { continue };
            self.reach(host, node);
            let Some(ports) = node.get("ports") else { continue };
            self.distinct(ports, host.ports.len());
            for (key, port) in &host.ports {
                if let Some(node) = value_of(ports, key) {
                    self.port(*key, port, node);
                }
            }
        }
    }

    /// What partners trust is there.
    fn federation(&mut self) {
        let authorities = &self.deployment.authorities;
        let partners = self.deployment.federation.iter().flat_map(|federation| federation.partners.values());
        for trusted in partners.flat_map(|partner| partner.trusts.iter().flatten()) {
            if !authorities.contains_key(&trusted.value) {
                self.unknown("authority", trusted, authorities.keys());
            }
        }
    }

    /// Without a name server of its own a vantage would ask the machine's.
    fn reach(&mut self, host: &Host, node: &Node) {
        for vantage in &host.from {
            if !self.deployment.dns.contains_key(vantage) {
                let place = node.get("from").unwrap_or(node).range.clone();
                let known = self.deployment.dns.keys().map(|vantage| vantage.0.as_str());
                let hint = suggestion(&vantage.0, known);
                self.tell(place, format!("the vantage `{vantage}` has no view under `dns`"), hint);
            }
        }
        if host.from.is_empty() {
            self.tell(
                node.range.clone(),
                format!("`{}` is reachable from nowhere", host.name),
                "name a vantage in `from`",
            );
        }
    }

    fn port(&mut self, key: PortKey, port: &Port, node: &Node) {
        let place = node.range.clone();
        match &port.tls {
            Some(certificate) if !self.deployment.certificates.contains_key(&certificate.value) => {
                self.unknown("certificate", certificate, self.deployment.certificates.keys());
            }
            Some(_) if key.transport == Transport::Udp => {
                self.tell(place.clone(), format!("TLS on {key}"), "TLS is over TCP only");
            }
            None if port.client_certificate != ClientCertificate::None || !port.versions.is_empty() => {
                self.tell(
                    place.clone(),
                    format!("{key} has TLS options and no `tls`"),
                    "name its certificate in `tls`",
                );
            }
            _ => {}
        }
        let servers = [port.sip.is_some(), port.http.is_some(), port.turn.is_some()];
        if servers.into_iter().filter(|is_there| *is_there).count() > 1 {
            self.tell(place.clone(), format!("{key} has several servers"), "a port has one: SIP, HTTP or MS-TURN");
        }
        if port.turn.is_some() && port.tls.is_some() {
            self.tell(
                place.clone(),
                format!("{key} speaks MS-TURN over TLS"),
                "what a media relay begins with only looks like TLS",
            );
        }
        if key.transport == Transport::Udp && (port.sip.is_some() || port.http.is_some()) {
            self.tell(place.clone(), format!("{key} has a server"), "SIP and HTTP are over TCP here");
        }
        if let Some(http) = &port.http {
            self.http(http);
        }
        let Some(fault) = &port.fault else { return };
        if fault.kind.is_none() && fault.delay.is_none() {
            self.tell(place.clone(), "this fault does nothing", "give it a `kind` or a `delay`");
        }
        let unseen = !matches!(fault.kind, Some(FaultKind::Refuse | FaultKind::Drop));
        if key.transport == Transport::Udp && (unseen || fault.delay.is_some() || fault.times.is_some()) {
            self.tell(
                place,
                format!("{key} can't have this fault"),
                "over UDP there is `kind: refuse` and `kind: drop`",
            );
        }
    }

    fn unknown<'n>(&mut self, what: &str, name: &Spanned<String>, known: impl Iterator<Item = &'n String> + Clone) {
        self.unknown_name(what, &name.value, name.range.clone(), known);
    }

    fn unknown_name<'n>(
        &mut self,
        what: &str,
        name: &str,
        place: Range<usize>,
        known: impl Iterator<Item = &'n String> + Clone,
    ) {
        let hint = suggestion(name, known.map(String::as_str));
        self.tell(place, format!("unknown {what} `{name}`"), hint);
    }

    fn place_of(&self, name: Option<&Spanned<String>>) -> Range<usize> {
        match (name, self.section("certificates")) {
            (Some(name), _) => name.range.clone(),
            (None, Some(section)) => section.range.clone(),
            (None, None) => 0..0,
        }
    }
}

/// The number of authorities above one, or none where they form a circle.
fn signs_itself_in_the_end(authorities: &BTreeMap<String, Authority>, name: &str) -> Option<usize> {
    let mut seen = BTreeSet::from([name]);
    let mut name = name;
    while let Some(issuer) = authorities.get(name).and_then(|authority| authority.issuer.as_ref()) {
        name = &issuer.value;
        if !seen.insert(name) {
            return None;
        }
    }
    Some(seen.len() - 1)
}

fn in_zone(view: &DnsView, name: &Fqdn) -> bool {
    let name = name.folded();
    view.zones.iter().map(Fqdn::folded).any(|zone| name == zone || name.ends_with(&format!(".{zone}")))
}

fn key_of<'n, K: FromStr + PartialEq>(node: &'n Node, key: &K) -> Option<&'n Node> {
    entry_of(node, key).map(|(key, _)| key)
}

fn value_of<'n, K: FromStr + PartialEq>(node: &'n Node, key: &K) -> Option<&'n Node> {
    entry_of(node, key).map(|(_, value)| value)
}

fn entry_of<'n, K: FromStr + PartialEq>(node: &'n Node, key: &K) -> Option<&'n (Node, Node)> {
    node.entries()
        .iter()
        .find(|(name, _)| name.as_text().and_then(|name| name.parse::<K>().ok()).is_some_and(|name| name == *key))
}
