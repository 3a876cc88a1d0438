//! Our mock deployment as clients see it that are not ours: the blackbox exporter, and
//! sipp behind stunnel.

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use libtest_mimic::Trial;
use poolproof::diagnostic::Source;
use poolproof::mock::{Deployment, Document, Mock};
use poolproof::observe::{Trust, Vantage, Wire, Wiring};
use poolproof::yaml::{Limits, parse};
use tokio::runtime::Runtime;

use crate::blackbox::Blackbox;
use crate::peers;
use crate::sipp::Sipp;

const DEPLOYMENT: &str = r#"
authorities: { ca: { subject: CA } }
certificates: { fe11: { subject: pool01.contoso.com, names: [pool01.contoso.com, fe11.contoso.com], issuer: ca } }
dns:
  internal: { server: 10.0.0.53, zones: [contoso.com] }
  external: { server: 10.0.0.54, zones: [contoso.com] }
hosts:
  10.0.0.1:
    name: fe11
    from: [internal]
    ports:
      5061: { tls: fe11, client_certificate: asked, sip: { server: fe11.contoso.com, version: '6.0' } }
      5062:
        tls: fe11
        sip:
          server: fe11.contoso.com
          version: '7.0'
          answer: { status: { code: 504, reason: Server time-out, headers: ['ms-diagnostics: 1008;reason="none"'] } }
"#;

/// The status and the header field that an answer must have at a port.
type Case = (u16, u16, &'static str);

const CASES: [Case; 2] = [
    (5061, 401, "WWW-Authenticate: Kerberos realm=\"SIP Communications Service\", targetname=\"sip/fe11.contoso.com\""),
    (5062, 504, "ms-diagnostics: 1008;reason=\"none\""),
];

pub fn trials() -> Vec<Trial> {
    let blackbox = CASES.map(|case| {
        peers::trial(&format!("mock::sip_to_the_blackbox_exporter::{}", case.1), Blackbox::find, move |blackbox| {
            let mock = Served::start();
            let (port, status, header) = case;
            let quoted = header.replace('"', "\\\"");
            let exporter = blackbox.start(
                &mock.root(),
                &[("status", &status.to_string()), ("header", &quoted), ("domain", "contoso.com")],
            );
            exporter.probe("sip_options", &mock.address(port).to_string())?;
            // It tells a right answer from a wrong one.
            let other =
                CASES.iter().find(|other| other.0 != port).map(|other| mock.address(other.0)).ok_or("another")?;
            match exporter.probe("sip_options", &other.to_string()) {
                Ok(()) => Err("content with another answer".into()),
                Err(_) => Ok(()),
            }
        })
    });
    let sipp = CASES.map(|case| {
        peers::trial(&format!("mock::sip_to_sipp::{}", case.1), Sipp::find, move |sipp| {
            let mock = Served::start();
            let (port, status, header) = case;
            let ask = |port, status, header: &str| {
                sipp.ask(mock.address(port), "pool01.contoso.com", &mock.root(), status, header)
            };
            ask(port, status, header)?;
            // It tells a right answer from a wrong one.
            match ask(port, 200, header) {
                Ok(()) => Err("content with another status".into()),
                Err(_) => Ok(()),
            }
        })
    });
    blackbox.into_iter().chain(sipp).collect()
}

/// The mock deployment, up until it is dropped.
struct Served {
    mock: Mock,
    _runtime: Runtime,
}

impl Served {
    fn start() -> Self {
        let source = Arc::new(Source::new("deployment.yaml", DEPLOYMENT));
        let node = parse(&source, Limits::default()).expect("YAML");
        let deployment = Deployment::read(&Document { source, node }).unwrap_or_else(|found| panic!("{found:#?}"));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let mock = runtime.block_on(Mock::start(&deployment, Timestamp::now())).expect("starts");
        Self { mock, _runtime: runtime }
    }

    fn address(&self, port: u16) -> SocketAddr {
        let network = self.mock.networks().remove(&Vantage::named("internal")).expect("the vantage");
        let Wiring::Mapped { tcp, .. } = &network.wiring else { panic!("mapped") };
        match tcp.get(&SocketAddr::from(([10, 0, 0, 1], port))) {
            Some(Wire::To(at)) => *at,
            other => panic!("{port}: {other:?}"),
        }
    }

    /// Its authority's certificate, in PEM.
    fn root(&self) -> String {
        let network = self.mock.networks().remove(&Vantage::named("internal")).expect("the vantage");
        let Trust::Roots(roots) = &network.trust else { panic!("roots") };
        roots.iter().map(|root| pem::encode(&pem::Pem::new("CERTIFICATE", root.clone()))).collect()
    }
}
