//! A management shell: it is sent what PowerShell would be, and answers as the script of a
//! `cmdlet` step would make PowerShell answer. The script itself it can't run.

use std::io;

use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::deployment::ShellAnswer;

/// The longest script that is taken, in bytes.
const LONGEST: u64 = 1 << 20;

/// Answers every connection, each one call.
pub(super) async fn serve(listener: TcpListener, answers: Vec<ShellAnswer>) {
    let answers = std::sync::Arc::new(answers);
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let answers = std::sync::Arc::clone(&answers);
        // A client that leaves in the middle has its reasons.
        connections.spawn(async move { drop(answer(stream, &answers).await) });
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(mut stream: TcpStream, answers: &[ShellAnswer]) -> io::Result<()> {
    let mut text = String::new();
    (&mut stream).take(LONGEST).read_to_string(&mut text).await?;
    let request: Value = serde_json::from_str(text.lines().next().unwrap_or_default())?;
    stream.write_all(said(&request, answers).as_bytes()).await?;
    stream.shutdown().await
}

/// The lines of the script's output.
fn said(request: &Value, answers: &[ShellAnswer]) -> String {
    let marker = request.get("marker").and_then(Value::as_str).unwrap_or_default();
    let mark = |word: &str, value: &Value| format!("\n@poolproof:{marker}:{word} {value}\n");
    let name = request.get("cmdlet").and_then(Value::as_str).unwrap_or_default();
    let none = Map::new();
    let parameters = request.get("parameters").and_then(Value::as_object).unwrap_or(&none);
    let fitting = answers.iter().filter(|answer| fits(answer, name, parameters));
    let hello = mark("hello", &json!({"product": "SkypeForBusiness 7.0.0.0 (mock)", "shell": "5.1"}));
    let Some(answer) = fitting.max_by_key(|answer| answer.parameters.len()) else {
        let error = format!("the mock deployment has no answer for {name} with {}", Value::Object(parameters.clone()));
        return hello + &mark("failed", &json!({"error": error}));
    };
    let most = request.get("most").and_then(Value::as_u64).and_then(|most| usize::try_from(most).ok());
    let shown = answer.records.iter().take(most.unwrap_or(usize::MAX));
    let records: String = shown.map(|record| format!("{}\n", Value::Object(record.clone()))).collect();
    let done = json!({"count": answer.records.len(), "errors": answer.errors, "warnings": answer.warnings});
    hello + &records + &mark("done", &done)
}

fn fits(answer: &ShellAnswer, name: &str, parameters: &Map<String, Value>) -> bool {
    let same = |wanted: &Value, given: &Value| match (wanted, given) {
        (Value::String(wanted), Value::String(given)) => wanted.eq_ignore_ascii_case(given),
        _ => wanted == given,
    };
    let given = |name: &str| parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    answer.cmdlet.0.name.eq_ignore_ascii_case(name)
        && answer.parameters.iter().all(|(name, wanted)| given(name).is_some_and(|(_, given)| same(wanted, given)))
}
