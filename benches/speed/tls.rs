//! Observations per second against bare handshakes per second: the same server, the same
//! number in flight, every handshake a full one.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use poolproof::accounts::Roster;
use poolproof::observe::probes::PROBES;
use poolproof::observe::{
    Journal, Limits, Manner, Network, Observation, Observer, Outcome, ProbeError, Question, Trust, Vantage, Watch,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tokio_util::sync::CancellationToken;

use super::{Report, Sample};

const ROUNDS: usize = 9;
const HANDSHAKES: usize = 2_000;
const IN_FLIGHT: u32 = 32;

/// The `tls` probe through the observer, journal included, against a loop that connects,
/// verifies and closes.
pub fn observations(report: &mut Report) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let (server, bare, probed) = runtime.block_on(async {
        let server = Server::start().await;
        // The one warms up what the other would pay for.
        bare_per_second(&server).await;
        let (mut bare, mut probed) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            bare.push(bare_per_second(&server).await);
            probed.push(observed_per_second(&server).await);
        }
        (server, bare, probed)
    });
    let ratio = Sample::from(bare.iter().zip(&probed).map(|(bare, probed)| probed / bare).collect::<Vec<_>>());
    let (bare, probed) = (Sample::from(bare), Sample::from(probed));
    println!(
        "tls, {IN_FLIGHT} in flight: {:.0} observations a second, {:.0} bare handshakes (medians)",
        probed.median(),
        bare.median()
    );
    report.at_least("  observations to bare handshakes", &ratio, 0.8, "");
    drop(server);
}

/// Completes handshakes, and nothing else.
struct Server {
    address: SocketAddr,
    root: CertificateDer<'static>,
    _accepting: JoinSet<()>,
}

impl Server {
    async fn start() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an issuer");
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec!["*.contoso.com".to_owned()]).expect("parameters");
        let own = params.signed_by(&key, &issuer).expect("a certificate").der().clone();
        let root = issuer.der().clone();
        let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![own, root.clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .expect("a certificate with its key");
        config.send_tls13_tickets = 0;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut accepting = JoinSet::new();
        accepting.spawn(serve(listener, TlsAcceptor::from(Arc::new(config))));
        Self { address, root, _accepting: accepting }
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor) {
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                drop(tokio::io::copy(&mut stream, &mut tokio::io::sink()).await);
                drop(stream.shutdown().await);
            }
        });
    }
}

/// Does something `HANDSHAKES` times, `IN_FLIGHT` at a time, and says how often a second.
async fn per_second<F>(once: impl Fn(usize) -> F + Send + Sync + 'static) -> f64
where
    F: Future<Output = ()> + Send,
{
    let (once, next) = (Arc::new(once), Arc::new(AtomicUsize::new(0)));
    let begun = Instant::now();
    let mut workers = JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let (once, next) = (Arc::clone(&once), Arc::clone(&next));
        workers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= HANDSHAKES {
                    break;
                }
                once(number).await;
            }
        });
    }
    while let Some(ended) = workers.join_next().await {
        ended.expect("no worker fails");
    }
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let count = HANDSHAKES as f64;
    count / begun.elapsed().as_secs_f64()
}

fn name(number: usize) -> String {
    format!("edge{number}.contoso.com")
}

async fn bare_per_second(server: &Server) -> f64 {
    let mut roots = RootCertStore::empty();
    roots.add(server.root.clone()).expect("a root");
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    let (connector, address) = (TlsConnector::from(Arc::new(config)), server.address);
    per_second(move |number| {
        let connector = connector.clone();
        async move {
            let stream = TcpStream::connect(address).await.expect("connected");
            stream.set_nodelay(true).expect("an option");
            let name = ServerName::try_from(name(number)).expect("a name");
            let mut stream = connector.connect(name, stream).await.expect("a handshake");
            stream.shutdown().await.expect("closed");
        }
    })
    .await
}

async fn observed_per_second(server: &Server) -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = Journal::create(&folder.path().join("evidence.ndjson"), "bench", json!({})).expect("a journal");
    let vantage = Vantage::named("internal");
    let network = Network { trust: Trust::Roots(vec![server.root.to_vec()]), ..Network::default() };
    let limits =
        Limits { concurrency: IN_FLIGHT, per_host: IN_FLIGHT, starts_per_second: u32::MAX, ..Limits::default() };
    let networks = BTreeMap::from([(vantage.clone(), (network, limits))]);
    let journal = Some(Arc::new(journal));
    let roster = Arc::new(Roster::nobody());
    let observer =
        Observer::new(networks, journal, Arc::new(Unwatched), CancellationToken::new(), Timestamp::now(), roster);
    let (observer, address) = (Arc::new(observer), server.address);
    let probe = *PROBES.iter().find(|probe| probe.name == "tls").expect("the tls probe");
    per_second(move |number| {
        let (observer, vantage) = (Arc::clone(&observer), vantage.clone());
        let params = json!({"host": name(number), "port": address.port(), "address": address.ip()});
        let question = Question { probe: probe.name.to_owned(), params, vantage, account: None };
        let timeout = Duration::from_secs(10);
        let manner = Manner { timeout, attempts: 1, wait: Duration::ZERO, on: Vec::new(), limits: Vec::new() };
        async move {
            let observation = observer.ask(probe, question, manner, None).await.expect("nobody stops it");
            let Outcome::Facts(facts) = &observation.outcome else { panic!("{:?}", observation.outcome) };
            assert_eq!(facts.values.get("verified"), Some(&json!(true)), "{facts:?}");
        }
    })
    .await
}

pub struct Unwatched;

impl Watch for Unwatched {
    fn started(&self, _: &Question) {}
    fn retrying(&self, _: &Question, _: u32, _: &ProbeError, _: Duration) {}
    fn finished(&self, _: &Observation) {}
}
