//! Any record of any dataset becomes values of the types that expressions rely on, or unknown.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use poolproof::expression::{Lookup, Record, Type, Value};
use poolproof::inventory::{Builder, Expectations, Inventory, Manifest, dataset, snapshot};

fuzz_target!(|data: &[u8]| {
    let Some((chosen, text)) = data.split_first() else { return };
    let all = dataset::all();
    // The highest bit asks for a snapshot too: it writes and reads every dataset there is, and
    // costs more than the records.
    let (chosen, kept) = (chosen & 0x7f, chosen & 0x80 != 0);
    let Some(dataset) = all.get(usize::from(chosen) % all.len()) else { return };
    let mut builder = Builder::default();
    let source = builder.source("export", "fuzz");
    for piece in text.split(|byte| *byte == 0).take(4) {
        let mut part = builder.part(source, Manifest::new(dataset.name, "fuzz")).expect("a dataset");
        for line in piece.split(|byte| *byte == b'\n') {
            drop(part.record_json(line));
        }
        builder.end(part);
    }
    let inventory = Arc::new(builder.finish(&Expectations::at(jiff::Timestamp::UNIX_EPOCH)));
    look(&inventory, dataset);
    if !kept {
        return;
    }
    let mut bytes = Vec::new();
    snapshot::write(&inventory, &mut bytes).expect("it has room");
    let again = Arc::new(snapshot::of_bytes(&bytes).expect("what was written is read"));
    assert_eq!(again.hash(), inventory.hash());
    look(&again, dataset);
});

fn look(inventory: &Arc<Inventory>, dataset: &poolproof::inventory::Dataset) {
    let ty = dataset.ty();
    for row in inventory.rows(dataset.name).expect("a dataset") {
        for field in &ty.fields {
            if let Lookup::Known(value) = row.get(&field.name) {
                assert!(fits(&value, &field.ty), "{}: {value:?}", field.name);
            }
        }
        drop(row.identity());
    }
}

fn fits(value: &Value, ty: &Type) -> bool {
    match (value, ty) {
        (_, Type::Any) | (Value::Null, Type::Nullable(_)) => true,
        (value, Type::Nullable(inner)) => fits(value, inner),
        (Value::Bool(_), Type::Bool) | (Value::Int(_), Type::Int) | (Value::Time(_), Type::Time) => true,
        (Value::Float(_) | Value::Int(_), Type::Float) => true,
        (Value::Text(_), Type::Text | Type::Choice(_)) | (Value::Name(_), Type::Name) => true,
        // What an item of a list can't be read as is none there.
        (Value::List(items), Type::List(inner)) => {
            items.iter().all(|item| matches!(item, Value::Null) || fits(item, inner))
        }
        _ => false,
    }
}
