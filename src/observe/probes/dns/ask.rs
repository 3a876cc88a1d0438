//! How it is asked.

use std::net::SocketAddr;
use std::time::Instant;

use futures::StreamExt;
use hickory_resolver::net::NetError;
use hickory_resolver::net::tcp::TcpClientStream;
use hickory_resolver::net::udp::UdpClientStream;
use hickory_resolver::net::xfer::{DnsHandle, DnsRequestSender, FirstAnswer};
use hickory_resolver::proto::op::{DnsRequest, DnsRequestOptions, DnsResponse, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, Record};
use tokio::time::timeout;

use super::answer::{Chain, is_referral, record_type, records, status};
use super::facts::{DnsFacts, DnsRecord, DnsStatus};
use super::spec::{DnsSpec, RecordKind};
use crate::observe::network::{Network, WiredRuntime, resolver_in_words, system_servers};
use crate::observe::observation::{ErrorClass, Evidence, ProbeError};
use crate::observe::probe::{Answer, Context};
use crate::values::millis;

pub(super) async fn ask(spec: DnsSpec, context: Context) -> Result<Answer<DnsFacts>, ProbeError> {
    let question = format!("dns {} {}", spec.name, record_type(spec.kind));
    timeout(context.patience(), observe(&spec, &context, &question)).await.unwrap_or_else(|_| {
        let server = spec.server.as_ref().map(ToString::to_string);
        let server = server.or_else(|| context.network.resolvers.first().map(ToString::to_string));
        let server = server.unwrap_or_else(|| "this machine's name server".to_owned());
        Err(ProbeError::new(ErrorClass::Timeout, format!("{question}: {server}: no answer")))
    })
}

async fn observe(spec: &DnsSpec, context: &Context, question: &str) -> Result<Answer<DnsFacts>, ProbeError> {
    let started = Instant::now();
    let failed = |class, cause: &str| ProbeError::new(class, format!("{question}: {cause}"));
    let server = server(spec, &context.network).await?;
    let client = Client { runtime: WiredRuntime::new(&context.network.wiring, &[server]), server, context };
    let mut name = Name::from_ascii(spec.name.as_str())
        .map_err(|error| failed(ErrorClass::NotAsked, &format!("not a name: {error}")))?;
    name.set_fqdn(true);

    let mut chain = Chain::new(name);
    let mut evidence = Vec::new();
    let mut authoritative = true;
    let (status, found) = loop {
        let response = client.ask(chain.end(), spec.kind).await.map_err(|error| {
            let (class, cause) = resolver_in_words(&error);
            failed(class, &format!("{server}: {cause}"))
        })?;
        evidence.push(shown(&response));
        authoritative &= response.authoritative;
        let moved = spec.kind != RecordKind::Cname
            && chain.follow(&response.answers).map_err(|cause| failed(ErrorClass::Protocol, &cause))?;
        let found = records(&response.answers, chain.end(), spec.kind);
        // A server that isn't responsible for the alias's target leaves it out: ask for it.
        if !(moved && found.is_empty() && response.response_code == ResponseCode::NoError) {
            break (status(response.response_code, &found, is_referral(&response)), found);
        }
    };
    let facts = facts(spec, server, &chain, status, authoritative, found, started);
    Ok(Answer { evidence, unknown: unknown(&facts), ..Answer::of(facts) })
}

/// What the answer doesn't say: a server that refuses or fails has not said that there is
/// nothing, and a cache doesn't tell how long a record was published for.
fn unknown(facts: &DnsFacts) -> Vec<(&'static str, String)> {
    let server = facts.server;
    if matches!(facts.status, DnsStatus::Noerror | DnsStatus::Nodata | DnsStatus::Nxdomain) {
        let reason = format!("{server} is not authoritative for {}, and a cache counts down", facts.name);
        return if facts.authoritative { Vec::new() } else { vec![("longest_ttl", reason)] };
    }
    let code = serde_json::to_value(facts.status).ok();
    let code = code.as_ref().and_then(serde_json::Value::as_str).unwrap_or("an error").to_uppercase();
    let reason = format!("{server} answered {code}");
    ["exists", "records", "addresses", "targets", "longest_ttl"].map(|fact| (fact, reason.clone())).into()
}

fn facts(
    spec: &DnsSpec,
    server: SocketAddr,
    chain: &Chain,
    status: DnsStatus,
    authoritative: bool,
    records: Vec<DnsRecord>,
    started: Instant,
) -> DnsFacts {
    DnsFacts {
        name: spec.name.to_string(),
        kind: spec.kind,
        status,
        exists: !records.is_empty(),
        addresses: records.iter().filter_map(|record| record.address).collect(),
        targets: records.iter().filter_map(|record| record.target.clone()).collect(),
        longest_ttl: records.iter().map(|record| record.ttl).max().max(chain.longest_ttl()),
        authoritative,
        cnames: chain.names(),
        records,
        server,
        elapsed_ms: millis(started.elapsed()),
    }
}

async fn server(spec: &DnsSpec, network: &Network) -> Result<SocketAddr, ProbeError> {
    if let Some(server) = &spec.server {
        let target = server.target();
        let addresses = network.addresses(&target.host).await?;
        let address = addresses.first().map(|address| SocketAddr::new(*address, target.port));
        return address.ok_or_else(|| ProbeError::new(ErrorClass::Resolve, format!("resolve {server}: no address")));
    }
    if let Some(server) = network.resolvers.first() {
        return Ok(*server);
    }
    let none = |cause: &str| ProbeError::new(ErrorClass::NotAsked, format!("this machine's name server: {cause}"));
    let servers = system_servers().map_err(|error| none(&error.to_string()))?;
    servers.first().copied().ok_or_else(|| none("none is configured"))
}

/// One server, asked over UDP first and over TCP where the answer doesn't fit.
struct Client<'a> {
    runtime: WiredRuntime,
    server: SocketAddr,
    context: &'a Context,
}

impl Client<'_> {
    async fn ask(&self, name: &Name, kind: RecordKind) -> Result<DnsResponse, NetError> {
        let query = Query::query(name.clone(), record_type(kind));
        let response = self.exchange(&query, true).await?;
        // RFC 6891 7: a server that doesn't know EDNS says so with FORMERR.
        if response.response_code == ResponseCode::FormErr && response.edns.is_none() {
            return self.exchange(&query, false).await;
        }
        Ok(response)
    }

    async fn exchange(&self, query: &Query, edns: bool) -> Result<DnsResponse, NetError> {
        let mut options = DnsRequestOptions::default();
        options.use_edns = edns;
        let request = || DnsRequest::from_query(query.clone(), options);
        let mut udp = UdpClientStream::builder(self.server, self.runtime.clone())
            .with_timeout(Some(self.context.timeout))
            .with_os_port_selection(true)
            .build();
        let response = udp.send_message(request()).first_answer().await?;
        if !response.truncation {
            return Ok(response);
        }
        let tcp =
            TcpClientStream::exchange(self.server, None, self.context.timeout, None, self.runtime.clone()).await?;
        tcp.send(request()).next().await.unwrap_or(Err(NetError::Timeout))
    }
}

/// The answer for people, in the manner of zone files.
fn shown(response: &DnsResponse) -> Evidence {
    const MOST: usize = 200;
    let section = |title: &str, records: &[Record]| -> String {
        let heading = (!records.is_empty()).then(|| format!("; {title}"));
        let lines = records.iter().take(MOST).map(ToString::to_string);
        heading.into_iter().chain(lines).map(|line| line + "\n").collect()
    };
    let text = format!(
        "; {}\n{}{}",
        response.response_code,
        section("answer", &response.answers),
        section("authority", &response.authorities)
    );
    Evidence { label: "answer".to_owned(), text }
}
