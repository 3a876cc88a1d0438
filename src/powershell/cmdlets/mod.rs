//! Every cmdlet that is ever called, and what of it may be asked: the exact list.
//!
//! Nothing here changes the deployment. A `Get-Cs*` reads; a `Test-Cs*` acts as a client
//! would, and what that leaves behind is named: those run only where their effects are
//! allowed. No parameter takes a credential.

mod parameter;
mod table;

pub use parameter::{Misfit, Parameter, ParameterKind};
pub use table::CMDLETS;

use crate::values::Effect;

/// A cmdlet that may be called.
#[derive(Debug)]
pub struct Cmdlet {
    /// Its name.
    pub name: &'static str,
    /// The parameters that may be given.
    pub parameters: &'static [Parameter],
    /// What a call leaves behind.
    pub effects: &'static [Effect],
}

/// The cmdlet of a name, without regard to case.
#[must_use]
pub fn named(name: &str) -> Option<&'static Cmdlet> {
    CMDLETS.iter().find(|cmdlet| cmdlet.name.eq_ignore_ascii_case(name))
}

impl Cmdlet {
    /// Whether it shows a result of its own making (`Test-Cs*`), rather than what is stored.
    #[must_use]
    pub fn tests(&self) -> bool {
        self.name.starts_with("Test-")
    }

    /// The parameter of a name, without regard to case, as PowerShell binds it. Unlike
    /// PowerShell it wants the whole name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|parameter| parameter.name.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_once_and_read_only() {
        assert!(CMDLETS.is_sorted_by(|a, b| a.name.to_ascii_lowercase() < b.name.to_ascii_lowercase()));
        for cmdlet in CMDLETS {
            assert!(cmdlet.name.starts_with("Get-Cs") || cmdlet.name.starts_with("Test-Cs"), "{}", cmdlet.name);
            assert!(cmdlet.tests() || cmdlet.effects.is_empty(), "{}", cmdlet.name);
        }
    }

    #[test]
    fn no_parameter_takes_a_credential_or_writes() {
        for (cmdlet, parameter) in
            CMDLETS.iter().flat_map(|cmdlet| cmdlet.parameters.iter().map(move |one| (cmdlet.name, one.name)))
        {
            let name = parameter.to_ascii_lowercase();
            for word in ["credential", "password", "force", "path", "outlog", "outverbose", "confirm", "whatif"] {
                assert!(!name.contains(word) && name != "pin", "{cmdlet} -{parameter}");
            }
        }
    }

    #[test]
    fn what_leaves_a_trace_says_so() {
        for (name, effect) in [
            ("Test-CsIM", Effect::SendsIm),
            ("test-csgroupim", Effect::SendsIm),
            ("Test-CsXmppIM", Effect::SendsIm),
            ("Test-CsPersistentChatMessage", Effect::SendsIm),
            ("Test-CsPstnOutboundCall", Effect::PlacesCall),
            ("Test-CsPstnPeerToPeerCall", Effect::PlacesCall),
            ("Test-CsP2PAV", Effect::PlacesCall),
            ("Test-CsDialInConferencing", Effect::PlacesCall),
            ("Test-CsExUMConnectivity", Effect::PlacesCall),
            ("Test-CsExUMVoiceMail", Effect::LeavesVoicemail),
        ] {
            assert!(named(name).expect(name).effects.contains(&effect), "{name}");
        }
        for name in ["Get-CsUser", "Test-CsTopology", "Test-CsFederatedPartner", "Test-CsRegistration"] {
            assert!(named(name).expect(name).effects.is_empty(), "{name}");
        }
        for name in ["Set-CsUser", "Move-CsUser", "Get-Process", "Invoke-Expression", "Get-CsUser; Set-CsUser", ""] {
            assert!(named(name).is_none(), "{name}");
        }
    }
}
