//! 1,000 SIP OPTIONS over TLS to Kamailio, each over a connection of its own: a run of
//! ours, from the start of the process to its reports; and the blackbox exporter, asked
//! for as many by as many clients at once.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::blackbox::{Blackbox, Exporter};
use super::inputs::{Servers, put};
use super::kamailio::{Kamailio, Server};
use super::processes::{cases_of, timed};
use super::{Report, Sample};

const ROUNDS: usize = 5;
const CASES: usize = 1_000;
const IN_FLIGHT: usize = 32;
const NAME: &str = "pool01.contoso.com";

/// `poolproof run` and the exporter, in turns.
pub fn options(_: &mut Report) {
    let kamailio = match Kamailio::find() {
        Ok(kamailio) => kamailio,
        Err(missing) => return println!("sip: not measured, {missing}"),
    };
    let server = kamailio.serve(&[NAME]);
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (checks, environment, reports) = (at("checks.yaml"), at("environment.yaml"), at("reports"));
    let root = pem::encode(&pem::Pem::new("CERTIFICATE", server.root.clone()));
    put(Path::new(&at("root.pem")), &root);
    let more = format!(
        "connect: {{ \"{NAME}:5061\": [{}] }}\ntrust: {{ roots: [root.pem] }}\n\
         limits: {{ concurrency: {IN_FLIGHT}, per_host: {IN_FLIGHT}, starts_per_second: 10000 }}\n",
        server.address
    );
    put(Path::new(&environment), &Servers { pools: 10, of_each: 100 }.environment(&more));
    put(Path::new(&checks), SUITE);
    let arguments = ["run", "--quiet", "--checks", &checks, "--environment", &environment, "--reports", &reports];
    let exporter = Blackbox::find().map(|blackbox| {
        blackbox.start(&root, &[("status", "200"), ("header", "Allow: INVITE"), ("domain", "contoso.test")])
    });
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(timed(&arguments));
        theirs.extend(exporter.as_ref().ok().map(|exporter| with_exporter(exporter, &server)));
    }
    assert_eq!(cases_of(Path::new(&reports)), CASES);
    let ours = Sample::from(ours);
    println!(
        "sip, {CASES} OPTIONS over TLS to Kamailio, {IN_FLIGHT} in flight: median {:.3} s, from {:.3} to {:.3}",
        ours.median(),
        ours.least(),
        ours.most()
    );
    match exporter {
        Ok(_) => println!("  the blackbox exporter, as many probes: median {:.3} s", Sample::from(theirs).median()),
        Err(missing) => println!("  the blackbox exporter: not compared, {missing}"),
    }
}

const SUITE: &str = "\
suite: bench
title: Every server answers
checks:
  - id: server-answers
    title: ${server.fqdn} answers
    for: { pool: environment.target_pools, server: pool.front_ends }
    observe:
      answer: { sip: { host: pool01.contoso.com, port: 5061, uri: \"sip:contoso.test\", user_agent: \"${server.fqdn}\" } }
    expect:
      - that: answer.status == 200
      - that: answer.tls.verified
";

/// Seconds that the exporter takes.
fn with_exporter(exporter: &Exporter, server: &Server) -> f64 {
    let (next, target) = (Arc::new(AtomicUsize::new(0)), server.address.to_string());
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..IN_FLIGHT {
            let (next, target) = (Arc::clone(&next), &target);
            scope.spawn(move || {
                while next.fetch_add(1, Ordering::Relaxed) < CASES {
                    exporter.probe("sip_options", target).unwrap_or_else(|said| panic!("{said}"));
                }
            });
        }
    });
    begun.elapsed().as_secs_f64()
}
