//! Files as large as they come.

use std::fmt::Write as _;
use std::path::Path;

/// Cases of every run that is measured.
pub const CASES: usize = 10_000;

/// How 10,000 cases come about.
pub struct Shape {
    pub name: &'static str,
    pub pools: usize,
    pub front_ends: usize,
    pub checks: usize,
}

/// One check over everything, and many checks over little: each is slow in its own way.
pub const SHAPES: [Shape; 3] = [
    Shape { name: "1 check over 100 pools × 100 Front Ends", pools: 100, front_ends: 100, checks: 1 },
    Shape { name: "100 checks over 100 Front Ends", pools: 10, front_ends: 10, checks: 100 },
    Shape { name: "1,000 checks over 10 Front Ends", pools: 5, front_ends: 2, checks: 1_000 },
];

/// Front Ends, as many in each pool.
pub struct Servers {
    pub pools: usize,
    pub of_each: usize,
}

impl Servers {
    /// The environment that they make, and what else it says.
    pub fn environment(&self, more: &str) -> String {
        let mut text = String::from(
            "environment: bench\nphase: post\nsip_domains: [{ name: contoso.com }]\nsites: [{ name: Redmond }]\npools:\n",
        );
        for pool in 0..self.pools {
            let servers: Vec<String> =
                (0..self.of_each).map(|server| format!("fe{server:03}-{pool:03}.contoso.com")).collect();
            // One pool in a hundred fails one of the two expectations.
            let edition = if pool % 100 == 0 { "standard" } else { "enterprise" };
            let servers = servers.join(", ");
            line(
                &mut text,
                format_args!(
                    "  - {{ fqdn: pool{pool:03}.contoso.com, role: target, product: sfb-2019, edition: {edition}, \
                     site: Redmond, balancing: dns, front_ends: [{servers}] }}"
                ),
            );
        }
        text.push_str(more);
        text
    }
}

impl Shape {
    /// Writes `environment.yaml` and `checks.yaml`.
    pub fn write(&self, folder: &Path) {
        assert_eq!(self.pools * self.front_ends * self.checks, CASES, "{}", self.name);
        let servers = Servers { pools: self.pools, of_each: self.front_ends };
        put(&folder.join("environment.yaml"), &servers.environment(""));
        put(&folder.join("checks.yaml"), &self.suite());
    }

    fn suite(&self) -> String {
        let mut text = String::from("suite: bench\ntitle: Every Front End is described\nchecks:\n");
        for check in 0..self.checks {
            line(
                &mut text,
                format_args!(
                    "  - id: front-end-described-{check}
    title: \"${{server.fqdn}} of ${{pool.fqdn}} is described\"
    because: A server that is described by halves is validated by halves.
    for: {{ pool: environment.target_pools, server: pool.front_ends }}
    report: each
    expect:
      - that: server.pool == pool.fqdn and server.phase == environment.phase
        otherwise: ${{server.fqdn}} says ${{server.pool}}
      - that: pool.edition == \"enterprise\" and server.fqdn is within(environment.sip_domains[0].name)
        otherwise: ${{pool.fqdn}} is ${{pool.edition}}
    fix: Get-CsPool -Identity \"${{pool.fqdn}}\""
                ),
            );
        }
        text
    }
}

/// Checks with probes, spread over some files; returns how many bytes they are.
pub fn write_checks(folder: &Path, checks: usize, files: usize) -> usize {
    let mut bytes = 0;
    for file in 0..files {
        let mut text =
            format!("suite: suite-{file}\ntitle: Edges show what they must\nsource: A guide, chapter 3\nchecks:\n");
        for check in 0..checks / files {
            line(
                &mut text,
                format_args!(
                    "  - id: edge-{file}-{check}
    title: ${{edge.fqdn}} shows a certificate for the federation name
    because: A partner closes the connection at once where it is for another name.
    severity: blocker
    tags: [edge, certificate]
    for: {{ edge: environment.edges }}
    where: edge.federation
    observe:
      tls: {{ tls: {{ host: \"${{edge.access.fqdn}}\", port: \"${{edge.access.federation_port}}\" }} }}
    expect:
      - that: tls.certificate.days_left > 14
        otherwise: its certificate ends in ${{tls.certificate.days_left}} days
      - that: tls.verified and tls.version == \"TLS 1.2\""
                ),
            );
        }
        put(&folder.join(format!("suite-{file}.yaml")), &text);
        bytes += text.len();
    }
    bytes
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("memory can be written");
}

pub fn put(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
