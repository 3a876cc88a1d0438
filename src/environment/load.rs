//! Reads an environment and refuses one that contradicts itself.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::derive::site_phase;
use super::file::{EnvironmentFile, Pool};
use super::kind::{Edition, Role};
use super::phase::Phase;
use super::view::EnvironmentView;
use crate::diagnostic::{Code, Diagnostic, Source, suggestion};
use crate::expression::{Type, Value};
use crate::values::{Fqdn, fold};
use crate::yaml::{self, Limits, Spanned};

/// An environment that was read and makes sense.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Its text.
    pub source: Arc<Source>,
    /// The file as it was written.
    pub file: EnvironmentFile,
    /// What expressions see.
    pub view: EnvironmentView,
    /// The same, as the value of `environment`.
    pub value: Value,
    /// The folder that paths in the file are relative to.
    pub folder: PathBuf,
}

/// Reads an environment file.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load(path: &Path) -> Result<Environment, Vec<Diagnostic>> {
    let source = yaml::read_source(path, Limits::default()).map_err(|diagnostic| vec![diagnostic])?;
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    Environment::of_source(source, folder)
}

impl Environment {
    /// From a text that was read already.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn of_source(source: Arc<Source>, folder: PathBuf) -> Result<Self, Vec<Diagnostic>> {
        let mut file: EnvironmentFile = yaml::load(&source, Limits::default())?;
        let diagnostics = Consistency { source: &source, file: &file, found: Vec::new() }.check();
        if !diagnostics.is_empty() {
            return Err(diagnostics);
        }
        file.secrets().for_each(|secret| secret.rebase(&folder));
        let view = EnvironmentView::of(&file);
        let json = serde_json::to_value(&view).unwrap_or_default();
        let value = Value::from_json(&json, &Self::ty(), &Arc::from(source.name.as_str()));
        Ok(Self { source, file, view, value, folder })
    }

    /// The type of `environment` in expressions.
    #[must_use]
    pub fn ty() -> Type {
        static TYPE: OnceLock<Type> = OnceLock::new();
        TYPE.get_or_init(Type::of::<EnvironmentView>).clone()
    }
}

struct Consistency<'a> {
    source: &'a Arc<Source>,
    file: &'a EnvironmentFile,
    found: Vec<Diagnostic>,
}

impl Consistency<'_> {
    fn check(mut self) -> Vec<Diagnostic> {
        let file = self.file;
        if file.sip_domains.is_empty() {
            self.found.push(
                Diagnostic::at(Code::Inconsistent, self.source, 0..0, "no SIP domain is named")
                    .hint("add `sip_domains: [{ name: contoso.com }]`"),
            );
        }
        self.unique("SIP domain", file.sip_domains.iter().map(|domain| &domain.name));
        let servers = file.pools.iter().map(|pool| &pool.fqdn);
        let servers =
            servers.chain(file.edges.iter().map(|edge| &edge.fqdn)).chain(file.directors.iter().map(|one| &one.fqdn));
        self.unique("pool", servers);
        self.unique("server", file.pools.iter().flat_map(|pool| &pool.front_ends));
        self.unique("partner", file.partners.iter().flatten().map(|partner| &partner.domain));
        for partner in file.partners.iter().flatten() {
            let domain = fold(partner.domain.value.as_str());
            if file.sip_domains.iter().any(|own| fold(&own.name.value.to_string()) == domain) {
                let message = format!("the partner `{}` has one of `sip_domains`", partner.domain.value);
                self.refuse(&partner.domain, &message, "a partner is somebody else: leave out the one or the other");
            }
            let Some(probe) = &partner.probe else { continue };
            let at = probe.folded();
            if at.rsplit('@').next() != Some(domain.as_str()) {
                let message = format!("the `probe` of `{}` is at another domain", partner.domain.value);
                self.refuse(&partner.domain, &message, "name an address of that partner's who agreed to be written to");
            }
        }
        self.unique("account", file.accounts.iter().map(|account| &account.sip));
        let homes: Vec<&Fqdn> = file.pools.iter().map(|pool| &pool.fqdn.value).collect();
        for home in file.accounts.iter().filter_map(|account| account.pool.as_ref()) {
            self.known("pool", home, &homes);
        }
        for site in file.pools.iter().map(|pool| &pool.site).chain(file.directors.iter().map(|one| &one.site)) {
            self.known_site(site);
        }
        let targets = file.pools.iter().filter(|pool| pool.role == Role::Target);
        let targets: Vec<&Fqdn> = targets.map(|pool| &pool.fqdn.value).collect();
        for pool in &file.pools {
            match (&pool.moves_to, pool.role) {
                (Some(target), Role::Legacy) => self.known("target pool", target, &targets),
                (Some(target), Role::Target) => {
                    self.refuse(target, "a target pool moves nowhere", "remove `moves_to`, or make it `role: legacy`");
                }
                // Planning may begin before there is a pool to move to.
                (None, Role::Legacy) if pool.kept_for.is_empty() && self.phase(pool) != Phase::Plan => {
                    self.refuse(
                        &pool.fqdn,
                        "a legacy pool whose users move nowhere",
                        "add `moves_to: <target pool>`, or `kept_for: [persistent-chat]` if it stays",
                    );
                }
                (None, _) => {}
            }
            // Checks of its servers would look for the pool's own name among them, and find nothing.
            if pool.edition == Edition::Enterprise && pool.front_ends.is_empty() && self.phase(pool) != Phase::Plan {
                self.refuse(
                    &pool.fqdn,
                    "an Enterprise Edition pool without its servers",
                    "add `front_ends: [<server>, …]`; a Standard Edition server is its own pool (`edition: standard`)",
                );
            }
        }
        let mut named: Vec<&str> = Vec::new();
        for wave in &file.waves {
            if named.contains(&wave.name.value.as_str()) {
                self.refuse(&wave.name, "a second wave of this name", "give each wave a name of its own");
            }
            named.push(&wave.name.value);
            self.known("target pool", &wave.to, &targets);
        }
        if let Some(window) = file.cutover_window.as_ref().filter(|one| one.until.value.at() <= one.from.value.at()) {
            self.refuse(&window.until, "a cutover window that ends before it begins", "exchange `from` and `until`");
        }
        let edges: Vec<&Fqdn> = file.edges.iter().map(|edge| &edge.fqdn.value).collect();
        for site in &file.sites {
            for edge in [&site.media_edge, &site.federation_route].into_iter().flatten() {
                self.known("Edge", edge, &edges);
            }
        }
        let hops: Vec<&Fqdn> = file
            .pools
            .iter()
            .map(|pool| &pool.fqdn.value)
            .chain(file.directors.iter().map(|one| &one.fqdn.value))
            .collect();
        for hop in file.edges.iter().filter_map(|edge| edge.next_hop.as_ref()) {
            self.known("pool or Director", hop, &hops);
        }
        for edge in file.edges.iter().filter(|edge| edge.federation && edge.role == Role::Legacy) {
            let hint = "`federation: true` says where federation shall be from the cutover on; leave it out here";
            self.refuse(&edge.fqdn, "a legacy Edge that shall carry federation", hint);
        }
        for appliance in &file.branch_appliances {
            self.known("pool", &appliance.backup_registrar, &hops);
        }
        self.found.sort_by_key(|diagnostic| diagnostic.place.as_ref().map(|place| place.range.start));
        self.found
    }

    /// How far a pool has come.
    fn phase(&self, pool: &Pool) -> Phase {
        pool.phase.unwrap_or_else(|| site_phase(self.file, &pool.site.value))
    }

    fn refuse<T>(&mut self, at: &Spanned<T>, message: &str, hint: &str) {
        self.found.push(Diagnostic::at(Code::Inconsistent, self.source, at.range.clone(), message).hint(hint));
    }

    fn known(&mut self, what: &str, name: &Spanned<Fqdn>, known: &[&Fqdn]) {
        if !known.contains(&&name.value) {
            let hint = suggestion(name.value.as_str(), known.iter().map(|name| name.as_str()));
            let message = format!("there is no {what} `{}`", name.value);
            self.found.push(Diagnostic::at(Code::Inconsistent, self.source, name.range.clone(), message).hint(hint));
        }
    }

    fn known_site(&mut self, site: &Spanned<String>) {
        let known = || self.file.sites.iter().map(|known| known.name.value.as_str());
        if !known().any(|known| known.eq_ignore_ascii_case(&site.value)) {
            let hint = suggestion(&site.value, known().collect::<Vec<_>>().iter().copied());
            let message = format!("there is no site `{}`", site.value);
            self.found.push(Diagnostic::at(Code::Inconsistent, self.source, site.range.clone(), message).hint(hint));
        }
    }

    fn unique<'b, T: std::fmt::Display + 'b>(&mut self, what: &str, names: impl Iterator<Item = &'b Spanned<T>>) {
        let mut seen = std::collections::HashSet::new();
        for name in names {
            if !seen.insert(fold(&name.value.to_string())) {
                let message = format!("the {what} `{}` is named twice", name.value);
                self.found.push(
                    Diagnostic::at(Code::Inconsistent, self.source, name.range.clone(), message)
                        .hint("keep one of them"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Environment, Vec<Diagnostic>> {
        Environment::of_source(Arc::new(Source::new("environment.yaml", text)), PathBuf::new())
    }

    const SMALL: &str = "
environment: contoso
sip_domains: [{ name: contoso.com }]
sites: [{ name: Redmond }]
pools:
  - { fqdn: pool01.contoso.com, role: legacy, product: sfb-2015, edition: enterprise, site: Redmond, moves_to: pool02.contoso.com }
  - { fqdn: pool02.contoso.com, role: target, product: sfb-2019, edition: standard, site: Redmond, phase: pilot }
";

    #[test]
    fn a_small_environment_is_read() {
        let environment = read(SMALL).expect("reads");
        assert_eq!(environment.view.target_pools[0].front_ends[0].fqdn, "pool02.contoso.com");
        assert_eq!(environment.view.simple_urls.public.len(), 2);
    }

    #[test]
    fn everything_wrong_is_told_at_once_with_places() {
        let text = SMALL
            .replace("moves_to: pool02", "moves_to: pool03")
            .replace("site: Redmond, phase", "site: Redmnd, phase");
        let found = read(&text).expect_err("refused");
        let told: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains(":6:") && told[0].contains("did you mean `pool02.contoso.com`?"), "{}", told[0]);
        assert!(told[1].contains(":7:") && told[1].contains("did you mean `Redmond`?"), "{}", told[1]);
    }

    #[test]
    fn where_a_legacy_pool_moves_must_be_known_from_the_pilot_on() {
        let undecided = SMALL.replace(", moves_to: pool02.contoso.com", "");
        let pool = &read(&undecided).expect("planning").view.legacy_pools[0];
        assert_eq!(pool.moves_to, None);
        for (from, to) in [
            ("environment: contoso", "environment: contoso\nphase: pilot"),
            ("{ name: Redmond }", "{ name: Redmond, phase: edge }"),
            ("role: legacy", "phase: post, role: legacy"),
        ] {
            let found = read(&undecided.replace(from, to)).expect_err(to);
            assert!(found[0].message.contains("move nowhere"), "{found:?}");
        }
    }

    #[test]
    fn a_probe_is_the_partners_own() {
        let with = |probe: &str| read(&format!("{SMALL}partners: [{{ domain: Fabrikam.com, probe: '{probe}' }}]\n"));
        for probe in ["sip:probe@fabrikam.com", "sip:Probe@FABRIKAM.com"] {
            assert!(with(probe).is_ok(), "{probe}");
        }
        // Whoever it is there has agreed to nothing.
        for probe in ["sip:sara@contoso.com", "sip:probe@sub.fabrikam.com", "sip:probe@notfabrikam.com"] {
            let found = with(probe).expect_err(probe);
            assert!(found[0].to_string().contains(":8:") && found[0].message.contains("another domain"), "{found:?}");
        }
        let own = read(&format!("{SMALL}partners: [{{ domain: Contoso.com, probe: 'sip:sara@contoso.com' }}]\n"));
        let found = own.expect_err("a partner is somebody else");
        assert!(found[0].to_string().contains(":8:") && found[0].message.contains("sip_domains"), "{found:?}");
    }

    #[test]
    fn an_address_where_nobody_can_be_is_refused_with_its_place() {
        for address in ["0.0.0.0", "'::'", "255.255.255.255", "224.0.0.5"] {
            let text = SMALL.replace("phase: pilot", &format!("phase: pilot, addresses: [10.0.0.1, {address}]"));
            let found = read(&text).expect_err(address);
            assert!(found[0].to_string().contains(":7:") && found[0].message.contains("nobody can be at"), "{found:?}");
        }
    }

    #[test]
    fn a_list_of_addresses_is_known_as_a_whole_or_not_at_all() {
        let pool = "role: target, product: sfb-2019, edition: standard, site: Redmond";
        let with = |addresses: &str| {
            let text = SMALL.replace("phase: pilot", addresses)
                + &format!("  - {{ fqdn: pool03.contoso.com, {pool}, addresses: [10.1.0.3] }}\n");
            read(&text).expect("reads").view.addresses.target_pools
        };
        assert_eq!(with("phase: pilot"), None, "one of two pools says nothing");
        assert_eq!(with("addresses: [10.1.0.2]"), Some(vec!["10.1.0.2".to_owned(), "10.1.0.3".to_owned()]));
    }

    #[test]
    fn keys_words_and_secrets_are_checked() {
        let wrong = |from: &str, to: &str| read(&SMALL.replace(from, to)).expect_err(to).remove(0);
        let found = read(&SMALL.replace("role: legacy", "rle: legacy")).expect_err("refused");
        assert!(found.iter().any(|diagnostic| diagnostic.code == Code::UnknownKey), "{found:?}");
        assert_eq!(wrong("role: legacy", "role: legcy").hint.as_deref(), Some("did you mean `legacy`?"));
        assert_eq!(
            wrong("environment: contoso", "environment: contoso\npolicy: { timeout: 5 }").code,
            Code::BareDuration
        );
        let account = "environment: c\naccounts: [{ sip: 'sip:a@b.c', user: a, password: secret }]";
        assert!(read(&SMALL.replace("environment: contoso", account)).is_err(), "a password in the file is refused");
    }
}
