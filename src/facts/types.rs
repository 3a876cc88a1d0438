//! The types of the roots: known when a check file is loaded, without any data.

use std::sync::{Arc, LazyLock};

use super::policy::policy_types;
use super::pools::{GOVERNING, POOL_LISTS, linked};
use crate::environment::Environment;
use crate::expression::{Field, RecordType, Type};
use crate::inventory::{Inventory, dataset};

/// The type of `environment`.
#[must_use]
pub fn environment_type() -> Type {
    static TYPE: LazyLock<Type> = LazyLock::new(|| {
        change(&Environment::ty(), |root| {
            for field in root.fields.iter_mut().filter(|field| POOL_LISTS.contains(&field.name.as_str())) {
                field.ty = of_items(&field.ty, |pool| change(pool, with_links));
            }
            root.fields.push(waves_field());
        })
    });
    TYPE.clone()
}

/// The type of `inventory`.
#[must_use]
pub fn inventory_type() -> Type {
    static TYPE: LazyLock<Type> = LazyLock::new(|| {
        change(&Inventory::ty(), |root| {
            for field in root.fields.iter_mut().filter(|field| field.name == "users") {
                field.ty = Type::list(user_type());
            }
            root.fields.push(baseline_field());
        })
    });
    TYPE.clone()
}

/// The type of a user.
#[must_use]
pub fn user_type() -> Type {
    static TYPE: LazyLock<Type> = LazyLock::new(|| {
        let before = with(&plain_user(), [effective()]);
        let wave = record("wave", Some("name"), wave_fields());
        let differences = policy_types().iter().map(|ty| {
            let doc = format!("Settings of the {} in which they differ.", ty.dataset.record);
            field(ty.field, Type::list(Type::Text), &doc)
        });
        let differences = record("policy differences", None, differences.collect());
        let own = [
            field("wave", wave.or_null(), "Those it moves with; none where no wave names it."),
            field(
                "before",
                before.or_null(),
                "The same object in the baseline, by GUID, then by SIP address; none where it was not there. Unknown without a baseline.",
            ),
            effective(),
            field(
                "policy_differences",
                differences,
                "By type of policy, the settings in which what governs it now differs from what governed it before; only what both have is compared.",
            ),
            field(
                "assignment_changes",
                Type::list(Type::Text),
                "The types of policy of which another one is assigned than before, as their fields are named.",
            ),
            field(
                "effective_changes",
                Type::list(Type::Text),
                "The types of policy of which another setting governs it than before, as their fields are named.",
            ),
            field(
                "undefined_policies",
                Type::list(Type::Text),
                "The types of policy of which one is assigned that does not exist, as their fields are named.",
            ),
            field(
                "effective_by_shell",
                dataset::named("effective_policies")
                    .map_or(Type::Any, |policies| Type::Record(Arc::new(policies.ty())))
                    .or_null(),
                "What `Get-CsEffectivePolicy` says of it; none where it was not asked.",
            ),
            field(
                "home_pool",
                Type::Name.or_null(),
                "The pool of its home server's entry in the directory. Unknown where neither directory nor topology tells.",
            ),
        ];
        with(&plain_user(), own)
    });
    TYPE.clone()
}

fn field(name: &str, ty: Type, doc: &str) -> Field {
    Field { name: name.to_owned(), ty, doc: doc.to_owned() }
}

fn wave_fields() -> Vec<Field> {
    vec![
        field("name", Type::Name, "Its name."),
        field("to", Type::Name, "The target pool that it moves to."),
        field("state", Type::Choice(["planned", "next", "moved"].map(str::to_owned).into()), "How far it has come."),
    ]
}

fn waves_field() -> Field {
    let member = record(
        "member",
        Some("sip_address"),
        vec![
            field("sip_address", Type::Name, "The SIP address, as the wave names it."),
            field("user", user_type().or_null(), "The user; none where there is no such user."),
        ],
    );
    let mut fields = wave_fields();
    fields.push(field("members", Type::list(member), "Those that it names."));
    field("waves", Type::list(record("wave", Some("name"), fields)), "Who moves with whom, in the order of the file.")
}

fn baseline_field() -> Field {
    let doubt = record(
        "doubt",
        Some("dataset"),
        vec![field("dataset", Type::Text, "The dataset."), field("reason", Type::Text, "Why it proves nothing.")],
    );
    let fields = vec![
        field("taken", Type::Time.or_null(), "When it was taken, by its oldest part; none where no part says."),
        field("users", Type::Int, "How many users it has."),
        field("doubts", Type::list(doubt), "Of what users are compared by, what is not proven to be complete."),
    ];
    field(
        "baseline",
        record("baseline", None, fields).or_null(),
        "The inventory from before; none where none is named.",
    )
}

fn effective() -> Field {
    let fields = policy_types().iter().map(|ty| Field {
        name: ty.field.to_owned(),
        ty: Type::Record(Arc::new(ty.dataset.ty())),
        doc: format!(
            "The {} that governs it: its own, else its Registrar's, its pool's site's, the global one.",
            ty.dataset.record
        ),
    });
    let doc = "The policies that govern it, by type. Unknown where the assigned one does not exist.";
    Field { name: "effective".to_owned(), ty: record("policies", None, fields.collect()), doc: doc.to_owned() }
}

fn plain_user() -> Type {
    dataset::named("users").map_or(Type::Any, |users| Type::Record(Arc::new(users.ty())))
}

fn record(name: &str, identity: Option<&str>, fields: Vec<Field>) -> Type {
    Type::Record(Arc::new(RecordType { name: name.to_owned(), fields, identity: identity.map(str::to_owned) }))
}

fn with_links(pool: &mut RecordType) {
    let governing = record(
        "governing policy",
        Some("type"),
        vec![
            field("type", Type::Choice(policy_types().iter().map(|ty| ty.field.to_owned()).collect()), "The type."),
            field("here", Type::Name, "What governs those on the pool who are assigned none."),
            field("there", Type::Name, "What will govern them on the pool that they move to."),
            field("differences", Type::list(Type::Text), "The settings in which both differ."),
        ],
    );
    let doc = "By type of policy, what governs those who are assigned none, here and where they move to. Nothing where they move nowhere.";
    pool.fields.push(field(GOVERNING, Type::list(governing), doc));
    for dataset in
        linked().filter(|dataset| !pool.fields.iter().any(|field| field.name == dataset.name)).collect::<Vec<_>>()
    {
        let item = if dataset.name == "users" { user_type() } else { Type::Record(Arc::new(dataset.ty())) };
        let doc = format!("Of `inventory.{}`, those that are homed on it or depend on it.", dataset.name);
        pool.fields.push(Field { name: dataset.name.to_owned(), ty: Type::list(item), doc });
    }
}

fn with(ty: &Type, fields: impl IntoIterator<Item = Field>) -> Type {
    change(ty, |record| record.fields.extend(fields))
}

fn change(ty: &Type, change: impl FnOnce(&mut RecordType)) -> Type {
    match ty {
        Type::Record(record) => {
            let mut record = record.as_ref().clone();
            change(&mut record);
            Type::Record(Arc::new(record))
        }
        other => other.clone(),
    }
}

fn of_items(ty: &Type, change: impl FnOnce(&Type) -> Type) -> Type {
    match ty {
        Type::List(item) => Type::list(change(item)),
        other => other.clone(),
    }
}
