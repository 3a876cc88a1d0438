//! The environment's way to the wire: resolvers, `connect`, trust and limits per vantage.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr, UdpSocket};

use super::older_tls;
use crate::diagnostic::{Code, Diagnostic};
use crate::environment::{Environment, Limits as FileLimits};
use crate::observe::{Limits, Network, Trust, Vantage, Wiring};
use crate::powershell::Shell;

/// The networks of the vantages that a run stands at. `beneath` holds what a mock
/// deployment lays under the run, by vantage.
///
/// # Errors
/// A root certificate can't be read.
pub fn networks(
    environment: &Environment,
    vantages: &[Vantage],
    mut beneath: BTreeMap<Vantage, Network>,
) -> Result<BTreeMap<Vantage, (Network, Limits)>, Vec<Diagnostic>> {
    let file = &environment.file;
    let trust = trust(environment)?;
    let older_tls = older_tls::of(file);
    let mut networks = BTreeMap::new();
    for vantage in vantages {
        let mut connect = file.connect.clone();
        if let Some(own) = file.connect_from.get(&vantage.0) {
            connect.extend(own.clone());
        }
        let named =
            || file.resolvers.get(&vantage.0).into_iter().flatten().map(|server| server.0).collect::<Vec<SocketAddr>>();
        let network = match beneath.remove(vantage) {
            Some(mock) => Network { vantage: Some(vantage.clone()), connect, older_tls: older_tls.clone(), ..mock },
            None => Network {
                vantage: Some(vantage.clone()),
                resolvers: named(),
                connect,
                wiring: Wiring::Direct,
                trust: trust.clone(),
                older_tls: older_tls.clone(),
                shell: Some(Shell::from(&file.powershell)),
            },
        };
        networks.insert(vantage.clone(), (network, limits(environment, vantage)));
    }
    Ok(networks)
}

fn limits(environment: &Environment, vantage: &Vantage) -> Limits {
    let file = &environment.file;
    let start = if vantage.0 == "internal" { Limits::default() } else { Limits::outside() };
    let limits = overlay(start, &file.limits);
    file.limits_from.get(&vantage.0).map_or(limits.clone(), |own| overlay(limits, own))
}

fn overlay(under: Limits, over: &FileLimits) -> Limits {
    let mut named: HashMap<String, u32> = under.named;
    named.extend(over.named.iter().map(|(name, most)| (name.clone(), *most)));
    Limits {
        concurrency: over.concurrency.unwrap_or(under.concurrency),
        per_host: over.per_host.unwrap_or(under.per_host),
        starts_per_second: over.starts_per_second.unwrap_or(under.starts_per_second),
        named,
    }
}

fn trust(environment: &Environment) -> Result<Trust, Vec<Diagnostic>> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    let (mut roots, mut found) = (Vec::new(), Vec::new());
    for root in &environment.file.trust.roots {
        let path = environment.folder.join(&root.value);
        let mut refuse = |message: String, hint: &str| {
            found.push(Diagnostic::at(Code::Unreadable, &environment.source, root.range.clone(), message).hint(hint));
        };
        let read = CertificateDer::pem_file_iter(&path).map(std::iter::Iterator::collect::<Result<Vec<_>, _>>);
        match read {
            Ok(Ok(certificates)) if certificates.is_empty() => {
                refuse(
                    format!("{} holds no certificate", path.display()),
                    "roots are PEM files: -----BEGIN CERTIFICATE-----",
                );
            }
            Ok(Ok(certificates)) => roots.extend(certificates.into_iter().map(|certificate| certificate.to_vec())),
            Ok(Err(error)) | Err(error) => {
                refuse(
                    format!("{} can't be read as certificates: {error}", path.display()),
                    "the path is relative to the environment file",
                );
            }
        }
    }
    if !found.is_empty() {
        return Err(found);
    }
    Ok(match (roots.is_empty(), environment.file.trust.platform) {
        (true, _) => Trust::Platform,
        (false, Some(false)) => Trust::Roots(roots),
        (false, _) => Trust::PlatformAnd(roots),
    })
}

/// The addresses from which this machine would ask: those that the system picks for the
/// resolvers, without sending anything.
#[must_use]
pub fn local_addresses(network: &Network) -> Vec<String> {
    let probe = |target: SocketAddr| -> Option<IpAddr> {
        let any: SocketAddr = if target.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
        let socket = UdpSocket::bind(any).ok()?;
        socket.connect(target).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    let mut addresses: Vec<String> =
        network.resolvers.iter().filter_map(|server| probe(*server)).map(|ip| ip.to_string()).collect();
    addresses.sort();
    addresses.dedup();
    if addresses.is_empty() { vec!["chosen by the system".to_owned()] } else { addresses }
}
