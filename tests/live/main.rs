//! The probes and the program against servers that are not ours, on loopback: Knot DNS in
//! two views, and OpenSSL as a TLS server of every age. What `kdig` and `openssl` say of
//! the same servers is the second opinion.

#[path = "../support/knot.rs"]
mod knot;
#[path = "../support/openssl.rs"]
mod openssl;
#[expect(dead_code, reason = "these tests read nothing beside the project")]
#[path = "../support/peers.rs"]
mod peers;
#[path = "../support/process.rs"]
mod process;

mod ask;
mod certificates;
mod dns;
mod run;
mod tls;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let trials = [dns::trials(), tls::trials(), certificates::trials(), run::trials()].into_iter().flatten().collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
