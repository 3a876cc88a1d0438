//! What a directory's refusals mean, in words: result codes (RFC 4511 A.1), and what
//! Active Directory says beside them (`80090308: LdapErr: …, data 52e, v…`).

/// A refusal, understood as far as it can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What happened, and what to do where that is known.
    pub meaning: String,
    /// The server rejected the account or its password: trying again could lock it out.
    pub rejects_account: bool,
}

const INVALID_CREDENTIALS: i64 = 49;
const STRONGER_AUTH_REQUIRED: i64 = 8;

/// What follows `data` where a bind is refused with code 49, in hexadecimal digits.
const SIGN_IN: [(&str, &str); 10] = [
    ("525", "there is no such account"),
    ("52e", "the name or the password is wrong"),
    ("530", "the account may not sign in at this hour"),
    ("531", "the account may not sign in from this computer"),
    ("532", "the password has expired"),
    ("533", "the account is disabled"),
    ("568", "the account is in too many groups"),
    ("701", "the account has expired"),
    ("773", "the password must be changed before the account can sign in"),
    ("775", "the account is locked out"),
];

/// The meaning of a result code and its diagnostic message; none for success.
#[must_use]
pub fn refusal(code: i64, message: &str) -> Option<Refusal> {
    if code == 0 {
        return None;
    }
    let starts =
        |prefix: &str| message.trim_start().get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    let meaning = match code {
        INVALID_CREDENTIALS if starts("80090346") => {
            "the server insists on channel binding, which a simple bind can't give: allow this account's connections \
             without (`LdapEnforceChannelBinding`), or name another domain controller"
                .to_owned()
        }
        INVALID_CREDENTIALS => {
            let data = data(message);
            let known = SIGN_IN.iter().find(|(code, _)| data.is_some_and(|data| data.eq_ignore_ascii_case(code)));
            match (known, data) {
                (Some((_, meaning)), _) => (*meaning).to_owned(),
                (None, Some(data)) => format!("the account was not accepted, for a reason with the number {data}"),
                (None, None) => "the name or the password is wrong".to_owned(),
            }
        }
        STRONGER_AUTH_REQUIRED if starts("00002028") => {
            "the server insists on signing: use LDAPS or StartTLS".to_owned()
        }
        code => general(code).map_or_else(|| format!("result code {code}"), str::to_owned),
    };
    Some(Refusal { meaning, rejects_account: code == INVALID_CREDENTIALS })
}

/// The digits after `data` in `80090308: LdapErr: DSID-…, comment: …, data 52e, v4563`.
fn data(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("data ")?;
    let end = rest.find(|one: char| !one.is_ascii_hexdigit()).unwrap_or(rest.len());
    rest.get(..end).filter(|digits| !digits.is_empty())
}

fn general(code: i64) -> Option<&'static str> {
    Some(match code {
        1 => "the server could not do it, or wants a bind first",
        2 => "the server did not understand the request",
        3 => "the server's time limit was reached: what came is not all",
        4 => "the server's size limit was reached: what came is not all",
        7 => "the server doesn't take a simple bind",
        8 => "the server wants a stronger kind of sign-in",
        10 => "the server refers to another one",
        11 => "the server's administrative limit was reached: what came is not all",
        12 => "the server doesn't know a control that it must obey",
        13 => "the server wants an encrypted connection",
        16 => "there is no such attribute",
        17 => "the server doesn't know an attribute",
        18 => "an attribute can't be matched in this way",
        21 => "a value has the wrong syntax",
        32 => "there is no such object, or the account may not see it",
        34 => "the name has the wrong syntax",
        48 => "this kind of sign-in is not allowed for the account",
        50 => "the account has no right to do this",
        51 => "the server is busy",
        52 => "the server is not available",
        53 => "the server is not willing to do it",
        54 => "the server found a loop",
        71 => "it would affect several servers",
        80 => "the server failed for another reason",
        118 => "it was cancelled",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: i64, message: &str) -> Refusal {
        refusal(code, message).expect("a refusal")
    }

    #[test]
    fn active_directorys_reasons_are_told() {
        let message = |data: &str| {
            format!("80090308: LdapErr: DSID-0C090400, comment: AcceptSecurityContext error, data {data}, v1db1\0")
        };
        for (data, word) in [
            ("525", "no such account"),
            ("52e", "password is wrong"),
            ("52E", "password is wrong"),
            ("530", "hour"),
            ("531", "computer"),
            ("532", "password has expired"),
            ("533", "disabled"),
            ("701", "account has expired"),
            ("773", "must be changed"),
            ("775", "locked out"),
            ("57", "number 57"),
        ] {
            let told = of(49, &message(data));
            assert!(told.meaning.contains(word) && told.rejects_account, "{data}: {told:?}");
        }
        let bound =
            of(49, "80090346: LdapErr: DSID-0C090587, comment: AcceptSecurityContext error, data 80090346, v4563");
        assert!(bound.meaning.contains("channel binding"), "{bound:?}");
        let signed = of(8, "00002028: LdapErr: DSID-0C090257, comment: The server requires binds to turn on integrity");
        assert!(signed.meaning.contains("signing") && !signed.rejects_account, "{signed:?}");
    }

    #[test]
    fn others_are_told_by_their_code() {
        assert_eq!(refusal(0, "data 52e"), None);
        assert!(of(49, "").meaning.contains("password is wrong"));
        assert!(of(49, "data ").meaning.contains("password is wrong"));
        assert!(of(4, "").meaning.contains("size limit"));
        assert!(of(4711, "x").meaning.contains("4711"));
        assert!(!of(50, "data 52e").rejects_account);
    }
}
