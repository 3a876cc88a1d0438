//! The mock deployment as clients that are not ours see it.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use hickory_resolver::config::{NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RecordType;
use hickory_resolver::{Resolver, TokioResolver};
use jiff::Timestamp;
use poolproof::mock::{Deployment, Document, Fixture, Mock};
use poolproof::observe::{Network, Trust, Vantage, Wire, Wiring};
use poolproof::yaml::{Limits, parse};
use tokio::net::TcpStream;

#[path = "support/accounts.rs"]
mod accounts;

mod mock {
    mod dns;
    mod export;
    mod faults;
    mod federation;
    mod http;
    mod im;
    mod life;
    mod ports;
    mod relay;
    mod shell;
    mod sign_in;
    mod sip;
    mod tls;
    mod turn;
}

/// 2026-06-01, at noon: certificates are made for it, and never for the day of the test.
const NOW: i64 = 1_780_315_200;

fn now() -> Timestamp {
    Timestamp::from_second(NOW).expect("a time")
}

fn deployment(text: &str) -> Deployment {
    let source = Arc::new(poolproof::diagnostic::Source::new("deployment.yaml", text));
    let node = parse(&source, Limits::default()).expect("YAML");
    let document = Document { source, node };
    Deployment::read(&document).unwrap_or_else(|found| panic!("{found:#?}"))
}

async fn serve(text: &str) -> Mock {
    Mock::start(&deployment(text), now()).await.expect("starts")
}

async fn contoso(state: Option<&str>) -> Mock {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/contoso");
    let resolved = Fixture::load(&dir).expect("loads").resolve(state, None).expect("resolves");
    Mock::start(&resolved.deployment, now()).await.expect("starts")
}

/// A client at a vantage.
struct Client {
    network: Network,
    resolver: TokioResolver,
}

impl Client {
    fn at(mock: &Mock, vantage: &str) -> Self {
        let mut networks = mock.networks();
        let network = networks.remove(&Vantage::named(vantage)).expect("the vantage");
        let logical = *network.resolvers.first().expect("a resolver");
        let Wiring::Mapped { tcp, udp, .. } = &network.wiring else { panic!("mapped") };
        let (Some(Wire::To(tcp)), Some(Wire::To(udp))) = (tcp.get(&logical), udp.get(&logical)) else {
            panic!("a name server");
        };
        let mut server = NameServerConfig::udp_and_tcp(udp.ip());
        for (connection, at) in server.connections.iter_mut().zip([udp, tcp]) {
            connection.port = at.port();
        }
        let config = ResolverConfig::from_parts(None, vec![], vec![server]);
        let mut builder = Resolver::builder_with_config(config, TokioRuntimeProvider::default());
        let options = builder.options_mut();
        options.use_hosts_file = ResolveHosts::Never;
        options.cache_size = 0;
        options.attempts = 0;
        options.preserve_intermediates = true;
        options.timeout = std::time::Duration::from_secs(2);
        let resolver = builder.build().expect("a resolver");
        Self { network, resolver }
    }

    /// What an address is wired to; none where nothing listens.
    fn tcp(&self, address: &str) -> Option<Wire> {
        let Wiring::Mapped { tcp, .. } = &self.network.wiring else { panic!("mapped") };
        tcp.get(&address.parse().expect("an address")).copied()
    }

    fn udp(&self, address: &str) -> Option<Wire> {
        let Wiring::Mapped { udp, .. } = &self.network.wiring else { panic!("mapped") };
        udp.get(&address.parse().expect("an address")).copied()
    }

    fn listener(&self, address: &str) -> SocketAddr {
        match self.tcp(address) {
            Some(Wire::To(at)) => at,
            other => panic!("{address}: {other:?}"),
        }
    }

    async fn connect(&self, address: &str) -> TcpStream {
        TcpStream::connect(self.listener(address)).await.expect("connects")
    }

    fn roots(&self) -> Vec<Vec<u8>> {
        match &self.network.trust {
            Trust::Roots(roots) => roots.clone(),
            other => panic!("{other:?}"),
        }
    }

    async fn lookup(&self, name: &str, kind: RecordType) -> Result<BTreeSet<String>, NetError> {
        let answer = self.resolver.lookup(format!("{name}."), kind).await?;
        Ok(answer.answers().iter().map(|record| format!("{} {}", record.record_type(), record.data)).collect())
    }

    async fn addresses(&self, name: &str) -> BTreeSet<String> {
        let found = self.lookup(name, RecordType::A).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        found.iter().filter_map(|record| record.strip_prefix("A ")).map(str::to_owned).collect()
    }
}

fn set<const N: usize>(items: [&str; N]) -> BTreeSet<String> {
    items.into_iter().map(str::to_owned).collect()
}
