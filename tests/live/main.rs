//! The probes and the program against servers that are not ours, on loopback: Knot DNS in
//! two views, OpenSSL as a TLS server of every age, Kamailio as a SIP server, sipp with the
//! answers of a script, nginx as a reverse proxy, and libnice as a media relay. Our mock
//! deployment has the blackbox exporter, sipp, pidgin-sipe and libnice for clients. What `kdig` and `openssl` say of the
//! same servers is the second opinion.

#[path = "../support/accounts.rs"]
mod accounts;
#[path = "../support/authority.rs"]
mod authority;
#[path = "../support/blackbox.rs"]
mod blackbox;
#[path = "../support/daemon.rs"]
mod daemon;
#[path = "../support/kamailio.rs"]
mod kamailio;
#[path = "../support/knot.rs"]
mod knot;
#[path = "../support/nginx.rs"]
mod nginx;
#[path = "../support/nice.rs"]
mod nice;
#[path = "../support/openssl.rs"]
mod openssl;
#[allow(dead_code, reason = "no test needs a Python")]
#[path = "../support/peers.rs"]
mod peers;
#[path = "../support/ports.rs"]
mod ports;
#[path = "../support/process.rs"]
mod process;
#[path = "../support/purple.rs"]
mod purple;
#[path = "../support/sipp.rs"]
mod sipp;

mod ask;
mod certificates;
mod dns;
mod federation;
mod http;
mod media;
mod mock;
mod older;
mod run;
mod scripted;
mod signing;
mod sip;
mod tls;
mod turn;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let trials = [
        dns::trials(),
        tls::trials(),
        older::trials(),
        certificates::trials(),
        sip::trials(),
        federation::trials(),
        scripted::trials(),
        signing::trials(),
        http::trials(),
        mock::trials(),
        turn::trials(),
        media::trials(),
        run::trials(),
    ];
    let trials = trials.into_iter().flatten().collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
