//! Reads the directory: each domain from its own domain controller, the Configuration
//! partition from the first one.

use std::collections::BTreeMap;

use ldap3_proto::parse_ldap_filter_str;
use ldap3_proto::proto::{LdapFilter, LdapSearchScope};
use tokio::time::Instant;

use super::classify::{MARKS, OF_CONFIGURATION, OF_DOMAINS, of_domain};
use super::client::{Client, Trouble, open};
use super::entry::Entry;
use super::known;
use super::parts::{Asking, Parts, datasets};
use super::passwords::Passwords;
use super::pools::Pools;
use super::record::attributes;
use super::search::{Pace, Query, search};
use super::way::{Stream, Way};
use crate::accounts::Accounts;
use crate::environment::{DirectoryServer, LdapSource};
use crate::inventory::{Builder, SourceId, dataset};
use crate::values::{Dn, Fqdn, fold};

pub(super) const DOMAINS: &str = "directory_domains";

/// What became of one domain controller, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The server.
    pub server: String,
    /// The domain that was read from it.
    pub domain: Option<String>,
    /// Objects that came of the domain.
    pub objects: u64,
    /// Pages in which they came.
    pub pages: u64,
    /// Referrals, none of which was followed.
    pub referrals: u64,
    /// Why it proves nothing, or not all; empty where all is well.
    pub troubles: Vec<String>,
    /// Values that could not be understood, and home servers that lead nowhere.
    pub notes: Vec<String>,
}

/// Reads all that a source names into a builder. `topology` tells the pool of a place such
/// as `1:2`, where a topology document is at hand.
///
/// Nothing is lost when a server goes away: what came before stays, and its parts say that
/// they are not all.
pub async fn read(
    source: &LdapSource,
    passwords: &Passwords,
    way: &dyn Way,
    accounts: &Accounts,
    topology: &BTreeMap<String, Fqdn>,
    builder: &mut Builder,
) -> Vec<Told> {
    let mut pools = Pools::new(topology);
    // One source: it is asked for all domains together.
    let id = builder.source("ldap", hosts(source));
    let mut forest = Vec::new();
    let mut all = Vec::new();
    let mut seen: Vec<Dn> = Vec::new();
    for (number, server) in source.servers.iter().enumerate() {
        let mut reading = Reading { source, server, passwords, id, builder, pools: &mut pools, told: Told::default() };
        reading.told.server = server.target().to_string();
        match reading.all(way, accounts, number == 0, &mut forest).await {
            Ok(domain) => seen.push(domain),
            Err(trouble) => reading.failed(number == 0, &trouble),
        }
        all.push(reading.told);
    }
    unread(id, source, &forest, &seen, builder);
    all
}

/// The servers, as messages name them.
fn hosts(source: &LdapSource) -> String {
    const NAMED: usize = 3;
    let hosts = source.servers.iter().take(NAMED).map(|server| server.host.value.to_string());
    let more = source.servers.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| format!("{more} more"));
    hosts.chain(more).collect::<Vec<_>>().join(", ")
}

/// Tells of the domains of the forest that no server was named for.
fn unread(id: SourceId, source: &LdapSource, forest: &[Dn], seen: &[Dn], builder: &mut Builder) {
    let named = source.servers.iter().filter_map(|server| server.domain.as_ref().map(|domain| &domain.value));
    let known: Vec<&Dn> = seen.iter().chain(named).collect();
    for domain in forest.iter().filter(|domain| !known.contains(domain)) {
        for dataset in datasets(&OF_DOMAINS) {
            builder.doubt(
                id,
                Some(dataset),
                format!("{domain} was not read: no domain controller of it is named, or none answered"),
            );
        }
    }
}

pub(super) struct Reading<'r> {
    pub(super) source: &'r LdapSource,
    pub(super) server: &'r DirectoryServer,
    pub(super) passwords: &'r Passwords,
    pub(super) id: SourceId,
    pub(super) builder: &'r mut Builder,
    pub(super) pools: &'r mut Pools,
    pub(super) told: Told,
}

pub(super) type Connected = Client<Box<dyn Stream>>;

/// What a server says of itself.
pub(super) struct Root {
    pub(super) domain: Dn,
    pub(super) configuration: Option<Dn>,
    pub(super) name: String,
}

impl Reading<'_> {
    /// Reads all of a server, and returns its domain.
    async fn all(
        &mut self,
        way: &dyn Way,
        accounts: &Accounts,
        first: bool,
        forest: &mut Vec<Dn>,
    ) -> Result<Dn, Trouble> {
        let mut client = open(way, &self.server.target(), self.server.tls, self.soon()).await?;
        let root = self.root(&mut client).await?;
        self.sign_in(&mut client, accounts).await?;
        self.told.domain = Some(dns_name(&root.domain));
        if first {
            self.configuration(&mut client, &root, forest).await;
        }
        self.domain(&mut client, &root).await;
        client.close(self.soon()).await;
        Ok(root.domain)
    }

    fn soon(&self) -> Instant {
        Instant::now() + self.source.timeout()
    }

    pub(super) fn pace(&self) -> Pace {
        Pace {
            page: Some(self.source.page_size()),
            timeout: self.source.timeout(),
            deadline: Instant::now() + self.source.within(),
        }
    }

    fn at_once(&self) -> Pace {
        Pace { page: None, ..self.pace() }
    }

    /// None of what this server was to tell is known.
    fn failed(&mut self, first: bool, trouble: &str) {
        let mut names = OF_DOMAINS.to_vec();
        if first {
            names.extend(OF_CONFIGURATION);
            names.push(DOMAINS);
        }
        names.sort_unstable();
        names.dedup();
        for dataset in datasets(&names) {
            self.builder.doubt(self.id, Some(dataset), trouble);
        }
        self.told.troubles.push(trouble.to_owned());
    }

    /// Signs in once. A rejected account is never used again.
    async fn sign_in(&self, client: &mut Connected, accounts: &Accounts) -> Result<(), Trouble> {
        let account = self.source.account(self.server);
        let password = self.passwords.of_account(account).ok_or_else(|| client.told("its password was not read"))?;
        let turn = accounts.turn(&account.user).await.map_err(|why| client.told(&why))?;
        match client.bind(&account.user, password, self.soon()).await {
            Ok(()) => {
                turn.over();
                Ok(())
            }
            Err((trouble, refusal)) => {
                if refusal.is_some_and(|refusal| refusal.rejects_account) {
                    turn.rejected(&trouble);
                }
                Err(trouble)
            }
        }
    }

    /// What the server says of itself before anybody has signed in (RFC 4512 5.1).
    async fn root(&self, client: &mut Connected) -> Result<Root, Trouble> {
        let asked = ["defaultNamingContext", "configurationNamingContext", "dnsHostName"];
        let query = Query {
            base: String::new(),
            scope: LdapSearchScope::Base,
            filter: LdapFilter::Present("objectClass".to_owned()),
            attributes: asked.map(str::to_owned).to_vec(),
        };
        let mut root = Entry::default();
        let searched = search(client, &query, self.at_once(), |entry| root = entry).await;
        let configured = |dn: &Option<crate::yaml::Spanned<Dn>>| dn.as_ref().map(|dn| dn.value.clone());
        let said = |attribute: &str| {
            let text = root.text(attribute)?;
            Some(text.parse::<Dn>().map_err(|error| client.told(&format!("{attribute}: {error}"))))
        };
        let domain = match configured(&self.server.domain) {
            Some(domain) => domain,
            None => said("defaultNamingContext").unwrap_or_else(|| {
                let why = "it doesn't say which domain is its own: name it (`domain`)";
                Err(searched.trouble.unwrap_or_else(|| client.told(why)))
            })?,
        };
        let configuration = match configured(&self.source.configuration) {
            Some(configuration) => Some(configuration),
            None => said("configurationNamingContext").transpose()?,
        };
        let name = root.text("dnsHostName").map_or_else(|| self.server.host.value.to_string(), str::to_owned);
        Ok(Root { domain, configuration, name })
    }

    pub(super) fn asking(&self, filter: &str, base: &str, root: &Root, domain: Option<String>) -> Asking {
        Asking {
            filter: filter.to_owned(),
            base: base.to_owned(),
            caller: self.source.account(self.server).user.clone(),
            controller: root.name.clone(),
            domain,
        }
    }

    /// Users and contacts of a domain.
    async fn domain(&mut self, client: &mut Connected, root: &Root) {
        let filter = format!("(|{})", MARKS.map(|mark| format!("({mark}=*)")).concat());
        let query = query(root.domain.to_string(), &filter, &OF_DOMAINS);
        let asking = self.asking(&filter, &query.base, root, Some(dns_name(&root.domain)));
        let mut parts = Parts::begin(self.builder, self.id, &OF_DOMAINS, &asking);
        let known = match &self.server.known {
            Some(known) => known::find(client, &query.base, &known.value, self.at_once()).await,
            None => Err(format!(
                "that the account may read {} is not proven: name an object that is there (`known`)",
                root.domain
            )),
        };
        // Active Directory keeps the partitions apart; other directories may have one below the other.
        let apart = root.configuration.as_ref().filter(|configuration| configuration.is_within(&root.domain));
        let (pace, pools, mut met) = (self.pace(), &mut *self.pools, false);
        let searched = search(client, &query, pace, |entry| {
            let elsewhere = apart.is_some_and(|apart| entry.dn.parse::<Dn>().is_ok_and(|dn| dn.is_within(apart)));
            if !elsewhere {
                met |= known.as_ref().is_ok_and(|known| *known == entry.dn);
                parts.take(&entry, &of_domain(&entry), pools);
            }
        })
        .await;
        let unproven = match known {
            Err(why) => Some(why),
            Ok(known) if !met && searched.trouble.is_none() => Some(format!(
                "the search of {} did not find the known object `{known}`: it proves nothing",
                root.domain
            )),
            Ok(_) => None,
        };
        if let Some(why) = unproven {
            parts.doubt(&OF_DOMAINS, &why);
            self.told.troubles.push(why);
        }
        let (server, objects, pages) = (&self.told.server, searched.entries, searched.pages);
        tracing::info!(%server, domain = %root.domain, objects, pages, "read a domain of the directory");
        self.told.objects = searched.entries;
        self.told.pages = searched.pages;
        self.told.referrals += searched.referrals;
        self.told.troubles.extend(searched.trouble.clone());
        self.told.notes.extend(parts.end(self.builder, &searched));
    }
}

pub(super) fn query(base: String, filter: &str, names: &[&str]) -> Query {
    Query {
        base,
        scope: LdapSearchScope::Subtree,
        // Ours are constants, and a test reads each; a wrong one must find nothing, and say so.
        filter: parse_ldap_filter_str(filter).unwrap_or_else(|_| LdapFilter::Or(Vec::new())),
        attributes: attributes(names.iter().filter_map(|name| dataset::named(name))),
    }
}

/// The DNS name of a domain: `DC=contoso,DC=com` → `contoso.com`.
fn dns_name(domain: &Dn) -> String {
    let labels: Vec<&str> = domain.parts().iter().filter_map(|part| part.text("DC")).collect();
    if labels.is_empty() { domain.to_string() } else { fold(&labels.join(".")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_has_a_dns_name() {
        let named = |text: &str| dns_name(&text.parse().expect("a name"));
        assert_eq!(named("dc=EMEA,DC=contoso,DC=com"), "emea.contoso.com");
        assert_eq!(named("O=contoso"), "O=contoso");
    }

    struct Nowhere;

    impl Way for Nowhere {
        fn connect<'a>(
            &'a self,
            target: &'a crate::values::HostPort,
            _: Instant,
        ) -> futures::future::BoxFuture<'a, Result<tokio::net::TcpStream, String>> {
            Box::pin(async move { Err(format!("connect to {target}: refused")) })
        }

        fn secure<'a>(
            &'a self,
            _: tokio::net::TcpStream,
            target: &'a crate::values::HostPort,
            _: Instant,
        ) -> futures::future::BoxFuture<'a, Result<Box<dyn Stream>, String>> {
            Box::pin(async move { Err(format!("tls {target}: refused")) })
        }
    }

    /// The runtime may move it from thread to thread, and what it doesn't get it tells.
    #[tokio::test]
    async fn nothing_that_could_not_be_read_is_taken_for_empty() {
        fn moves<F: Future + Send>(reading: F) -> F {
            reading
        }
        let text = "
servers: [{ host: dc1.contoso.com }, { host: dc1.emea.contoso.com, tls: start-tls }]
account: { user: reader, password: { env: PATH } }
";
        let file = std::sync::Arc::new(crate::diagnostic::Source::new("source.yaml", text));
        let source: LdapSource = crate::yaml::load(&file, crate::yaml::Limits::default()).expect("reads");
        let (mut builder, accounts, topology) = (Builder::default(), Accounts::of_this_run("contoso"), BTreeMap::new());
        let passwords = Passwords::of(&source).await.expect("a variable that is set everywhere");
        let told = moves(read(&source, &passwords, &Nowhere, &accounts, &topology, &mut builder)).await;
        assert_eq!(told.len(), 2);
        let inventory = builder.finish(&crate::inventory::Expectations::at(jiff::Timestamp::now()));
        for name in [&OF_DOMAINS[..], &OF_CONFIGURATION[..], &[DOMAINS]].concat() {
            let doubt = inventory.doubt(name).expect("it proves nothing");
            assert!(doubt.contains("connect to dc1.contoso.com:636: refused"), "{name}: {doubt}");
        }
        assert!(inventory.doubt("users").is_some_and(|doubt| doubt.contains("dc1.emea.contoso.com:389")));
    }

    #[test]
    fn a_source_without_servers_or_with_unknown_keys_is_refused() {
        for text in [
            "servers: []\naccount: { user: a, password: { env: B } }",
            "servers: [{ host: dc1 }]\naccount: { user: a, password: { env: B } }",
            "servers: [{ host: dc1.contoso.com, tls: none }]\naccount: { user: a, password: { env: B } }",
            "servers: [{ host: dc1.contoso.com }]\naccount: { user: a, password: hunter2 }",
            "servers: [{ host: dc1.contoso.com, domain: contoso.com }]\naccount: { user: a, password: { env: B } }",
            "servers: [{ host: dc1.contoso.com }]\npage_size: 0\naccount: { user: a, password: { env: B } }",
        ] {
            let file = std::sync::Arc::new(crate::diagnostic::Source::new("source.yaml", text));
            let read: Result<LdapSource, _> = crate::yaml::load(&file, crate::yaml::Limits::default());
            assert!(read.is_err(), "{text}");
        }
    }

    #[test]
    fn the_filters_are_filters() {
        for filter in
            [super::super::configuration::IN_FOREST, "(|(msRTCSIP-PrimaryUserAddress=*)(objectClass=msRTCSIP-Pool))"]
        {
            assert!(parse_ldap_filter_str(filter).is_ok(), "{filter}");
        }
    }
}
