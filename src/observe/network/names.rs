//! Names to addresses, as a client at this vantage learns them.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::Resolver;
use hickory_resolver::config::{
    ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig, ServerOrderingStrategy,
};
use hickory_resolver::net::{DnsError, NetError, NoRecords};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::Name;
use hickory_resolver::system_conf::read_system_conf;

use super::runtime::WiredRuntime;
use super::view::Network;
use crate::observe::observation::{ErrorClass, ProbeError};

/// How long one server is waited for before the next is asked.
const PER_SERVER: Duration = Duration::from_secs(2);

/// What a name leads to, and why that may not be all of it.
pub(super) struct Found {
    pub(super) addresses: Vec<IpAddr>,
    /// A or AAAA was not answered.
    pub(super) missing: Option<ProbeError>,
}

impl Network {
    /// All addresses of a host: an IP literal is itself; a name is resolved by this
    /// vantage's name servers, CNAMEs followed. IPv4 first, each family ascending, so
    /// that the order of a round-robin answer makes no difference.
    ///
    /// Nothing is remembered from one call to the next: a record that has just been
    /// changed is seen as soon as the server tells it.
    ///
    /// # Errors
    /// `Resolve` where the name has no address; `Timeout` or `Connect` where no server
    /// answered, even if only for one family: half an answer is not all addresses.
    pub async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, ProbeError> {
        let found = self.find(host).await?;
        match found.missing {
            Some(missing) => Err(missing),
            None => Ok(found.addresses),
        }
    }

    /// The addresses that could be learned, at least one, and why there may be more.
    pub(super) async fn find(&self, host: &str) -> Result<Found, ProbeError> {
        if let Ok(address) = host.parse() {
            return Ok(Found { addresses: vec![address], missing: None });
        }
        let mut name = Name::from_utf8(host)
            .map_err(|error| ProbeError::new(ErrorClass::Resolve, format!("resolve {host}: not a name: {error}")))?;
        name.set_fqdn(true);
        let (a, aaaa) = futures::join!(
            self.family(&name, LookupIpStrategy::Ipv4Only),
            self.family(&name, LookupIpStrategy::Ipv6Only)
        );
        let (mut addresses, mut missing) = (Vec::new(), None);
        for answer in [a, aaaa] {
            match answer {
                Ok(some) => addresses.extend(some),
                Err(error) => missing = missing.or(Some(self.trouble(host, &error))),
            }
        }
        addresses.sort_unstable();
        addresses.dedup();
        match missing {
            Some(missing) if addresses.is_empty() => Err(missing),
            None if addresses.is_empty() => {
                let message = format!("resolve {host}: no address, says {}", self.resolver());
                Err(ProbeError::new(ErrorClass::Resolve, message))
            }
            missing => Ok(Found { addresses, missing }),
        }
    }

    /// The addresses of one family; none is an answer too.
    async fn family(&self, name: &Name, family: LookupIpStrategy) -> Result<Vec<IpAddr>, NetError> {
        let (config, hosts) = if self.resolvers.is_empty() {
            (read_system_conf()?.0, ResolveHosts::Auto)
        } else {
            (ResolverConfig::from_name_servers(name_servers(&self.resolvers)), ResolveHosts::Never)
        };
        let runtime = WiredRuntime::new(&self.wiring, &servers(&config));
        let mut builder = Resolver::builder_with_config(config, runtime);
        let options = builder.options_mut();
        options.ip_strategy = family;
        options.use_hosts_file = hosts;
        options.cache_size = 0;
        options.timeout = PER_SERVER;
        options.attempts = 1;
        options.num_concurrent_reqs = 1;
        options.server_ordering_strategy = ServerOrderingStrategy::UserProvidedOrder;
        options.os_port_selection = true;
        match builder.build()?.lookup_ip(name.clone()).await {
            Ok(found) => Ok(found.iter().collect()),
            Err(error) if is_negative(&error) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn trouble(&self, host: &str, error: &NetError) -> ProbeError {
        let (class, cause) = in_words(error);
        ProbeError::new(class, format!("resolve {host} at {}: {cause}", self.resolver()))
    }

    fn resolver(&self) -> String {
        match self.resolvers.as_slice() {
            [] => "this machine's resolver".to_owned(),
            servers => servers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        }
    }
}

/// The name servers of this machine.
///
/// # Errors
/// Why they can't be read.
pub(crate) fn system_servers() -> Result<Vec<SocketAddr>, NetError> {
    // On Windows it fails with an error of another kind.
    let (config, _) = read_system_conf()?;
    Ok(servers(&config))
}

fn name_servers(addresses: &[SocketAddr]) -> Vec<NameServerConfig> {
    let connections = |port| {
        [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
            connection.port = port;
            connection
        })
    };
    addresses
        .iter()
        .map(|address| NameServerConfig::new(address.ip(), true, connections(address.port()).to_vec()))
        .collect()
}

fn servers(config: &ResolverConfig) -> Vec<SocketAddr> {
    let of = |server: &NameServerConfig| {
        let ip = server.ip;
        server.connections.first().map(|connection| SocketAddr::new(ip, connection.port))
    };
    config.name_servers().iter().filter_map(of).collect()
}

/// "There is none" is an answer; "I won't tell" and "I can't tell" are not.
fn is_negative(error: &NetError) -> bool {
    matches!(
        error,
        NetError::Dns(DnsError::NoRecordsFound(NoRecords {
            response_code: ResponseCode::NoError | ResponseCode::NXDomain,
            ..
        }))
    )
}

/// What went wrong between us and a name server.
pub(crate) fn in_words(error: &NetError) -> (ErrorClass, String) {
    match error {
        NetError::Timeout => (ErrorClass::Timeout, "no answer".to_owned()),
        NetError::Io(cause) => (ErrorClass::Connect, cause.to_string()),
        NetError::NoConnections => (ErrorClass::Connect, "no name server could be reached".to_owned()),
        NetError::Proto(cause) => (ErrorClass::Protocol, format!("not a DNS answer: {cause}")),
        NetError::Dns(cause) => (ErrorClass::Resolve, cause.to_string()),
        other => (ErrorClass::Protocol, other.to_string()),
    }
}
