//! One name server: a view's zones, answered by hickory, and its faults.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hickory_server::Server;
use hickory_server::net::runtime::{Time, TokioRuntimeProvider};
use hickory_server::proto::op::{Header, HeaderCounts, Metadata, ResponseCode};
use hickory_server::proto::rr::rdata::{A, AAAA, CNAME, NS, SOA, SRV, TXT};
use hickory_server::proto::rr::{LowerName, Name, RData, Record};
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::store::in_memory::InMemoryZoneHandler;
use hickory_server::zone_handler::{AxfrPolicy, Catalog, MessageResponseBuilder, ZoneHandler, ZoneType};
use tokio::net::{TcpListener, UdpSocket};

use super::budget::Budget;
use super::deployment::{DnsFault, DnsFaultKind, DnsView, Records};
use crate::values::Fqdn;

/// Of every record of a zone.
const SERIAL: u32 = 1;
/// How long a TCP client may stay silent.
const IDLE: Duration = Duration::from_secs(30);
/// Answers that may wait for one TCP client.
const WAITING: usize = 32;

/// A name that DNS can't carry.
#[derive(Debug, thiserror::Error)]
#[error("`{name}` is no DNS name: {reason}")]
pub struct NameError {
    name: String,
    reason: String,
}

/// A server for a view, on sockets that are already bound.
pub(super) fn server(view: &DnsView, udp: UdpSocket, tcp: TcpListener) -> Result<Server<View>, NameError> {
    let mut server = Server::new(View::of(view)?);
    server.register_socket(udp);
    server.register_listener(tcp, IDLE, WAITING);
    Ok(server)
}

/// What answers: the zones, behind the faults.
pub(super) struct View {
    zones: Catalog,
    whole: Option<Broken>,
    names: BTreeMap<LowerName, Broken>,
}

/// A fault, and how often it still strikes.
struct Broken {
    fault: DnsFault,
    budget: Budget,
}

impl Broken {
    fn of(fault: &DnsFault) -> Self {
        Self { fault: fault.clone(), budget: Budget::of(fault.times) }
    }
}

impl View {
    fn of(view: &DnsView) -> Result<Self, NameError> {
        let mut zones = Catalog::new();
        for zone in &view.zones {
            let origin = name(zone)?;
            zones.upsert(LowerName::new(&origin), vec![Arc::new(zone_of(view, origin)?) as Arc<dyn ZoneHandler>]);
        }
        let names = view
            .faults
            .iter()
            .map(|(broken, fault)| Ok((LowerName::new(&name(broken)?), Broken::of(fault))))
            .collect::<Result<_, NameError>>()?;
        Ok(Self { zones, whole: view.fault.as_ref().map(Broken::of), names })
    }

    /// The fault that this query suffers.
    fn fault(&self, request: &Request) -> Option<&DnsFault> {
        let asked = request.request_info().ok()?.query.name();
        [self.names.get(asked), self.whole.as_ref()]
            .into_iter()
            .flatten()
            .find(|broken| broken.budget.take())
            .map(|broken| &broken.fault)
    }

    async fn answer<R: ResponseHandler, T: Time>(&self, request: &Request, mut response: R) -> ResponseInfo {
        let fault = self.fault(request);
        if let Some(delay) = fault.and_then(|fault| fault.delay) {
            tokio::time::sleep(delay.0).await;
        }
        let code = match fault.and_then(|fault| fault.kind) {
            None => return self.zones.handle_request::<R, T>(request, response).await,
            Some(DnsFaultKind::Drop) => return silence(request),
            Some(DnsFaultKind::Refused) => ResponseCode::Refused,
            Some(DnsFaultKind::Servfail) => ResponseCode::ServFail,
            Some(DnsFaultKind::Nxdomain) => ResponseCode::NXDomain,
        };
        let message = MessageResponseBuilder::from_message_request(request).error_msg(&request.metadata, code);
        // A client that has gone is no reason to stop serving.
        response.send_response(message).await.unwrap_or_else(|_| silence(request))
    }
}

/// What the server notes down for a query that got no answer.
fn silence(request: &Request) -> ResponseInfo {
    Header { metadata: Metadata::response_from_request(&request.metadata), counts: HeaderCounts::default() }.into()
}

impl RequestHandler for View {
    // The trait is declared with `async_trait`; this is what that makes of the method.
    fn handle_request<'this, 'request, 'answer, R, T>(
        &'this self,
        request: &'request Request,
        response: R,
    ) -> Pin<Box<dyn Future<Output = ResponseInfo> + Send + 'answer>>
    where
        'this: 'answer,
        'request: 'answer,
        R: ResponseHandler + 'answer,
        T: Time + 'answer,
        Self: 'answer,
    {
        Box::pin(self.answer::<R, T>(request, response))
    }
}

/// A zone. It holds the whole view's records, so that a CNAME is followed from one zone
/// into another, as the resolver that a view stands for does it.
fn zone_of(view: &DnsView, origin: Name) -> Result<InMemoryZoneHandler<TokioRuntimeProvider>, NameError> {
    let mut zone = InMemoryZoneHandler::empty(origin.clone(), ZoneType::Primary, AxfrPolicy::Deny);
    let ttl = seconds(view.ttl.0);
    let server = Name::from_ascii("ns").and_then(|ns| ns.append_domain(&origin)).unwrap_or_else(|_| origin.clone());
    let soa = SOA::new(server.clone(), origin.clone(), SERIAL, 3600, 600, 86_400, ttl);
    zone.upsert_mut(Record::from_rdata(origin.clone(), ttl, RData::SOA(soa)), SERIAL);
    zone.upsert_mut(Record::from_rdata(origin, ttl, RData::NS(NS(server))), SERIAL);
    for (owner, records) in &view.records {
        let owner = name(owner)?;
        let ttl = records.ttl.map_or(ttl, |ttl| seconds(ttl.0));
        for data in data_of(records)? {
            zone.upsert_mut(Record::from_rdata(owner.clone(), ttl, data), SERIAL);
        }
    }
    Ok(zone)
}

fn data_of(records: &Records) -> Result<Vec<RData>, NameError> {
    let mut data: Vec<RData> = Vec::new();
    data.extend(records.a.iter().map(|address| RData::A(A(*address))));
    data.extend(records.aaaa.iter().map(|address| RData::AAAA(AAAA(*address))));
    data.extend(records.txt.iter().map(|text| RData::TXT(TXT::new(vec![text.clone()]))));
    if let Some(target) = &records.cname {
        data.push(RData::CNAME(CNAME(name(target)?)));
    }
    for srv in &records.srv {
        data.push(RData::SRV(SRV::new(srv.priority, srv.weight, srv.port, name(&srv.target)?)));
    }
    Ok(data)
}

fn name(fqdn: &Fqdn) -> Result<Name, NameError> {
    let mut name = Name::from_ascii(fqdn.as_str())
        .map_err(|error| NameError { name: fqdn.to_string(), reason: error.to_string() })?;
    name.set_fqdn(true);
    Ok(name)
}

fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}
