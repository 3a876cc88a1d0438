//! An inventory with other names in it.

use super::store::cell;
use super::store::column::{Column, Full};
use super::store::filling::Filling;
use super::store::{Disagreement, Inventory, PartRead, Source, Statement, Table};
use super::{Manifest, Role};

/// Puts other names in the place of those that are there.
pub trait Rewrite {
    /// A value of a field.
    fn named(&mut self, field: &str, text: &str) -> String;
    /// A message.
    fn said(&mut self, text: &str) -> String;
    /// An identifier.
    fn guid(&mut self, guid: [u8; 16]) -> [u8; 16];
}

impl Inventory {
    /// The same inventory with other names in it.
    ///
    /// # Errors
    /// A column would be larger than what is kept.
    pub fn rewritten(&self, with: &mut dyn Rewrite) -> Result<Self, String> {
        let full = |_: Full| "a field holds more than what is kept: 4 GiB".to_owned();
        let mut tables = Vec::with_capacity(self.tables.len());
        for table in &self.tables {
            let mut other = Table::empty(table.dataset);
            other.rows = table.rows;
            other.doubts = table.doubts.iter().map(|doubt| with.said(doubt)).collect();
            let same = |bytes: &[u8], out: &mut Vec<u8>| out.extend_from_slice(bytes);
            other.origin = table.origin.as_ref().map(|column| column_of(column, same)).transpose().map_err(full)?;
            for ((field, column), place) in table.dataset.fields.iter().zip(&table.columns).zip(&mut other.columns) {
                let Some(column) = column else { continue };
                let rewrite = |bytes: &[u8], out: &mut Vec<u8>| cell::rewrite(bytes, &field.name, with, out);
                *place = Some(column_of(column, rewrite).map_err(full)?);
            }
            tables.push(other);
        }
        let source = |source: &Source, with: &mut dyn Rewrite| Source {
            kind: source.kind.clone(),
            name: with.named("source", &source.name),
        };
        Ok(Self {
            tables,
            sources: self.sources.iter().map(|one| source(one, with)).collect(),
            parts: self.parts.iter().map(|part| part_of(part, with)).collect(),
            disagreements: self.disagreements.iter().map(|one| disagreement(one, with)).collect(),
            now: self.now,
        })
    }
}

fn column_of(column: &Column, mut rewrite: impl FnMut(&[u8], &mut Vec<u8>)) -> Result<Column, Full> {
    let column = column.opened();
    let (mut filling, mut bytes) = (Filling::new(), Vec::new());
    for row in 0..column.len() {
        bytes.clear();
        rewrite(column.get(row), &mut bytes);
        filling.push(&bytes)?;
    }
    Ok(filling.finish())
}

fn part_of(part: &PartRead, with: &mut dyn Rewrite) -> PartRead {
    let was = &part.manifest;
    let named =
        |text: &Option<String>, with: &mut dyn Rewrite| text.as_deref().map(|text| with.named("manifest", text));
    let role = |role: &Role, with: &mut dyn Rewrite| Role {
        name: with.named("role", &role.name),
        scopes: role.scopes.iter().map(|scope| with.named("scope", scope)).collect(),
    };
    PartRead {
        source: part.source,
        manifest: Manifest {
            call: with.said(&was.call),
            parameters: with.named("parameters", &was.parameters),
            environment: named(&was.environment, with),
            caller: named(&was.caller, with),
            roles: was.roles.as_ref().map(|roles| roles.iter().map(|one| role(one, with)).collect()),
            domain_controller: named(&was.domain_controller, with),
            machine: named(&was.machine, with),
            about: named(&was.about, with),
            errors: was.errors.iter().map(|error| with.said(error)).collect(),
            // They would prove what somebody guesses of the file.
            bytes: None,
            sha256: None,
            ..was.clone()
        },
        records: part.records,
        problems: part.problems.iter().map(|problem| with.said(problem)).collect(),
        label: with.said(&part.label).into(),
    }
}

fn disagreement(one: &Disagreement, with: &mut dyn Rewrite) -> Disagreement {
    let field = one.field.as_deref().unwrap_or_default();
    let statement = |said: &Statement, with: &mut dyn Rewrite| Statement {
        source: with.named("source", &said.source),
        value: with.named(field, &said.value),
    };
    Disagreement {
        dataset: one.dataset.clone(),
        identity: with.named("identity", &one.identity),
        field: one.field.clone(),
        values: one.values.iter().map(|said| statement(said, with)).collect(),
    }
}
