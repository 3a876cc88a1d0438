//! Whom a call touches, beside the test users of its pool.

use super::spec::CmdletSpec;
use crate::observe::probe::Touched;
use crate::powershell::cmdlets::ParameterKind;

pub(super) fn touched(spec: &CmdletSpec) -> Vec<Touched> {
    let cmdlet = spec.name.0;
    if cmdlet.effects.is_empty() {
        return Vec::new();
    }
    let people = cmdlet.parameters.iter().filter(|one| matches!(one.kind, ParameterKind::Sip | ParameterKind::Phone));
    let one = |parameter: &'static crate::powershell::cmdlets::Parameter| {
        let given = spec.parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case(parameter.name));
        let Some((_, value)) = given else { return Some(Touched::Unsaid(parameter.name)) };
        // What doesn't fit is refused before it is asked.
        let taken = parameter.take(value).ok()?;
        let text = taken.as_str()?;
        match parameter.kind {
            ParameterKind::Sip => text.parse().ok().map(Touched::Address),
            _ => Some(Touched::Number(text.to_owned())),
        }
    };
    people.filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(spec: &serde_json::Value) -> Vec<Touched> {
        touched(&serde_json::from_value(spec.clone()).expect("a question"))
    }

    #[test]
    fn who_gets_the_message_or_the_call_is_told() {
        let number = json!({"name": "Test-CsPstnOutboundCall", "parameters": {"targetpstnphonenumber": "tel:+1425"}});
        assert_eq!(of(&number), [Touched::Number("tel:+1425".into())]);
        let address = json!({"name": "Test-CsXmppIM", "parameters": {"Receiver": "Sara@jabber.example"}});
        assert_eq!(of(&address), [Touched::Address("sip:sara@jabber.example".parse().expect("an address"))]);
        assert_eq!(of(&json!({"name": "Test-CsXmppIM"})), [Touched::Unsaid("Receiver")]);
        for nobody in ["Test-CsIM", "Test-CsTopology", "Get-CsUser"] {
            assert_eq!(of(&json!({"name": nobody})), [], "{nobody}");
        }
    }
}
