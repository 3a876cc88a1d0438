//! The waves of an environment file → who moves.

use super::list;
use crate::diagnostic::{Code, Diagnostic};
use crate::environment::{Environment, Wave as WaveFile, WaveUsers};
use crate::expression::{Scope, Type, compile};
use crate::facts::{Members, Wave, Waves, user_type};
use crate::inventory::Inventory;
use crate::yaml::Spanned;

/// The addresses in the list of a wave, folded.
pub(super) type Listed<'a> = &'a dyn Fn(&WaveFile, &str) -> Result<Vec<String>, Vec<Diagnostic>>;

/// The waves as they are now: their lists are read from where the environment file is.
///
/// # Errors
/// All that is wrong with them.
pub(super) fn waves_now(environment: &Environment) -> Result<Waves, Vec<Diagnostic>> {
    let hint = "the path of a wave's list is relative to the environment file";
    let told = |one: Diagnostic| if one.code == Code::Unreadable { one.hint(hint) } else { one };
    let read = |path: &str| list::read(&environment.folder.join(path));
    waves(environment, &|_, path| read(path).map_err(|found| found.into_iter().map(told).collect()))
}

/// Takes the lists and compiles the expressions of all waves.
///
/// # Errors
/// All that is wrong with them.
pub(super) fn waves(environment: &Environment, listed: Listed<'_>) -> Result<Waves, Vec<Diagnostic>> {
    let (mut waves, mut wrong) = (Vec::new(), Vec::new());
    for file in &environment.file.waves {
        match members(environment, file, listed) {
            Ok(members) => waves.push(Wave {
                name: file.name.value.clone(),
                to: file.to.value.to_string(),
                state: file.state,
                members,
            }),
            Err(found) => wrong.extend(found),
        }
    }
    if wrong.is_empty() { Ok(Waves(waves)) } else { Err(wrong) }
}

fn members(environment: &Environment, wave: &WaveFile, listed: Listed<'_>) -> Result<Members, Vec<Diagnostic>> {
    match &wave.users {
        WaveUsers::List(users) => Ok(Members::Named(users.iter().map(|user| user.value.folded()).collect())),
        WaveUsers::File(path) => Ok(Members::Named(listed(wave, &path.value)?.into_iter().collect())),
        WaveUsers::Where(text) => expression(environment, text),
    }
}

/// An expression over a user's own record: its wave can't be read while it is worked out.
fn expression(environment: &Environment, text: &Spanned<String>) -> Result<Members, Vec<Diagnostic>> {
    let source = &environment.source;
    let mut scope = Scope::default();
    let slot = scope.add("user", plain_user());
    let expression = compile(&text.value, &scope).map_err(|flaws| {
        let told = flaws.into_iter().map(|flaw| {
            let place = text.place_inside(source, flaw.span);
            let mut diagnostic = Diagnostic::at(flaw.code, source, place, flaw.message);
            diagnostic.hint = flaw.hint;
            diagnostic
        });
        told.collect::<Vec<_>>()
    })?;
    if !matches!(expression.ty(), Type::Bool | Type::Any) {
        let message = format!("this must be true or false, and it is {}", expression.ty());
        return Err(vec![Diagnostic::at(Code::NotBoolean, source, text.range.clone(), message)]);
    }
    Ok(Members::Where { expression, slot })
}

fn plain_user() -> Type {
    let Type::Record(root) = Inventory::ty() else { return user_type() };
    match root.field("users").map(|field| &field.ty) {
        Some(Type::List(user)) => user.as_ref().clone(),
        _ => user_type(),
    }
}
