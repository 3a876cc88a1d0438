//! What filters and tests know of the product's notations: services and versions.

use super::types::Type;
use super::value::Value;
use crate::values::Version;

/// The pool in a service's identity, `EdgeServer:edge02.contoso.com`; a bare name is a pool's.
pub(super) fn pool_of(input: &Value) -> Result<Value, String> {
    let identity = match input {
        Value::Null => return Ok(Value::Null),
        Value::Text(text) | Value::Name(text) => text,
        other => return Err(format!("`pool_of` is for services, and this is {}", other.kind())),
    };
    let rest = identity.rsplit_once(':').map_or(identity.as_ref(), |(_, rest)| rest);
    let pool = rest.split_once('/').map_or(rest, |(pool, _)| pool).trim();
    if pool.is_empty() { Err(format!("`{identity}` names no pool")) } else { Ok(Value::Name(pool.into())) }
}

pub(super) fn pool_of_type(input: &Type) -> Result<Type, String> {
    match input {
        Type::Text | Type::Name => Ok(Type::Name),
        Type::Any | Type::Null => Ok(input.clone()),
        Type::Nullable(inner) if matches!(inner.present(), Type::Text | Type::Name) => Ok(Type::Name.or_null()),
        other => Err(format!("`pool_of` is for services, and this is {other}")),
    }
}

/// Marks that PowerShell takes for a single quote (its own help, `about_Quoting_Rules`), each written twice inside one.
const SINGLE_QUOTES: [char; 5] = ['\'', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}'];

/// A value as an argument of a command: nothing in it is expanded. None is `$null`.
pub(super) fn quoted(input: &Value) -> Result<Value, String> {
    let text = match input {
        Value::Null => return Ok(Value::Text("$null".into())),
        Value::List(_) | Value::Record(_) => {
            return Err(format!("`quoted` is for single values, and this is {}", input.kind()));
        }
        other => other.to_string(),
    };
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for letter in text.chars() {
        out.push(letter);
        if SINGLE_QUOTES.contains(&letter) {
            out.push(letter);
        }
    }
    out.push('\'');
    Ok(Value::Text(out.into()))
}

pub(super) fn quoted_type(input: &Type) -> Result<Type, String> {
    match input.present() {
        Type::List(_) | Type::Record(_) => Err(format!("`quoted` is for single values, and this is {input}")),
        _ => Ok(Type::Text),
    }
}

/// Whether a version is another one or a later one.
pub(super) fn not_older(version: &str, than: &str) -> Result<bool, String> {
    let parse = |text: &str| text.parse::<Version>().map_err(|invalid| invalid.to_string());
    Ok(parse(version)? >= parse(than)?)
}
