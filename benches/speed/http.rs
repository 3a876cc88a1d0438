//! 1,000 `http` cases against a server that takes its time, from the start of the process
//! to its reports; and hurl, where it is installed, with as many of the same requests.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use super::inputs::{Servers, put};
use super::process;
use super::processes::{cases_of, timed};
use super::{Report, Sample};

const ROUNDS: usize = 9;
const CASES: usize = 1_000;
const IN_FLIGHT: usize = 256;
const TAKES: Duration = Duration::from_millis(100);

/// `poolproof run`, and `hurl --test`, in turns.
pub fn cases(report: &mut Report) {
    let (_runtime, address) = serve();
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (checks, environment, reports) = (at("checks.yaml"), at("environment.yaml"), at("reports"));
    let limits = format!("limits: {{ concurrency: {IN_FLIGHT}, per_host: {IN_FLIGHT}, starts_per_second: 10000 }}\n");
    put(Path::new(&environment), &Servers { pools: 10, of_each: 100 }.environment(&limits));
    put(Path::new(&checks), &suite(address));
    put(Path::new(&at("case.hurl")), &format!("GET http://{address}/hurl\nHTTP 200\n[Asserts]\nbody == \"ready\"\n"));
    let arguments = ["run", "--quiet", "--checks", &checks, "--environment", &environment, "--reports", &reports];
    let hurl = process::find("hurl");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(timed(&arguments));
        theirs.extend(hurl.as_ref().ok().map(|hurl| with_hurl(hurl, &at("case.hurl"))));
    }
    assert_eq!(cases_of(Path::new(&reports)), CASES);
    let what = format!("http, {CASES} cases of {} ms, {IN_FLIGHT} in flight", TAKES.as_millis());
    report.at_most(&what, &Sample::from(ours), 0.55, "s");
    match hurl {
        Ok(_) => println!("  hurl, as many requests: median {:.3} s", Sample::from(theirs).median()),
        Err(missing) => println!("  hurl: not compared, {missing}"),
    }
}

fn suite(address: SocketAddr) -> String {
    format!(
        "suite: bench
title: Every server answers
checks:
  - id: server-answers
    title: ${{server.fqdn}} answers
    for: {{ pool: environment.target_pools, server: pool.front_ends }}
    observe:
      answer: {{ http: {{ url: \"http://{address}/${{server.fqdn}}\" }} }}
    expect:
      - that: answer.status == 200
      - that: answer.body == \"ready\"
"
    )
}

/// Seconds that hurl takes.
fn with_hurl(hurl: &Path, case: &str) -> f64 {
    let mut command = Command::new(hurl);
    command.args(["--test", "--jobs", &IN_FLIGHT.to_string(), "--repeat", &CASES.to_string(), case]);
    let begun = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("it starts");
    let took = begun.elapsed().as_secs_f64();
    assert!(status.success(), "hurl: {status}");
    took
}

/// Answers each request after a while.
fn serve() -> (Runtime, SocketAddr) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let listener = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
        socket.listen(1_024).expect("it listens")
    });
    let address = listener.local_addr().expect("an address");
    runtime.spawn(accept(listener));
    (runtime, address)
}

async fn accept(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream));
    }
}

async fn answer(mut stream: TcpStream) {
    let mut buffer = [0; 4096];
    // A client may send more than one, each in one piece.
    while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {
        tokio::time::sleep(TAKES).await;
        if stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nready").await.is_err() {
            return;
        }
    }
}
