//! `powershell`: the export script, run here, its lines taken as they come.
//!
//! The same script that `poolproof export-script` prints writes its parts to standard
//! output between marker lines. Whatever goes wrong on the way becomes a doubt about the
//! datasets that it concerns: what was not read proves nothing.

mod reading;

use serde_json::json;

use super::super::builder::{Builder, SourceId};
use super::super::dataset::{self, Sees};
use super::script;
use crate::environment::PowershellSource;
use crate::powershell::Shell;
use crate::powershell::marks::Marker;
use reading::Reading;

/// What was learned beside the records.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The module that was loaded, and its version.
    pub module: Option<String>,
    /// What the script and the shell remarked, bounded: for people.
    pub remarks: Vec<String>,
    /// Why the run ended before its end.
    pub failure: Option<String>,
    /// How many parts came.
    pub parts: usize,
}

/// Runs the script and takes what it reads. Dropping the future ends the shell and all
/// that it started; parts that came before are lost with it.
///
/// `progress` is told how many records of a dataset came.
pub async fn read(
    shell: &Shell,
    asked: &PowershellSource,
    environment: Option<&str>,
    builder: &mut Builder,
    progress: impl FnMut(&str, u64) + Send,
) -> Report {
    let source = builder.source("powershell", shell.name());
    let options = script::Options { datasets: asked.datasets.clone(), ..script::Options::default() };
    let prepared =
        script::script(&options).map_err(|error| error.to_string()).and_then(|text| Ok((text, Marker::new()?)));
    let (text, marker) = match prepared {
        Ok(prepared) => prepared,
        Err(failure) => {
            builder.doubt(source, None, failure.clone());
            return Report { failure: Some(failure), ..Report::default() };
        }
    };
    let request = json!({
        "marker": marker.as_str(),
        "datasets": asked.datasets,
        "domain_controller": asked.domain_controller.as_deref().unwrap_or_default(),
        "computers": asked.computers,
        "pools": asked.pools,
        "domains": asked.domains,
        "environment": environment.unwrap_or_default(),
    });
    let mut reading = Reading::new(builder, source, marker, progress);
    let ended = shell.run(&text, &request, |line, whole| reading.line(line, whole)).await;
    let mut complaints = Vec::new();
    let failure = match ended {
        Ok(ended) => {
            complaints = ended.complaints();
            match reading.failure.take() {
                Some(failure) => Some(failure),
                None if !ended.whole => Some(unfinished(&shell.name(), ended.code)),
                None => None,
            }
        }
        Err(failed) => {
            complaints.extend(failed.complaints());
            Some(failed.error.to_string())
        }
    };
    let mut report = reading.end(failure.as_deref());
    let delivered = std::mem::take(&mut report.delivered);
    if let Some(failure) = &failure {
        missing(builder, source, asked, &delivered, &with_cause(failure, &complaints));
    }
    let mut remarks = report.remarks;
    remarks.extend(complaints);
    Report { module: report.module, remarks, failure, parts: report.parts }
}

fn unfinished(command: &str, code: Option<i32>) -> String {
    match code {
        Some(code) => format!("{command} ended in the middle, with exit code {code}"),
        None => format!("{command} ended in the middle"),
    }
}

/// The failure, and what the shell said first: usually the cause.
fn with_cause(failure: &str, complaints: &[String]) -> String {
    match complaints.first().map(|text| crate::report::text::clip(text.trim(), 300).into_owned()) {
        Some(cause) => format!("{failure}: {cause}"),
        None => failure.to_owned(),
    }
}

/// Tells of every dataset that was to come and did not, why.
fn missing(builder: &mut Builder, source: SourceId, asked: &PowershellSource, delivered: &[usize], failure: &str) {
    let named: Vec<_> = asked.datasets.iter().filter_map(|name| dataset::named(name)).collect();
    let wanted = if named.is_empty() { script::usual().collect() } else { named };
    // Calls are made one dataset after the other: of the last one there may be more hosts,
    // pools or domains that were not asked any more.
    let last = delivered.last();
    for dataset in wanted {
        let parts = delivered.iter().filter(|number| **number == dataset.number).count();
        let open = last == Some(&dataset.number) && dataset.sees != Sees::Deployment;
        if parts < script::calls(dataset) || open {
            builder.doubt(source, Some(dataset), failure);
        }
    }
}
