//! The `ldap` source against directories that are not ours: `OpenLDAP` with as many users as a
//! large deployment has, and a Samba domain controller. What `ldapsearch` finds in the same
//! directory is the second opinion.

#[path = "../support/directory_authority.rs"]
mod authority;
#[path = "../support/peers.rs"]
#[expect(dead_code, reason = "these tests need no Python")]
mod peers;
#[path = "../support/ports.rs"]
mod ports;
#[path = "../support/process.rs"]
mod process;
#[path = "../support/samba.rs"]
mod samba;
#[path = "../support/slapd.rs"]
mod slapd;

mod controller;
mod kinds;
mod ldif;
mod openldap;
mod relay;
mod samples;
mod scale;
mod world;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let trials = [openldap::trials(), scale::trials(), controller::trials(), samples::trials()];
    libtest_mimic::run(&Arguments::from_args(), trials.into_iter().flatten().collect()).exit_code()
}
