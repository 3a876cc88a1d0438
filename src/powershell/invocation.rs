//! What the program is started with, and what it is given to read.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// The command that the program is started with: the first line of standard input is the
/// request, the others are the script, which is given the request as its parameter.
///
/// A command that names `$input` makes the console host read all of standard input for it,
/// and nothing else reads there. The text is a constant: nothing is ever put into it.
pub const BOOTSTRAP: &str = "$ErrorActionPreference = 'Stop'; \
     $poolproof = New-Object -TypeName System.Collections.ArrayList; \
     foreach ($line in $input) { [void]$poolproof.Add([string]$line) }; \
     $request = $poolproof[0]; \
     $poolproof.RemoveAt(0); \
     & ([scriptblock]::Create([string]::Join([string][char]10, $poolproof.ToArray()))) -Request $request";

/// The arguments behind the configured command (wire.md 7.1).
#[must_use]
pub fn arguments() -> Vec<String> {
    let fixed = ["-NoLogo", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass"];
    let formats = ["-InputFormat", "Text", "-OutputFormat", "Text", "-EncodedCommand"];
    let mut arguments: Vec<String> = fixed.iter().chain(&formats).map(ToString::to_string).collect();
    // `-EncodedCommand` wants UTF-16, little endian, without a mark.
    let units: Vec<u8> = BOOTSTRAP.encode_utf16().flat_map(u16::to_le_bytes).collect();
    arguments.push(STANDARD.encode(units));
    arguments
}

/// What goes to standard input. Every character is ASCII, whatever the request holds: the
/// console reads with the code page of the machine.
#[must_use]
pub fn input(script: &str, request: &Value) -> String {
    let mut text = ascii(&request.to_string());
    text.push('\n');
    text.push_str(script);
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// JSON with every character outside of ASCII as an escape.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter.is_ascii() && !letter.is_ascii_control() {
            text.push(letter);
        } else {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn hostile_values_stay_one_ascii_line_of_data() {
        let hostile = "'; Remove-CsUser *\r\n\u{2019}\u{2028}\u{1f600}$(calc)`\"#< CLIXML\u{0}\u{7f}";
        let request = json!({"parameters": {"Identity": hostile}});
        let text = input("param([string] $Request)", &request);
        let (first, rest) = text.split_once('\n').expect("two lines");
        assert!(text.is_ascii());
        assert!(!first.contains('\r') && !first.contains('\u{7f}'));
        assert_eq!(serde_json::from_str::<Value>(first).expect("JSON"), request);
        assert_eq!(rest, "param([string] $Request)\n");
    }

    #[test]
    fn the_command_line_is_short_and_ends_with_the_command() {
        let arguments = arguments();
        assert!(arguments.iter().map(String::len).sum::<usize>() < 4_000);
        let last = STANDARD.decode(arguments.last().expect("a command")).expect("Base64");
        let units: Vec<u16> = last.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        assert_eq!(String::from_utf16(&units).expect("UTF-16"), BOOTSTRAP);
        // The host reads standard input for a command only where it names this.
        assert!(BOOTSTRAP.contains("$input"));
    }
}
