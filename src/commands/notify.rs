//! Telling a webhook what a run or a gate answered.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::complain;
use super::interrupts::interrupted;
use crate::Refusal;
use crate::diagnostic::{Code, Diagnostic};
use crate::environment::SecretReference;
use crate::notify::{Delivery, Given, Hook, HookOptions, Notice, NoticeTemplate};
use crate::report::files::{NOTIFICATION, RunFolder, write_atomically};
use crate::report::json;
use crate::values;

/// Who is told.
#[derive(Debug, Args)]
#[command(next_help_heading = "Notification")]
pub struct NotifyArguments {
    /// Post the answer as JSON to this webhook; `env:NAME` or `file:PATH` where its address is a secret
    ///
    /// It changes neither the verdict nor the exit code. It takes https, follows no redirect and
    /// uses no proxy but `--notify-proxy`. What became of it is told, and is in
    /// `notification.json` beside the reports. With --only-changed-since, a run is told of only
    /// where something changed.
    #[arg(long, value_name = "URL")]
    notify: Option<Given>,
    /// Sign it by HMAC-SHA256 with this secret: `env:NAME` or `file:PATH`
    #[arg(long, value_name = "SECRET", requires = "notify")]
    notify_secret: Option<String>,
    /// Post this JSON or YAML file, with the `${…}` in its texts filled in, instead
    #[arg(long, value_name = "FILE", requires = "notify")]
    notify_template: Option<PathBuf>,
    /// Send this header along, the value by reference: `Authorization=env:NAME`. Repeatable
    #[arg(long, value_name = "NAME=SECRET", requires = "notify")]
    notify_header: Vec<String>,
    /// Go through this proxy; `env:NAME` or `file:PATH` where it has a password
    #[arg(long, value_name = "URL", requires = "notify")]
    notify_proxy: Option<Given>,
    /// How long all attempts may take together
    #[arg(long, value_name = "DURATION", requires = "notify", default_value = "30s")]
    notify_within: values::Duration,
}

/// Longest that anybody may be kept waiting by a webhook.
const LONGEST: Duration = Duration::from_mins(10);

/// A webhook, and the shape of what it takes.
pub(super) struct Notifier {
    hook: Hook,
    template: Option<NoticeTemplate>,
}

impl NotifyArguments {
    /// Who is to be told; what is wrong with that is told before anything is asked.
    pub(super) async fn notifier(&self) -> Result<Option<Notifier>, Refusal> {
        let Some(url) = &self.notify else { return Ok(None) };
        let template = self.notify_template.as_deref().map(NoticeTemplate::load).transpose()?;
        let options = HookOptions {
            url: url.clone(),
            secret: self.notify_secret.as_deref().map(|text| secret("--notify-secret", text)).transpose()?,
            headers: self.notify_header.iter().map(|text| header(text)).collect::<Result<_, _>>()?,
            proxy: self.notify_proxy.clone(),
            within: self.notify_within.0.min(LONGEST),
        };
        let hook = Hook::new(&options).await.map_err(|diagnostic| vec![diagnostic])?;
        Ok(Some(Notifier { hook, template }))
    }
}

impl Notifier {
    /// Tells, and says what became of it.
    pub(super) async fn tell(&self, notice: &Notice, folder: Option<&RunFolder>) {
        let body = match &self.template {
            Some(template) => template.render(notice),
            None => serde_json::to_value(notice).map_err(|error| error.to_string()),
        };
        let name = name(notice);
        let delivery = match body {
            // Whoever presses Ctrl-C now does not want to wait for somebody else's server.
            Ok(body) => tokio::select! {
                delivery = self.hook.post(&body, &name) => delivery,
                Ok(()) = interrupted() => self.hook.unsent(&name, "it was interrupted".to_owned()),
            },
            Err(why) => self.hook.unsent(&name, format!("the template: {why}")),
        };
        match &delivery.why {
            Some(why) => complain(&format!("{} was not told: {why}; the answer stands", delivery.to)),
            None => complain(&format!("{} was told", delivery.to)),
        }
        if let Some(folder) = folder {
            keep(&delivery, folder);
        }
    }
}

fn keep(delivery: &Delivery, folder: &RunFolder) {
    let path = folder.path().join(NOTIFICATION);
    if let Err(error) = write_atomically(&path, |out| json::write(delivery, out)) {
        complain(&error.to_string());
    }
}

/// What a receiver knows the same notice by, when it comes twice.
fn name(notice: &Notice) -> String {
    let runs = notice.runs.join("+");
    format!("{}-{}-{}", notice.asked, runs, notice.at)
}

/// A reference. clap would show what was given, which may be the secret itself.
fn secret(argument: &str, text: &str) -> Result<SecretReference, Vec<Diagnostic>> {
    text.parse().map_err(|why| vec![Diagnostic::new(Code::InvalidValue, format!("{argument}: {why}"))])
}

fn header(text: &str) -> Result<(String, SecretReference), Vec<Diagnostic>> {
    let (name, reference) = text.split_once('=').unwrap_or(("", text));
    Ok((name.to_owned(), secret("--notify-header NAME=SECRET", reference)?))
}
