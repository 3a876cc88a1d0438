//! `report.html`: one file that stands for itself, for people who weren't there.
//!
//! The verdict, what stands in the way and how far everything has come are markup, so that
//! they print and need no scripts. The list of all cases is drawn from data in the page,
//! a hundred at a time: it stays fluid with 10,000 cases, and the size of the page is
//! bounded whatever was found. Nothing from the environment becomes markup or script:
//! the template escapes, the script only ever sets text, and the page's own policy names
//! the digest of the one script that may run, and no address that may be asked.

mod data;
mod embedded;
mod page;

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::Serde;
use minijinja::{Environment, context};

use super::result::RunResult;
use data::Data;
use page::Page;

const TEMPLATE: &str = include_str!("page.html");
/// The style that all pages share.
pub(crate) const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Writes the page.
///
/// # Errors
/// What the writer says.
pub fn write(result: &RunResult, out: &mut dyn Write) -> io::Result<()> {
    let data = Data::of(result).json().map_err(io::Error::other)?;
    let page = Page::of(result);
    let mut engine = Environment::new();
    // A name that ends in `.html` makes the engine escape.
    engine.add_template("page.html", TEMPLATE).map_err(io::Error::other)?;
    let template = engine.get_template("page.html").map_err(io::Error::other)?;
    let context = context! {
        style => STYLE,
        script => SCRIPT,
        style_hash => digest(STYLE),
        script_hash => digest(SCRIPT),
        data => data,
        ..minijinja::Value::from(Serde(&page))
    };
    let text = template.render(context).map_err(io::Error::other)?;
    out.write_all(text.as_bytes())
}

/// A source expression of the page's content security policy.
pub(crate) fn digest(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    format!("sha256-{}", STANDARD.encode(digest))
}

#[cfg(test)]
mod tests;
