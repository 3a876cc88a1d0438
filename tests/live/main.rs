//! The probes and the program against servers that are not ours, on loopback: Knot DNS in
//! two views, OpenSSL as a TLS server of every age, and Kamailio as a SIP server. What
//! `kdig` and `openssl` say of the same servers is the second opinion.

#[path = "../support/kamailio.rs"]
mod kamailio;
#[path = "../support/knot.rs"]
mod knot;
#[path = "../support/openssl.rs"]
mod openssl;
#[expect(dead_code, reason = "these tests read nothing beside the project")]
#[path = "../support/peers.rs"]
mod peers;
#[path = "../support/ports.rs"]
mod ports;
#[path = "../support/process.rs"]
mod process;

mod ask;
mod certificates;
mod dns;
mod run;
mod sip;
mod tls;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let trials = [dns::trials(), tls::trials(), certificates::trials(), sip::trials(), run::trials()]
        .into_iter()
        .flatten()
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
