//! Which policy governs a user: its own, else that of its Registrar, of the site of its
//! pool, or the global one.
//!
//! The site is that of the *pool*: a move to a pool in another site changes what governs
//! a user without a change of the user.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::alike::Alike;
use crate::expression::{Lookup, Value};
use crate::inventory::{Dataset, Inventory, Kind, Row, dataset};
use crate::values::fold;

/// A type of policy: how a user's assignment is called, and where the policies are.
#[derive(Clone, Copy, Debug)]
pub struct PolicyType {
    /// The field of a user that names the assigned one.
    pub field: &'static str,
    /// The dataset of the policies.
    pub dataset: &'static Dataset,
    /// Whether every version is known to show the assignment: where it is missing, something is wrong.
    pub expected: bool,
}

/// Every type of policy that a user may be assigned and whose policies are a dataset.
pub fn policy_types() -> &'static [PolicyType] {
    static TYPES: OnceLock<Vec<PolicyType>> = OnceLock::new();
    TYPES.get_or_init(|| {
        let Some(users) = dataset::named("users") else { return Vec::new() };
        let assigned = users.fields.iter().filter(|field| field.kind == Kind::Policy);
        assigned
            .filter_map(|field| {
                let plural = match field.name.strip_suffix('y') {
                    Some(stem) => format!("{stem}ies"),
                    None => format!("{}s", field.name),
                };
                Some(PolicyType { field: &field.name, dataset: dataset::named(&plural)?, expected: field.confirmed })
            })
            .collect()
    })
}

/// What governs the users of one inventory. Answers are remembered: there are few policies
/// and many users.
#[derive(Debug)]
pub struct Effective {
    inventory: Arc<Inventory>,
    /// Pool → the identities of its sites: one, where all is well.
    sites: OnceLock<Result<HashMap<String, Vec<String>>, String>>,
    known: Mutex<HashMap<Question, Answer>>,
    alike: OnceLock<Option<Alike>>,
}

/// The type's place among the types, the assigned policy, the pool; names folded.
type Question = (usize, Option<String>, Option<String>);
type Answer = Result<Row, String>;

impl Effective {
    /// Which users agree in all that decides what governs them.
    pub(super) fn alike(&self) -> Option<&Alike> {
        self.alike.get_or_init(|| Alike::of(&self.inventory)).as_ref()
    }

    pub(super) fn of(inventory: Arc<Inventory>) -> Self {
        Self { inventory, sites: OnceLock::new(), known: Mutex::default(), alike: OnceLock::new() }
    }

    /// The policy of a type that governs a user.
    ///
    /// # Errors
    /// Why it is not known.
    pub(super) fn policy(&self, user: &Row, number: usize) -> Answer {
        let ty = policy_types().get(number).copied().ok_or("there is no such type of policy")?;
        let assigned = name(user.field(ty.field))?;
        let pool = match &assigned {
            Some(_) => None,
            None => name(user.field("registrar_pool"))?,
        };
        self.answer(ty, (number, assigned, pool))
    }

    /// The policy of a type that governs those on a pool who are assigned none.
    ///
    /// # Errors
    /// Why it is not known.
    pub(super) fn of_pool(&self, pool: &str, number: usize) -> Answer {
        let ty = policy_types().get(number).copied().ok_or("there is no such type of policy")?;
        self.answer(ty, (number, None, Some(fold(pool))))
    }

    fn answer(&self, ty: PolicyType, question: Question) -> Answer {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = known().get(&question) {
            return answer.clone();
        }
        let answer = self.resolve(ty, question.1.as_deref(), question.2.as_deref());
        known().insert(question, answer.clone());
        answer
    }

    fn resolve(&self, ty: PolicyType, assigned: Option<&str>, pool: Option<&str>) -> Answer {
        let PolicyType { field, dataset, .. } = ty;
        if let Some(reason) = self.inventory.doubt(dataset.name) {
            return Err(format!("{} are not proven to be complete: {reason}", dataset.name));
        }
        let find = |identity: &str| self.inventory.find(dataset.name, "identity", identity);
        if let Some(assigned) = assigned {
            return find(&format!("Tag:{assigned}"))
                .ok_or_else(|| format!("the assigned {field} `{assigned}` does not exist"));
        }
        let narrower = match pool {
            None => None,
            Some(pool) => match find(&format!("Service:Registrar:{pool}")) {
                Some(row) => Some(row),
                None => self.site(pool)?.and_then(|site| find(&site)),
            },
        };
        narrower.or_else(|| find("Global")).ok_or_else(|| format!("there is no global policy among {}", dataset.name))
    }

    /// The identity of the site that a pool is in.
    fn site(&self, pool: &str) -> Result<Option<String>, String> {
        let sites = self.sites.get_or_init(|| {
            if let Some(reason) = self.inventory.doubt("sites") {
                return Err(format!("sites are not proven to be complete: {reason}"));
            }
            let mut found: HashMap<String, Vec<String>> = HashMap::new();
            for site in self.inventory.rows("sites").into_iter().flatten() {
                let Some(identity) = name(site.field("identity"))? else { continue };
                let pools = match site.field("pools") {
                    Lookup::Known(Value::List(pools)) => pools,
                    Lookup::Known(_) => continue,
                    Lookup::Unknown(reason) => return Err(format!("the pools of {identity} are not known: {reason}")),
                    Lookup::Missing => return Err("sites have no pools".to_owned()),
                };
                for pool in pools.iter() {
                    let of = found.entry(fold(&pool.to_string())).or_default();
                    if !of.contains(&identity) {
                        of.push(identity.clone());
                    }
                }
            }
            Ok(found)
        });
        let sites = sites.as_ref().map_err(Clone::clone)?;
        match sites.get(&fold(pool)).map(Vec::as_slice) {
            Some([site]) => Ok(Some(site.clone())),
            Some(several @ [_, ..]) => Err(format!("{pool} is in more than one site: {}", several.join(", "))),
            // The global policy would be a guess.
            Some([]) | None => Err(format!("{pool} is in no site that was read")),
        }
    }
}

/// A name, folded; none where the fact is none.
///
/// # Errors
/// Why it is unknown.
pub(super) fn name(lookup: Lookup) -> Result<Option<String>, String> {
    match lookup {
        Lookup::Known(Value::Null) => Ok(None),
        Lookup::Known(value) => Ok(Some(fold(&value.to_string()))),
        Lookup::Unknown(reason) => Err(reason),
        Lookup::Missing => Err("the inventory has no such field".to_owned()),
    }
}

/// What a policy's record has beside its settings: not compared.
const BOOKKEEPING: [&str; 10] = [
    "identity",
    "scope",
    "policy_name",
    "description",
    "anchor",
    "element",
    "xs_any_elements",
    "xs_any_attributes",
    "ps_computer_name",
    "runspace_id",
];

/// The settings in which two policies differ, by name. Only what both came with is compared:
/// newer modules show more properties.
///
/// # Errors
/// A setting of both can't be read in one of them, or they have none in common: nothing was compared.
pub(super) fn differences(before: &Row, now: &Row) -> Result<Vec<String>, String> {
    let settings = |row: &Row| {
        let own = row.delivered().into_iter().filter(|(name, _)| !BOOKKEEPING.contains(&name.as_str()));
        own.collect::<BTreeMap<String, Lookup>>()
    };
    let (then, now) = (settings(before), settings(now));
    let mut different = Vec::new();
    let mut compared = 0;
    for (name, then) in &then {
        match (then, now.get(name)) {
            (Lookup::Known(then), Some(Lookup::Known(now))) => {
                compared += 1;
                if then.to_json() != now.to_json() {
                    different.push(name.clone());
                }
            }
            (Lookup::Unknown(reason), Some(_)) | (_, Some(Lookup::Unknown(reason))) => {
                return Err(format!("whether {name} of the policy {} changed: {reason}", before.shown()));
            }
            _ => {}
        }
    }
    if compared == 0 {
        return Err("the policy before and the one now have no setting in common that could be compared".to_owned());
    }
    Ok(different)
}
