//! The Configuration partition: the whole forest's, and the same on every domain controller.

use super::classify::{CLASSES, MARKS, OBJECTS, OF_CONFIGURATION, of_configuration};
use super::parts::{Parts, datasets};
use super::read::{Connected, DOMAINS, Reading, Root, query};
use super::search::search;
use crate::values::Dn;

/// The domains of a forest: other partitions have no short name.
pub(super) const IN_FOREST: &str = "(&(objectClass=crossRef)(nETBIOSName=*))";
/// Objects that are kept until the pools among them are known.
const MOST: usize = 500_000;

impl Reading<'_> {
    /// Pools, Edges and application contacts, and the domains of the forest.
    pub(super) async fn configuration(&mut self, client: &mut Connected, root: &Root, forest: &mut Vec<Dn>) {
        let Some(configuration) = &root.configuration else {
            let why = client.told("it doesn't say where its Configuration partition is: name it (`configuration`)");
            let names = [&OF_CONFIGURATION[..], &[DOMAINS]].concat();
            for dataset in datasets(&names) {
                self.builder.doubt(self.id, Some(dataset), why.clone());
            }
            self.told.troubles.push(why);
            return;
        };
        self.domains(client, root, configuration, forest).await;
        let service = self.source.rtc_service.as_ref().map_or_else(
            || configuration.below("CN=RTC Service,CN=Services").unwrap_or_else(|_| configuration.clone()),
            |service| service.value.clone(),
        );
        let marks = MARKS.iter().map(|mark| format!("({mark}=*)"));
        let classes = CLASSES.iter().map(|(class, _)| format!("(objectClass={class})"));
        let filter = format!("(|{})", marks.chain(classes).collect::<String>());
        let query = query(service.to_string(), &filter, &OF_CONFIGURATION);
        let asking = self.asking(&filter, &query.base, root, None);
        let mut parts = Parts::begin(self.builder, self.id, &OF_CONFIGURATION, &asking);
        let (mut entries, mut over) = (Vec::new(), 0_u64);
        let mut searched =
            search(
                client,
                &query,
                self.pace(),
                |entry| {
                    if entries.len() < MOST { entries.push(entry) } else { over += 1 }
                },
            )
            .await;
        if over > 0 && searched.trouble.is_none() {
            let why = format!("more than the {MOST} objects that are read below {service}");
            searched.trouble = Some(client.told(&why));
        }
        if searched.no_base {
            let why = format!("there is no `{service}`, or the account may not see it: name it (`rtc_service`)");
            searched.trouble = Some(client.told(&why));
        }
        for pool in entries.iter().filter(|entry| entry.has("objectClass", "msRTCSIP-Pool")) {
            if let Err(why) = self.pools.learn(pool) {
                self.told.notes.push(why);
            }
        }
        for entry in &entries {
            parts.take(entry, &of_configuration(entry), self.pools);
        }
        self.doubts_of_configuration(&mut parts, &service);
        self.told.referrals += searched.referrals;
        self.told.troubles.extend(searched.trouble.clone());
        self.told.notes.extend(parts.end(self.builder, &searched));
    }

    /// Every deployment has pools, and every pool contacts of its own: who sees none may not
    /// read them.
    fn doubts_of_configuration(&mut self, parts: &mut Parts, service: &Dn) {
        let contacts = [OBJECTS, "application_endpoints", "dial_in_access_numbers", "trusted_application_endpoints"];
        let (names, what) = if self.pools.known() == 0 {
            (&OF_CONFIGURATION[..], "no pool with a name was found")
        } else if parts.count("application_endpoints") == 0 {
            (&contacts[..], "no application contact was found, not even the product's own")
        } else {
            return;
        };
        let why = format!("below `{service}` {what}: the right to read there is not proven");
        parts.doubt(names, &why);
        self.told.troubles.push(why);
    }

    /// The domains of the forest: each must be read.
    async fn domains(&mut self, client: &mut Connected, root: &Root, configuration: &Dn, forest: &mut Vec<Dn>) {
        let base = configuration.below("CN=Partitions").unwrap_or_else(|_| configuration.clone());
        let query = query(base.to_string(), IN_FOREST, &[DOMAINS]);
        let asking = self.asking(IN_FOREST, &query.base, root, None);
        let mut parts = Parts::begin(self.builder, self.id, &[DOMAINS], &asking);
        let (pace, pools) = (self.pace(), &mut *self.pools);
        let searched = search(client, &query, pace, |entry| {
            parts.take(&entry, &[DOMAINS], pools);
            forest.extend(entry.text("nCName").and_then(|name| name.parse::<Dn>().ok()));
        })
        .await;
        self.told.troubles.extend(searched.trouble.clone());
        self.told.notes.extend(parts.end(self.builder, &searched));
    }
}
