//! Our mock deployment as clients see it that are not ours: the blackbox exporter, and
//! sipp behind stunnel.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use libtest_mimic::{Failed, Trial};
use poolproof::diagnostic::Source;
use poolproof::mock::{Deployment, Document, Mock};
use poolproof::observe::{Network, Trust, Vantage, Wire, Wiring};
use poolproof::yaml::{Limits, parse};
use tokio::runtime::Runtime;

use crate::blackbox::Blackbox;
use crate::peers;
use crate::sipp::Sipp;

const DEPLOYMENT: &str = r#"
authorities: { ca: { subject: CA } }
certificates:
  fe11: { subject: pool01.contoso.com, names: [pool01.contoso.com, fe11.contoso.com], issuer: ca }
  web02: { subject: pool02.contoso.com, names: [pool02.contoso.com, web02.contoso.com, fe22.contoso.com], issuer: ca }
dns:
  internal: { server: 10.0.0.53, zones: [contoso.com] }
  external: { server: 10.0.0.54, zones: [contoso.com] }
web:
  pool02.contoso.com: { servers: [fe22.contoso.com], internal: web02.contoso.com, external: webext02.contoso.com }
hosts:
  10.0.0.22: { name: fe22, from: [internal], ports: { 443: { tls: web02, http: { internal: fe22.contoso.com } } } }
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

const FRONT_END: [u8; 4] = [10, 0, 0, 1];
const WEB_SERVICES: [u8; 4] = [10, 0, 0, 22];

/// The status and the header field that an answer must have at a port.
type Case = (u16, u16, &'static str);

const CASES: [Case; 2] = [
    (5061, 401, "WWW-Authenticate: Kerberos realm=\"SIP Communications Service\", targetname=\"sip/fe11.contoso.com\""),
    (5062, 504, "ms-diagnostics: 1008;reason=\"none\""),
];

pub fn trials() -> Vec<Trial> {
    let blackbox = CASES.map(|case| {
        peers::trial(&format!("mock::sip_to_the_blackbox_exporter::{}", case.1), Blackbox::find, move |blackbox| {
            let mock = Served::of(DEPLOYMENT);
            let (port, status, header) = case;
            let quoted = header.replace('"', "\\\"");
            let exporter = blackbox.start(
                &mock.root(),
                &[("status", &status.to_string()), ("header", &quoted), ("domain", "contoso.com")],
            );
            exporter.probe("sip_options", &mock.address(FRONT_END, port).to_string())?;
            // It tells a right answer from a wrong one.
            let (port, status, _) = CASES.into_iter().find(|other| other.0 != port).ok_or("another")?;
            let told = exporter.probe("sip_options", &mock.address(FRONT_END, port).to_string());
            refused(told, &format!("SIP/2.0 {status} "))
        })
    });
    let sipp = CASES.map(|case| {
        peers::trial(&format!("mock::sip_to_sipp::{}", case.1), Sipp::find, move |sipp| {
            let mock = Served::of(DEPLOYMENT);
            let (port, status, header) = case;
            let ask = |port, status, header: &str| {
                sipp.ask(mock.address(FRONT_END, port), "pool01.contoso.com", &mock.root(), status, header)
            };
            ask(port, status, header)?;
            // It tells a right answer from a wrong one.
            refused(ask(port, 200, header), &format!("SIP/2.0 {status} "))
        })
    });
    let autodiscover = peers::trial("mock::autodiscover_to_the_blackbox_exporter", Blackbox::find, |blackbox| {
        let mock = Served::of(DEPLOYMENT);
        let exporter =
            blackbox.start(&mock.root(), &[("status", "200"), ("header", "Allow"), ("domain", "contoso.com")]);
        let at = mock.address(WEB_SERVICES, 443);
        exporter.probe("autodiscover", &format!("https://{at}/autodiscover/autodiscoverservice.svc/root"))?;
        // It tells a right answer from a wrong one.
        let told = exporter.probe("autodiscover", &format!("https://{at}/ucwa/v1/applications"));
        refused(told, "probe_http_status_code 401")
    });
    blackbox.into_iter().chain(sipp).chain([autodiscover]).collect()
}

/// It was not content, and with the answer: not for want of one.
fn refused(told: Result<(), String>, answer: &str) -> Result<(), Failed> {
    match told {
        Ok(()) => Err(format!("content with {answer}").into()),
        Err(told) if told.contains(answer) => Ok(()),
        Err(told) => Err(format!("no {answer} in {told}").into()),
    }
}

/// The mock deployment, up until it is dropped.
pub struct Served {
    mock: Mock,
    _runtime: Runtime,
}

impl Served {
    pub fn of(text: &str) -> Self {
        let source = Arc::new(Source::new("deployment.yaml", text));
        let node = parse(&source, Limits::default()).expect("YAML");
        let deployment = Deployment::read(&Document { source, node }).unwrap_or_else(|found| panic!("{found:#?}"));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let mock = runtime.block_on(Mock::start(&deployment, Timestamp::now())).expect("starts");
        Self { mock, _runtime: runtime }
    }

    /// Where a TCP port of its is.
    pub fn address(&self, host: [u8; 4], port: u16) -> SocketAddr {
        let network = self.network();
        let Wiring::Mapped { tcp, .. } = &network.wiring else { panic!("mapped") };
        wired(tcp, host, port)
    }

    /// Where a UDP port of its is.
    pub fn datagrams(&self, host: [u8; 4], port: u16) -> SocketAddr {
        let network = self.network();
        let Wiring::Mapped { udp, .. } = &network.wiring else { panic!("mapped") };
        wired(udp, host, port)
    }

    fn network(&self) -> Network {
        self.mock.networks().remove(&Vantage::named("internal")).expect("the vantage")
    }

    /// Who is signed in.
    pub fn signed_in(&self) -> Vec<String> {
        self.mock.signed_in()
    }

    /// Its authority's certificate.
    pub fn authority(&self) -> Vec<u8> {
        match self.network().trust {
            Trust::Roots(roots) => roots.into_iter().next().expect("an authority"),
            other => panic!("{other:?}"),
        }
    }

    /// Its authority's certificate, in PEM.
    fn root(&self) -> String {
        pem::encode(&pem::Pem::new("CERTIFICATE", self.authority()))
    }
}

fn wired(wires: &HashMap<SocketAddr, Wire>, host: [u8; 4], port: u16) -> SocketAddr {
    match wires.get(&SocketAddr::from((host, port))) {
        Some(Wire::To(at)) => *at,
        other => panic!("{port}: {other:?}"),
    }
}
