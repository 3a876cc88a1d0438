//! The types of the roots: known when a check file is loaded, without any data.

use std::sync::{Arc, LazyLock};

use super::policy::policy_types;
use super::pools::{POOL_LISTS, linked};
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
            let doc = "The waves of the environment file, held against the users.";
            let missing = "SIP addresses on the wave's list that no user has: a list with a slip of the pen lets somebody stay behind.";
            let mut fields = wave_fields();
            let ty = Type::list(Type::Name);
            fields.push(Field { name: "missing".to_owned(), ty, doc: missing.to_owned() });
            let ty = Type::list(record("wave", Some("name"), fields));
            root.fields.push(Field { name: WAVES.to_owned(), ty, doc: doc.to_owned() });
        })
    });
    TYPE.clone()
}

/// The type of a user.
#[must_use]
pub fn user_type() -> Type {
    static TYPE: LazyLock<Type> = LazyLock::new(|| {
        let before = with(&plain_user(), [effective()]);
        let field = |name: &str, ty: Type, doc: &str| Field { name: name.to_owned(), ty, doc: doc.to_owned() };
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
        ];
        with(&plain_user(), own)
    });
    TYPE.clone()
}

/// What `inventory` calls the waves.
pub(super) const WAVES: &str = "waves";

fn wave_fields() -> Vec<Field> {
    let field = |name: &str, ty: Type, doc: &str| Field { name: name.to_owned(), ty, doc: doc.to_owned() };
    vec![
        field("name", Type::Name, "Its name."),
        field("to", Type::Name, "The target pool that it moves to."),
        field("state", Type::Choice(["planned", "moved"].map(str::to_owned).into()), "How far it has come."),
    ]
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
