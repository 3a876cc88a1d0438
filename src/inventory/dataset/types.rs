//! The datasets as expressions know them: types that hold without any data.

use std::sync::{Arc, LazyLock};

use super::{Dataset, Derivation, Field, Kind, all};
use crate::expression::{Field as TypeField, RecordType, Type};

/// The field of every record that lists the sources which had it.
pub const SOURCES: &str = "sources";
/// The field of every record that says when it was read.
pub const READ_AT: &str = "read_at";

impl Field {
    /// Its type in expressions. Anything may be null: only few properties are known never to be.
    #[must_use]
    pub fn ty(&self) -> Type {
        match self.derived {
            Some(Derivation::Settings) => Type::Any,
            Some(Derivation::ScopeOf(_)) => {
                Type::Choice(["global", "site", "service", "user"].map(str::to_owned).into())
            }
            _ => self.kind.ty().or_null(),
        }
    }
}

impl Kind {
    /// The type of its values in expressions, without their null.
    #[must_use]
    pub fn ty(&self) -> Type {
        match self {
            Self::Text | Self::Sid | Self::Version => Type::Text,
            Self::Name
            | Self::Sip
            | Self::Dn
            | Self::Guid
            | Self::Policy
            | Self::PolicyIdentity
            | Self::Pool
            | Self::Service
            | Self::Site => Type::Name,
            Self::Bool => Type::Bool,
            Self::Int => Type::Int,
            Self::Time => Type::Time,
            Self::Duration => Type::Float,
            Self::Choice(choice) if choice.closed => {
                Type::Choice(choice.words.iter().map(|(word, _)| (*word).to_owned()).collect())
            }
            Self::Choice(_) => Type::Text,
            Self::List(inner) => Type::list(inner.ty()),
            Self::Any => Type::Any,
        }
    }
}

/// The type of the root `inventory` in expressions, from the table alone.
#[must_use]
pub fn ty() -> Type {
    static TY: LazyLock<Arc<RecordType>> = LazyLock::new(|| {
        let fields = all().iter().map(|dataset| TypeField {
            name: dataset.name.to_owned(),
            ty: Type::list(Type::Record(Arc::new(dataset.ty()))),
            doc: dataset.doc.to_owned(),
        });
        let fields = fields.chain([parts_type(), disagreements_type(), compared_list_type()]).collect();
        Arc::new(RecordType { name: "inventory".to_owned(), fields, identity: None })
    });
    Type::Record(Arc::clone(&TY))
}

/// What was read, part by part: beside the datasets in the root `inventory`.
pub const PARTS: &str = "parts";
/// Where two sources differ: beside the datasets in the root `inventory`.
pub const DISAGREEMENTS: &str = "disagreements";

/// The datasets that more than one source delivered: beside the datasets in the root `inventory`.
pub const COMPARED: &str = "compared";

/// The type of the records of `inventory.disagreements`.
pub(crate) fn disagreement_type() -> Option<Arc<RecordType>> {
    static TY: LazyLock<Type> = LazyLock::new(|| disagreements_type().ty);
    let Type::List(item) = &*TY else { return None };
    if let Type::Record(record) = item.as_ref() { Some(Arc::clone(record)) } else { None }
}

/// The type of the records of `inventory.compared`.
pub(crate) fn compared_type() -> Option<Arc<RecordType>> {
    static TY: LazyLock<Type> = LazyLock::new(|| compared_list_type().ty);
    let Type::List(item) = &*TY else { return None };
    if let Type::Record(record) = item.as_ref() { Some(Arc::clone(record)) } else { None }
}

fn compared_list_type() -> TypeField {
    let differing =
        "Where they say different things of one object. Unknown where one of them is not proven to be whole.";
    let compared = plain_record(
        "compared dataset",
        Some("name"),
        &[("name", Type::Text, "Its name."), (DISAGREEMENTS, disagreements_type().ty, differing)],
    );
    TypeField {
        name: COMPARED.to_owned(),
        ty: Type::list(compared),
        doc: "The datasets that more than one source delivered.".to_owned(),
    }
}

fn plain_record(name: &str, identity: Option<&str>, fields: &[(&str, Type, &str)]) -> Type {
    let fields = fields.iter().map(|(name, ty, doc)| TypeField {
        name: (*name).to_owned(),
        ty: ty.clone(),
        doc: (*doc).to_owned(),
    });
    Type::Record(Arc::new(RecordType {
        name: name.to_owned(),
        fields: fields.collect(),
        identity: identity.map(str::to_owned),
    }))
}

fn parts_type() -> TypeField {
    let part = plain_record(
        "part",
        None,
        &[
            ("dataset", Type::Text, "The dataset."),
            ("source", Type::Text, "The source."),
            ("call", Type::Text, "The cmdlet or query."),
            ("about", Type::Name.or_null(), "The host, domain or pool that it is about, where a call sees no more."),
            ("machine", Type::Name.or_null(), "The machine that asked."),
            ("caller", Type::Name.or_null(), "The account that asked."),
            ("domain_controller", Type::Name.or_null(), "The domain controller that was asked."),
            ("records", Type::Int, "How many records were read."),
            ("start", Type::Time.or_null(), "When the call began."),
            ("end", Type::Time.or_null(), "When it ended."),
            ("problems", Type::list(Type::Text), "Why it proves nothing, if it doesn't."),
        ],
    );
    TypeField { name: PARTS.to_owned(), ty: Type::list(part), doc: "What was read, part by part.".to_owned() }
}

fn disagreements_type() -> TypeField {
    let statement = plain_record(
        "statement",
        Some("source"),
        &[("source", Type::Text, "The source."), ("value", Type::Text, "What it says.")],
    );
    let disagreement = plain_record(
        "disagreement",
        Some("key"),
        &[
            ("key", Type::Text, "Dataset, object and field: what tells it from others."),
            ("dataset", Type::Text, "The dataset."),
            ("identity", Type::Name, "The object."),
            ("field", Type::Text.or_null(), "The field; none where only one of the sources has the object."),
            ("values", Type::list(statement), "What each source says."),
        ],
    );
    TypeField {
        name: DISAGREEMENTS.to_owned(),
        ty: Type::list(disagreement),
        doc: "Where two sources say different things of one object.".to_owned(),
    }
}

impl Dataset {
    /// The type of its records in expressions.
    #[must_use]
    pub fn ty(&self) -> RecordType {
        let mut fields: Vec<TypeField> = self
            .fields
            .iter()
            .map(|field| TypeField { name: field.name.clone(), ty: field.ty(), doc: field.doc.to_owned() })
            .collect();
        fields.push(TypeField {
            name: SOURCES.to_owned(),
            ty: Type::list(Type::Text),
            doc: "The sources that had it.".to_owned(),
        });
        fields.push(TypeField { name: READ_AT.to_owned(), ty: Type::Time, doc: "When it was read.".to_owned() });
        RecordType {
            name: self.record.to_owned(),
            fields,
            identity: self.identity.first().and_then(|index| self.fields.get(*index)).map(|field| field.name.clone()),
        }
    }
}
