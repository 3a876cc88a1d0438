//! `poolproof init`: from documents to environments.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use poolproof::diagnostic::Source;
use poolproof::environment::Environment;
use poolproof::init;
use poolproof::inventory::{quietly, topology};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use super::generated::{Deployment, contoso};
use super::{exported, peers, read, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        sample("topology-contoso.tbxml", |text| {
            lines(
                text,
                &[
                    "environment: contoso  # guess: from the default SIP domain; reports carry this name",
                    "    media_edge: edgepool.contoso.com  # as it is today: the media association of its pools",
                    "    product: sfb-2015  # service version 7 is Skype for Business Server 2015",
                    "    # moves_to: no target pool in this site; there is no target pool yet. It must be said before the pilot.",
                    "    front_ends: [xfrontend1.contoso.com, xfrontend2.contoso.com, xfrontend3.contoso.com, xfrontend4.contoso.com]",
                    "    next_hop: frontendpool.contoso.com  # as it is today",
                    "      client_port: 5061",
                    "      port: 444",
                    "        # external: <public address>  # inside the NAT it is 10.0.0.1",
                    "      # addresses: [<public addresses>]  # inside the NAT: 10.0.0.1, 10.0.0.3, 10.0.0.5",
                    "meet: [meet.contoso.com]",
                    "dialin: dialin.contoso.com",
                    "# `xSQL1.contoso.com` (ApplicationDatabase, ArchivingDatabase, MonitoringDatabase, UserDatabase)",
                ],
            );
            assert!(text.contains("which need not be what is published"), "{text}");
        }),
        sample("topology-sfb2015-ee-pool-sql-owas.xml", |text| {
            lines(
                text,
                &[
                    "    edition: enterprise  # its server has a name of its own",
                    "      external: poolfe.tenant.contoso.com",
                    "    # media_edge: <Edge>  # no pool of the site is associated with one, as far as is known",
                ],
            );
        }),
        sample("topology-sfb2019-se.xml", |text| {
            lines(
                text,
                &[
                    "  - name: CONTOSO",
                    "    role: target  # guess: by its product",
                    "    edition: standard  # its one server has the pool's name",
                    "      external: skype01.contoso.com",
                ],
            );
            assert!(text.contains("2019 or Subscription Edition (sfb-se), which it can't tell apart"), "{text}");
        }),
        trial("init::a deployment of two sites", two_sites),
        trial("init::both forms give the same", both_forms),
        trial("init::an export tells more than a document", export),
        trial("init::what an export lacks is said", poor_export),
        trial("init::reading an export is told", told_export),
        trial("init::hostile names break nothing", hostile),
        trial("init::any names break nothing", any_names),
        trial("init::what can't be written is told", left_out),
        trial("init::a file is not written over", command),
    ]
}

fn sample(name: &'static str, test: fn(&str)) -> Trial {
    let find = move || peers::shared(&format!("samples/powershell/{name}"));
    peers::trial(&format!("init::{name}"), find, move |path: PathBuf| {
        let proposal = init::propose(&path, &mut quietly).map_err(|found| Failed::from(format!("{found:?}")))?;
        environment(&proposal.text);
        test(&proposal.text);
        Ok(())
    })
}

fn lines(text: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(text.lines().any(|line| line == *wanted), "no line\n{wanted}\nin\n{text}");
    }
}

fn environment(text: &str) -> Environment {
    let source = Arc::new(Source::new("environment.yaml", text));
    Environment::of_source(source, PathBuf::new()).unwrap_or_else(|found| panic!("{found:?}\n{text}"))
}

fn propose(deployment: &Deployment) -> init::Proposal {
    init::of_topology(&read(&deployment.published()).expect("reads"), "topology.xml").expect("a proposal")
}

fn two_sites() {
    let proposal = propose(&contoso());
    lines(
        &proposal.text,
        &[
            "phase: plan  # nothing tells how far the migration is; exceptions at sites, pools and Edges",
            "    federation_route: edge01.contoso.com  # as it is today",
            "    moves_to: pool02.contoso.com  # guess: the only target pool of the site",
            "    # moves_to: no target pool in this site; elsewhere there are `pool02.contoso.com`. It must be said before",
            "    edition: standard  # its one server has the pool's name",
            "    site: Portland",
            "    backup_registrar: pool01.contoso.com  # as it is today",
            "    next_hop: dir01.contoso.com  # as it is today",
            "    # federation is on here today",
            "        external: 198.51.100.10  # guess: the address that its NAT is configured to show",
            "      addresses: [198.51.100.41, 198.51.100.42]",
            "    # federation: true  # federation is off here today; say so if this Edge shall carry it",
            "# branch site `Portland`: what is in it is below `branch_appliances`",
            "# `gw01.contoso.com` (PstnGateway)",
        ],
    );
    let environment = environment(&proposal.text);
    assert_eq!(environment.file.sip_domains[0].name.value.as_str(), "contoso.com", "the default one first");
    assert_eq!(environment.view.legacy_pools.len(), 2);
    assert_eq!(environment.view.target_pools.len(), 1);
    assert_eq!(environment.file.directors.len(), 1);
    let edges = &environment.file.edges;
    assert_eq!(edges.len(), 2);
    assert_eq!((edges[0].access.client_port, edges[0].access.federation_port), (5061, 5061));
    assert_eq!(edges[0].web_conferencing.as_ref().map(|service| service.port), Some(444));
    let av = edges[1].av.as_ref().expect("an A/V Edge");
    assert_eq!((av.port, av.udp_port, av.addresses.len()), (443, 3478, 2));
    assert_eq!(proposal.told, "2 sites, 3 pools (2 legacy, 1 target), 2 Edges; 13 lines marked `guess`");

    // With a second target pool in the site, which one is nobody's to say.
    let mut more = contoso();
    let second = more.cluster(0, "pool03.contoso.com", &[]);
    more.front_end(8, second, "webext03.contoso.com");
    let proposal = propose(&more);
    lines(
        &proposal.text,
        &["    # moves_to: one of `pool02.contoso.com`, `pool03.contoso.com`. It must be said before the pilot."],
    );
    assert!(!proposal.text.contains("    moves_to:"));
}

fn both_forms() {
    let without_head =
        |text: &str| text.lines().skip_while(|line| !line.starts_with("environment")).collect::<Vec<_>>().join("\n");
    let saved = init::of_topology(&read(&contoso().builder()).expect("reads"), "t.tbxml").expect("a proposal");
    let mut saved: Vec<String> = without_head(&saved.text).lines().map(str::to_owned).collect();
    let mut published: Vec<String> = without_head(&propose(&contoso()).text).lines().map(str::to_owned).collect();
    saved.sort();
    published.sort();
    assert_eq!(saved, published);
}

fn export() {
    let folder = tempfile::tempdir().expect("a folder");
    exported::write(folder.path());
    let text = init::propose(folder.path(), &mut quietly).expect("a proposal").text;
    lines(
        &text,
        &[
            "  - name: contoso.com",
            "    federation_route: edge01.contoso.com  # as it is today",
            "    product: lync-2013  # service version 6 is Lync Server 2013",
            "    moves_to: pool02.contoso.com  # guess: the only target pool of the site",
            "    # kept_for: [persistent-chat]  # a Persistent Chat pool hangs on it",
            "    product: sfb-se  # guess: \"Skype for Business Server 2019, Core Components\" 7.0.2046.825, a build of Subscription Edition",
            "      internal: web02.contoso.com",
            "    backup_registrar: pool01.contoso.com  # as it is today",
            "      addresses: [<public addresses>]  # not known".replacen("      ", "      # ", 1).as_str(),
            "meet: [meet.contoso.com]",
            "dialin: call.contoso.com",
            "admin: admin.contoso.com",
            "#   - { domain: fabrikam.com, proxy: sip.fabrikam.com }",
            "xmpp_partners: []  # all that are allowed",
            "# `chat01.contoso.com` (PersistentChatServer)",
        ],
    );
    assert_eq!(environment(&text).view.legacy_pools.len(), 1);
    assert!(!text.contains("may not be complete"), "{text}");
}

/// A whole export takes a while: how far it has come is told, dataset by dataset.
fn told_export() {
    let folder = tempfile::tempdir().expect("a folder");
    exported::write(folder.path());
    let (mut datasets, mut bytes) = (Vec::new(), (0, 0));
    let proposal = init::propose(folder.path(), &mut |at| {
        datasets.push(at.dataset);
        bytes = (at.bytes, at.total);
        std::ops::ControlFlow::Continue(())
    });
    proposal.expect("a proposal");
    assert!(datasets.contains(&"pools") && datasets.contains(&"sip_domains"), "{datasets:?}");
    assert!(bytes.0 > 0 && bytes.0 == bytes.1, "{bytes:?}");
}

fn poor_export() {
    let folder = tempfile::tempdir().expect("a folder");
    let found = init::propose(folder.path(), &mut quietly).expect_err("an empty folder");
    assert!(found.iter().all(poolproof::diagnostic::Diagnostic::is_error) && !found.is_empty());
    let domains = json!([{ "Identity": "contoso.com", "Name": "contoso.com", "IsDefault": true }]);
    exported::part(folder.path(), "sip_domains", "Get-CsSipDomain", None, &domains);
    let text = init::propose(folder.path(), &mut quietly).expect("a proposal").text;
    environment(&text);
    lines(
        &text,
        &["pools: []  # no Front End pool could be written", "# xmpp_partners: []  # [] states that there are none"],
    );
    assert!(text.contains("pools may not be complete"), "{text}");
}

const HOSTILE: &[&str] = &[
    "",
    " ",
    "a\"b.contoso.com",
    "a'b.contoso.com",
    "a: b.contoso.com",
    "a #b.contoso.com",
    "a\nrole: target\n.contoso.com",
    "a\r\n- fqdn: evil.contoso.com",
    "- a.contoso.com",
    "{a}.contoso.com",
    "*a.contoso.com",
    "&a !b %c @d `e`.contoso.com",
    "${evil}.contoso.com",
    "\u{202e}moc.osotnoc",
    "pool\u{0}.contoso.com",
    "pool\u{2028}.contoso.com",
    "ü.contoso.com",
    "true",
    "null.contoso.com",
    "1.5",
    "10.0.0.1",
    "---",
    "...",
    "|",
    "a.contoso.com # b",
];

fn named(name: &str) -> Deployment {
    let mut it = contoso();
    it.sites[1].1 = format!("{name} Dublin");
    name.clone_into(&mut it.clusters[0].fqdn);
    name.clone_into(&mut it.clusters[1].machines[0].0);
    name.clone_into(&mut it.clusters[8].machines[1].0);
    for service in &mut it.services {
        for port in &mut service.ports {
            if port.6 == "wc2.contoso.com" {
                port.6 = Box::leak(name.to_owned().into_boxed_str());
            }
        }
    }
    it.domains.push(name.to_owned());
    it
}

fn hostile() {
    for name in HOSTILE {
        let deployment = named(name);
        // A control character is no XML; the ones that are refused are refused.
        let Ok(topology) = read(&deployment.published()) else {
            assert!(name.trim().is_empty() || name.contains('\u{0}'), "{name:?}");
            continue;
        };
        let proposal = init::of_topology(&topology, name).expect("a proposal");
        let environment = environment(&proposal.text);
        let site = format!("{name} Dublin").trim().to_owned();
        assert!(environment.file.sites.iter().any(|known| known.name.value == site), "{name:?}\n{}", proposal.text);
        for name in environment.file.pools.iter().map(|pool| &pool.fqdn.value) {
            assert!(!name.as_str().contains("evil"), "{}", proposal.text);
        }
        for char in proposal.text.chars() {
            assert!(char == '\n' || !poolproof::report::text::is_unsafe(char), "{char:?}");
        }
    }
}

fn any_names() {
    let mut runner = TestRunner::new(Config { cases: 150, failure_persistence: None, ..Config::default() });
    let name = "[ -~\\n\\t\u{85}\u{a0}\u{fc}\u{2028}\u{feff}]{1,24}|[a-z0-9.-]{1,20}|[a-z]{1,8}\\.contoso\\.com";
    let outcome = runner.run(&(name, name, name), |(pool, server, site)| {
        let mut it = named(&pool);
        it.sites[0].1 = format!("x{site}");
        it.clusters[1].machines[1].0 = server;
        if let Ok(topology) = read(&it.published()) {
            match init::of_topology(&topology, &pool) {
                Ok(proposal) => {
                    let source = Arc::new(Source::new("environment.yaml", proposal.text.as_str()));
                    prop_assert!(Environment::of_source(source, PathBuf::new()).is_ok());
                }
                Err(found) => prop_assert!(false, "{found:?}"),
            }
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

fn left_out() {
    let mut it = contoso();
    "no name".clone_into(&mut it.clusters[0].fqdn);
    it.services[13].ports.retain(|port| port.0 != "urn:component:AccessEdge");
    for service in &mut it.services {
        if service.cluster == 2 {
            service.version = 5;
        }
    }
    let proposal = propose(&it);
    environment(&proposal.text);
    lines(
        &proposal.text,
        &[
            "# the pool `no name`: that is not a full host name",
            "# the pool `pool11.contoso.com`: service version 5 is Lync Server 2010",
            "# the Edge `edge01.contoso.com`: nothing tells the public name of its Access Edge",
            "    # media_edge: today the site's pools use `edge01.contoso.com`",
        ],
    );
    assert!(proposal.text.contains("left out of `branch_appliances`: `sba01.contoso.com`"), "{}", proposal.text);

    let nothing = Deployment { domains: vec!["single".to_owned()], ..Deployment::default() };
    let topology = read(&nothing.published()).expect("reads");
    let found = init::of_topology(&topology, "topology.xml").expect_err("no SIP domain");
    assert!(found[0].message.contains("no SIP domain"), "{found:?}");
    assert!(topology::load(Path::new("/nowhere/topology.xml")).is_err());
}

fn poolproof(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolproof"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null()).env_remove("POOLPROOF_ENVIRONMENT");
    command.output().expect("runs")
}

fn command() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("topology.xml"), contoso().published()).expect("written");
    let run = |arguments: &[&str]| {
        let output = poolproof(folder.path(), arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned(), told)
    };
    let init = ["init", "--from", "topology.xml"];
    let (code, out, told) = run(&init);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{told}");
    assert!(told.contains("environment.yaml: 2 sites, 3 pools"), "{told}");
    let first = std::fs::read_to_string(at("environment.yaml")).expect("there");
    let (code, _, told) = run(&["lint", "--environment", "environment.yaml"]);
    assert_eq!(code, Some(0), "{told}");

    std::fs::write(at("environment.yaml"), "mine").expect("written");
    let (code, _, told) = run(&init);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("is there already") && told.contains("--force"), "{told}");
    assert_eq!(std::fs::read_to_string(at("environment.yaml")).expect("there"), "mine");
    assert_eq!(run(&["init", "--from", "topology.xml", "--force"]).0, Some(0));
    assert_eq!(std::fs::read_to_string(at("environment.yaml")).expect("there"), first);
    assert_eq!(run(&["init", "--from", "topology.xml", "--output", "-"]).1, first);
    assert_eq!(run(&["init", "--from", "topology.xml", "--output", "new/e.yaml"]).0, Some(0));
    assert_eq!(std::fs::read_to_string(at("new/e.yaml")).expect("there"), first);

    std::fs::write(at("broken.xml"), "<Topology>\n<Sites>").expect("written");
    for from in ["broken.xml", "missing.xml"] {
        let (code, _, told) = run(&["init", "--from", from, "--output", "none.yaml"]);
        assert_eq!(code, Some(2), "{told}");
        assert!(told.contains(from), "{told}");
        assert!(!at("none.yaml").exists());
    }
}
