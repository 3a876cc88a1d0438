//! The script of one call: a template, what all scripts have in common, and the list.

use std::sync::LazyLock;

use crate::powershell::cmdlets;
use crate::powershell::template;

const TEMPLATE: &str = include_str!("../../../powershell/script/call.ps1");

/// The script. It is the same for every question: what is asked is its request.
#[must_use]
pub fn script() -> &'static str {
    static SCRIPT: LazyLock<String> = LazyLock::new(|| {
        let calls: Vec<String> = cmdlets::CMDLETS
            .iter()
            .map(|cmdlet| format!("'{0}' {{ {{ param($With) {0} @With }} }}", cmdlet.name))
            .collect();
        template::fill(TEMPLATE, &[("common", template::COMMON), ("calls", &calls.join("\n"))])
    });
    &SCRIPT
}
