//! The shipped checks compile: every name in them is known, every need is there.

use poolproof::check::Catalogue;

#[test]
fn the_shipped_checks_compile_without_a_warning() {
    match Catalogue::load(&[]) {
        Ok(catalogue) => {
            let warnings: Vec<String> = catalogue.warnings.iter().map(ToString::to_string).collect();
            assert!(warnings.is_empty(), "{}", warnings.join("\n"));
            let bare: Vec<&str> = catalogue
                .checks()
                .filter(|check| check.because.is_none() || check.source.is_none() || check.fix.is_none())
                .map(|check| check.id.as_str())
                .collect();
            assert!(bare.is_empty(), "without `because`, `source` or `fix`: {}", bare.join(", "));
        }
        Err(found) => {
            let told: Vec<String> = found.iter().map(ToString::to_string).collect();
            panic!("{}", told.join("\n"));
        }
    }
}

#[test]
fn the_environments_of_the_fixtures_make_sense() {
    for fixture in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures")).expect("fixtures").flatten() {
        if let Err(found) = poolproof::environment::load(&fixture.path().join("environment.yaml")) {
            let told: Vec<String> = found.iter().map(ToString::to_string).collect();
            panic!("{}", told.join("\n"));
        }
    }
}

/// The rows of the catalogue (migration.md, section 8), each with the shipped checks that prove it. A row without
/// one is in docs/catalogue-omissions.md with the reason.
const ROWS: &[(&str, &[&str])] = &[
    ("ad-prepared", &["ad-prepared", "ad-forest-prepared", "ad-domains-prepared"]),
    ("legacy-versions-supported", &["legacy-versions-supported", "no-version-too-old"]),
    ("legacy-patch-level", &["legacy-patch-level"]),
    ("legacy-services-running", &["legacy-services-running"]),
    ("backup-evidence-recent", &[]),
    ("user-inventory-baseline", &["user-inventory-baseline"]),
    (
        "pilot-user-list-valid",
        &[
            "pilot-user-list-valid",
            "wave-members-enabled",
            "wave-members-homed",
            "wave-members-not-on-persistent-chat",
            "wave-members-not-on-xmpp",
        ],
    ),
    ("pilot-pool-in-topology", &["pilot-pool-in-topology"]),
    (
        "pilot-pool-dns",
        &["pilot-pool-dns", "pilot-front-end-dns", "pilot-web-internal-dns", "web-services-external-dns"],
    ),
    ("pilot-services-running", &["pilot-services-running", "pilot-services-installed"]),
    ("pilot-fabric-quorum", &["pilot-fabric-quorum"]),
    ("cms-replication-current", &["cms-replication-current", "front-ends-replicated"]),
    ("cms-master-known", &["cms-master-known", "cms-location-agrees", "cms-master-on-2019"]),
    ("topology-valid", &["topology-valid"]),
    ("pilot-front-end-certs", &["pilot-front-end-certs", "pilot-front-end-cert-signatures"]),
    ("pilot-ports-open", &["pilot-ports-open"]),
    ("user-replicator-complete", &["user-replicator-complete"]),
    ("pilot-uses-legacy-edge", &["pilot-uses-legacy-edge", "pilot-site-uses-legacy-route"]),
    ("pilot-user-homed", &["pilot-user-homed", "pilot-user-home-server-agrees"]),
    ("pilot-user-move-settled", &["pilot-user-move-settled"]),
    ("pilot-user-attributes-kept", &["pilot-user-attributes-kept"]),
    ("conferencing-policy-assigned-kept", &["conferencing-policy-assigned-kept"]),
    (
        "conferencing-policy-effective-kept",
        &["conferencing-policy-effective-kept", "conferencing-policy-effective-agrees"],
    ),
    ("conferencing-policy-defined", &["conferencing-policy-defined"]),
    ("conferencing-policy-allows-anonymous", &["conferencing-policy-allows-anonymous"]),
    ("site-policy-parity", &["site-policy-parity", "voice-policy-parity", "dial-plan-parity"]),
    ("other-user-policies-kept", &["other-user-policies-kept", "other-user-policies-effective-kept"]),
    ("ad-user-policies-kept", &["ad-user-policies-kept"]),
    ("meetings-preserved", &[]),
    ("registration-pilot-pool", &["internal-sign-in"]),
    ("im-cross-pool", &["im-cross-pool"]),
    ("conference-pilot-pool", &[]),
    (
        "edge-pilot-isolated",
        &["edge-pilot-isolated", "edge-pilot-federation-off", "edge-pilot-not-associated", "edge-target-without-xmpp"],
    ),
    ("edge-replica-current", &["edge-replicated", "edge-replica-current"]),
    ("edge-internal-dns", &["edge-internal-dns"]),
    ("edge-internal-ports", &["edge-internal-ports"]),
    ("edge-certificates", &["edge-certificates", "edge-certificate-sip-domains", "edge-media-certificate-shared"]),
    ("legacy-edge-fqdns-distinct", &["legacy-edge-fqdns-distinct", "legacy-edge-names-distinct-in-topology"]),
    ("external-client-srv", &["external-client-srv"]),
    ("external-access-enabled", &["external-access-enabled", "moved-users-outside-access"]),
    ("external-signin", &["external-sign-in"]),
    ("av-edge-connectivity", &["av-edge-connectivity", "av-edge-connectivity-internal", "av-edge-of-site"]),
    ("anonymous-join", &["anonymous-access-enabled"]),
    ("web-services-external", &["web-services-external", "external-autodiscover-reachable", "simple-urls-external"]),
    ("federation-single-edge", &["federation-single-edge", "federation-edge-enabled", "edges-stated"]),
    ("federation-site-routes", &["federation-site-routes", "sites-stated"]),
    ("federation-next-hop", &["federation-next-hop"]),
    ("federation-media-edge", &["federation-media-edge"]),
    ("federation-srv", &["federation-srv"]),
    ("federation-enabled", &["federation-enabled"]),
    (
        "federation-partners-listed",
        &[
            "federation-partners-listed",
            "federation-partner-allowed",
            "federation-partner-not-blocked",
            "federation-partner-proxy-agreed",
        ],
    ),
    ("federation-partner-connect", &["federation-partner-message"]),
    ("federation-user-policy", &["federation-user-policy"]),
    ("legacy-edge-retired", &["legacy-edge-retired", "legacy-access-edge-stopped"]),
    ("persistent-chat-users-stay", &["persistent-chat-users-stay"]),
    ("persistent-chat-pool-kept", &["persistent-chat-pool-kept", "persistent-chat-not-failed-over"]),
    ("xmpp-users-stay", &["xmpp-users-stay"]),
    ("xmpp-route-legacy", &["xmpp-route-legacy", "xmpp-site-route-legacy"]),
    (
        "sql-mirroring-absent-2019",
        &["sql-mirroring-absent-2019", "target-stores-not-mirrored", "cms-store-not-mirrored"],
    ),
    ("legacy-pool-no-users", &["legacy-pool-no-users", "legacy-pool-empty-in-directory"]),
    (
        "legacy-pool-no-contacts",
        &[
            "legacy-pool-no-foreign-users",
            "legacy-pool-no-meeting-rooms",
            "legacy-pool-no-common-area-phones",
            "legacy-pool-no-analog-devices",
            "legacy-pool-no-exchange-um-contacts",
            "legacy-pool-no-video-systems",
            "legacy-pool-no-trusted-application-endpoints",
            "legacy-pool-no-application-endpoints",
            "legacy-pool-empty-in-directory",
        ],
    ),
    ("legacy-pool-no-dialin-numbers", &["legacy-pool-no-dialin-numbers"]),
    (
        "response-groups-migrated",
        &["response-groups-migrated", "response-group-queues-migrated", "response-group-agents-migrated"],
    ),
    ("call-park-migrated", &["call-park-migrated"]),
    ("unassigned-numbers-migrated", &["unassigned-numbers-migrated", "announcements-recreated"]),
    ("conference-directories-moved", &["conference-directories-moved"]),
    ("trusted-apps-next-hop", &["trusted-apps-next-hop"]),
    ("voice-routing-off-legacy", &["voice-routing-off-legacy", "voice-routes-lead-somewhere"]),
    ("sba-rehomed", &["sba-rehomed"]),
    (
        "legacy-pool-no-dependents",
        &[
            "legacy-pool-no-dependents",
            "legacy-pool-not-paired",
            "legacy-pool-no-video-interop",
            "legacy-pool-no-persistent-chat",
            "legacy-stores-not-shared",
            "legacy-pool-not-watched",
            "legacy-pool-no-watcher-node",
        ],
    ),
    ("archiving-monitoring-2019", &["archiving-monitoring-2019", "target-archiving-monitoring-own"]),
    ("internal-srv-2019", &["internal-srv-2019"]),
    ("simple-urls-2019", &["simple-urls-2019", "internal-autodiscover-2019"]),
    ("cms-on-2019", &["cms-on-2019", "cms-master-on-2019"]),
    ("cac-on-2019", &[]),
    ("legacy-drained", &["legacy-drained"]),
    (
        "legacy-removed-clean",
        &[
            "legacy-removed-clean",
            "legacy-removed-from-topology",
            "legacy-replicas-removed",
            "legacy-removed-from-directory",
            "legacy-trust-removed-from-directory",
            "last-legacy-services-gone",
        ],
    ),
];

#[test]
fn every_row_of_the_catalogue_is_a_check_or_a_reasoned_omission() {
    let catalogue = Catalogue::load(&[]).unwrap_or_else(|found| panic!("{found:?}"));
    let omissions = include_str!("../docs/catalogue-omissions.md");
    for (row, checks) in ROWS {
        for check in *checks {
            assert!(catalogue.check(check).is_some(), "{row} is said to be proven by {check}, which is no check");
        }
        let omitted = omissions.lines().any(|line| {
            let mut cells = line.split('|');
            cells.nth(1).is_some_and(|ids| ids.contains(&format!("`{row}`")))
        });
        assert!(!checks.is_empty() || omitted, "{row} is neither a check nor a reasoned omission");
    }
}

/// The facts lie outside the project: where they are, the list above is held against them.
#[test]
fn the_rows_are_those_of_the_facts() {
    let shared = std::env::var_os("POOLPROOF_SHARED")
        .map_or_else(|| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), std::path::PathBuf::from);
    let Ok(facts) = std::fs::read_to_string(shared.join("domain/migration.md")) else {
        eprintln!("the facts are not here: nothing to compare with");
        return;
    };
    let section = facts.split("## 8. Catalogue of checks").nth(1).expect("section 8");
    let section = section.split("\n## ").next().expect("its text");
    let rows: Vec<&str> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" |").next())
        .filter(|id| id.contains('-') && !id.contains(' ') && !id.starts_with('-'))
        .collect();
    let ours: Vec<&str> = ROWS.iter().map(|(row, _)| *row).collect();
    assert_eq!(rows, ours);
}
