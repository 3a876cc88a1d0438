//! Authentication challenges, one or several a header (RFC 9110 11.6.1).

use super::facts::HttpChallenge;
use crate::protocol::parameters::{self, Parameter};

/// Reads the value of a www-authenticate header. A comma parts parameters as well as
/// challenges; what has a scheme before it begins a new one.
pub(super) fn read(value: &str) -> Vec<HttpChallenge> {
    let mut challenges: Vec<HttpChallenge> = Vec::new();
    for part in parameters::split(value, ',').into_iter().map(str::trim).filter(|part| !part.is_empty()) {
        let (scheme, rest) = scheme(part);
        if let Some(scheme) = scheme {
            challenges.push(HttpChallenge { scheme: scheme.to_owned(), parameters: Vec::new() });
        }
        if let Some(challenge) = challenges.last_mut()
            && !rest.is_empty()
        {
            challenge.parameters.extend(parameter(rest));
        }
    }
    challenges
}

/// A token that isn't followed by `=`, and what comes after it (RFC 9110 5.6.2, 11.1).
fn scheme(part: &str) -> (Option<&str>, &str) {
    let end = part.find(|letter: char| letter.is_whitespace() || letter == '=').unwrap_or(part.len());
    let (word, rest) = part.split_at_checked(end).unwrap_or((part, ""));
    let rest = rest.trim_start();
    let token = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
    if rest.starts_with('=') || !token { (None, part) } else { (Some(word), rest) }
}

fn parameter(text: &str) -> Vec<Parameter> {
    // `=` at the end only pads (RFC 9110 11.2).
    if text.trim_end_matches('=').contains('=') {
        parameters::read(text, ',')
    } else {
        vec![Parameter { name: "token68".to_owned(), value: text.to_owned() }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(value: &str) -> Vec<(String, Vec<(String, String)>)> {
        let pairs = |one: HttpChallenge| one.parameters.into_iter().map(|one| (one.name, one.value)).collect();
        read(value).into_iter().map(|one| (one.scheme.clone(), pairs(one))).collect()
    }

    fn expected(list: &[(&str, &[(&str, &str)])]) -> Vec<(String, Vec<(String, String)>)> {
        let pairs = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        list.iter().map(|(scheme, parameters)| ((*scheme).to_owned(), pairs(parameters))).collect()
    }

    #[test]
    fn challenges_come_alone_and_together() {
        assert_eq!(found("NTLM"), expected(&[("NTLM", &[])]));
        assert_eq!(
            found(r#"Negotiate, NTLM , Basic realm="a, b=c""#),
            expected(&[("Negotiate", &[]), ("NTLM", &[]), ("Basic", &[("realm", "a, b=c")])])
        );
        assert_eq!(
            found(
                r#"Bearer trusted_issuers="x@y", client_id="z", MsRtcOAuth href=https://w/WebTicket/oauthtoken?a=b,grant_type="p,q""#
            ),
            expected(&[
                ("Bearer", &[("trusted_issuers", "x@y"), ("client_id", "z")]),
                ("MsRtcOAuth", &[("href", "https://w/WebTicket/oauthtoken?a=b"), ("grant_type", "p,q")]),
            ])
        );
    }

    #[test]
    fn a_token_may_be_padded() {
        assert_eq!(found("NTLM TlRMTVNTUAAC=="), expected(&[("NTLM", &[("token68", "TlRMTVNTUAAC==")])]));
        assert_eq!(
            found("NTLM TlRM, Basic realm = x"),
            expected(&[("NTLM", &[("token68", "TlRM")]), ("Basic", &[("realm", "x")]),])
        );
    }

    #[test]
    fn nonsense_is_no_challenge() {
        for value in ["", ",,", "=x", " , = , ", "\"a\"", "<html>", "(x) y"] {
            assert_eq!(found(value), Vec::new(), "{value}");
        }
    }
}
