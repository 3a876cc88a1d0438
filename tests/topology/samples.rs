//! What Topology Builder and `Get-CsTopology` really wrote. The files lie beside the project.

use std::path::PathBuf;

use libtest_mimic::{Failed, Trial};
use poolproof::inventory::topology::{self, Form, Topology, role};

use super::peers;

pub fn trials() -> Vec<Trial> {
    vec![
        sample("topology-contoso.tbxml", builder_2015),
        sample("topology-sfb2015-ee-pool-sql-owas.xml", published_2015),
        sample("topology-sfb2019-se.xml", published_2019),
        peers::trial("samples::what is no topology is told", strangers, no_strangers),
    ]
}

fn sample(name: &'static str, test: fn(&Topology)) -> Trial {
    let find = move || peers::shared(&format!("samples/powershell/{name}"));
    peers::trial(&format!("samples::{name}"), find, move |path| {
        let topology = topology::load(&path).map_err(|found| Failed::from(format!("{found:?}")))?;
        assert_eq!(topology.warnings.len(), 0, "{:?}", topology.warnings);
        test(&topology);
        Ok(())
    })
}

fn identities(topology: &Topology) -> Vec<String> {
    topology.services.iter().filter_map(|service| topology.identity(service)).collect()
}

fn builder_2015(topology: &Topology) {
    assert_eq!(topology.form, Form::Builder);
    assert_eq!(topology.sites.iter().map(|site| site.name.as_str()).collect::<Vec<_>>(), ["Contoso"]);
    assert_eq!((topology.clusters.len(), topology.services.len()), (6, 15));
    assert!(topology.services.iter().all(|service| service.version == Some(7) && service.host.is_some()));
    let (index, pool) = topology.clusters().next().expect("a pool");
    assert_eq!((pool.fqdn.as_str(), pool.machines.len()), ("frontendpool.contoso.com", 4));
    assert!(!pool.is_single_machine());
    let registrar = topology.role_on(index, role::REGISTRAR).expect("a Registrar");
    assert_eq!(registrar.details.is_director, Some(false));
    assert!(registrar.ports.iter().any(|port| port.usage == "SipServer" && port.port == 5061));
    assert_eq!(topology.used_by(registrar, role::EDGE_SERVER).count(), 1, "its media association");
    let web = topology.role_on(index, role::WEB_SERVICES).expect("web services");
    assert_eq!(web.details.external_host.as_deref(), Some("frontendpool.contoso.com"));

    let (index, edge) = topology.clusters().nth(1).expect("an Edge");
    assert_eq!(edge.machines[0].interfaces[1].address, Some("10.0.0.1".parse().expect("an address")));
    assert_eq!(edge.machines[0].interfaces[1].configured_address, Some("10.0.0.2".parse().expect("an address")));
    let edge = topology.role_on(index, role::EDGE_SERVER).expect("Edge services");
    let external = |usage: &str| {
        let port = edge.ports.iter().find(|port| port.side == "External" && port.usage == usage).expect("a port");
        (port.port, port.configured_fqdn.as_deref())
    };
    assert_eq!(external("SipClient"), (5061, Some("ExternalEdge.contoso.com")));
    assert_eq!(external("PsomClient"), (444, Some("ExternalEdge.contoso.com")));
    let next: Vec<_> = topology.used_by(edge, role::REGISTRAR).filter_map(|hop| topology.identity(hop)).collect();
    assert_eq!(next, ["Registrar:frontendpool.contoso.com"]);

    let sql = topology.clusters().find(|(_, cluster)| cluster.fqdn == "xSQL1.contoso.com").expect("an SQL Server").1;
    assert_eq!(sql.machines[0].fqdn, "xSQL1.contoso.com", "a machine without a name has its cluster's");
    assert!(identities(topology).contains(&"MonitoringDatabase:xSQL1.contoso.com".to_owned()));
    let shares: Vec<_> = topology.services.iter().filter_map(|one| one.details.share_name.as_deref()).collect();
    assert_eq!(shares, ["Data1", "Data2"]);
    let urls = topology.simple_urls.as_deref().expect("simple URLs");
    assert_eq!(
        urls.iter().map(|url| url.active.as_str()).collect::<Vec<_>>(),
        ["https://dialin.contoso.com", "https://meet.contoso.com"]
    );
    assert_eq!(topology.cluster_of_pair("1:1").map(|cluster| &cluster.fqdn), None, "its clusters have no numbers");
}

fn published_2015(topology: &Topology) {
    assert_eq!(topology.form, Form::Published);
    assert_eq!(topology.signature.as_deref(), Some("432720da-08b7-47cd-bba0-605b1969f388"));
    assert_eq!(topology.clusters.len(), 4);
    assert_eq!(topology.sql_instances[0].always_on_primary.as_deref(), Some("srv-sql-01.tenant.contoso.com"));
    assert_eq!(topology.sql_instances[0].mirror, None);
    assert_eq!(topology.simple_urls, None, "a published document does not have them");
    let pool = topology.cluster_of_pair("1:1").expect("the pool");
    assert_eq!((pool.fqdn.as_str(), pool.is_single_machine()), ("poolfe.tenant.contoso.com", false));
    let identities = identities(topology);
    assert_eq!(identities.len(), topology.services.len());
    for identity in ["UserDatabase:srv-sql-01.tenant.contoso.com", "WacServer:srv-owa-01.tenant.contoso.com"] {
        assert!(identities.contains(&identity.to_owned()), "{identity} in {identities:?}");
    }
}

fn published_2019(topology: &Topology) {
    assert!(topology.services.iter().all(|service| service.version == Some(8)));
    let pool = topology.cluster_of_pair("1:1").expect("the pool");
    assert!(pool.is_single_machine(), "a Standard Edition server is its own pool");
    assert_eq!(topology.pairs().collect::<Vec<_>>(), [("1:1", "skype01.contoso.com")]);
    let registrar = topology.services.iter().find(|one| one.role == role::REGISTRAR).expect("a Registrar");
    assert!(registrar.ports.iter().any(|port| port.owner == "urn:component:XmppFederation" && port.port == 5098));
}

fn strangers() -> Result<Vec<PathBuf>, String> {
    ["cms-anchoredxml-serviceassignments.xml", "clixml-pssession-edge.clixml.xml", "get-cssipdomain-table.txt"]
        .iter()
        .map(|name| peers::shared(&format!("samples/powershell/{name}")))
        .collect()
}

fn no_strangers(paths: Vec<PathBuf>) -> Result<(), Failed> {
    for path in paths {
        let found = topology::load(&path).err().ok_or(format!("{} was taken for a topology", path.display()))?;
        assert!(["not-a-topology", "xml-syntax"].contains(&found[0].code.as_str()), "{found:?}");
    }
    Ok(())
}
