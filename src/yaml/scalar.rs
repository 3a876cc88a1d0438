//! What a scalar stands for: strictly, so that a text is never taken for something else.

use granit_parser::ScalarStyle;

use super::node::{NodeKind, Style};

pub(super) fn scalar(value: &str, style: ScalarStyle) -> NodeKind {
    let style = match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        _ => Style::Block,
    };
    if style != Style::Plain {
        return NodeKind::Text(value.to_owned(), style);
    }
    match value {
        "" | "~" | "null" | "Null" | "NULL" => return NodeKind::Null,
        "true" | "True" | "TRUE" => return NodeKind::Bool(true),
        "false" | "False" | "FALSE" => return NodeKind::Bool(false),
        _ => {}
    }
    number(value).unwrap_or_else(|| NodeKind::Text(value.to_owned(), style))
}

/// Decimal numbers as everybody writes them. `010`, `1_000`, `0x10` and `.5` stay texts.
fn number(value: &str) -> Option<NodeKind> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let first = digits.bytes().next()?;
    if !first.is_ascii_digit() || (first == b'0' && digits.len() > 1 && !digits.starts_with("0.")) {
        return None;
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return value.parse().ok().map(NodeKind::Int);
    }
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (plain && digits.matches('.').count() == 1 && !digits.ends_with('.'))
        .then(|| value.parse().ok().filter(|number: &f64| number.is_finite()).map(NodeKind::Float))
        .flatten()
}
