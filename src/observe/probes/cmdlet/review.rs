//! What can be told of a question before its values are known.

use serde_json::{Map, Value};

use crate::diagnostic::suggestion;
use crate::observe::probe::{Fault, Review};
use crate::powershell::cmdlets;

pub(super) fn review(given: &Map<String, Value>) -> Review {
    let mut review = Review::default();
    let Some(name) = given.get("name").and_then(Value::as_str) else {
        // Missing, or of another type: the schema has told it.
        return review;
    };
    let Some(cmdlet) = cmdlets::named(name) else {
        if name.contains("${") {
            review.faults.push(Fault {
                key: "name".into(),
                message: "which cmdlet is called must stand in the file".into(),
                hint: "write its name; only parameters may hold `${…}`".into(),
            });
        }
        return review;
    };
    review.effects = cmdlet.effects.to_vec();
    let parameters = given.get("parameters").and_then(Value::as_object).into_iter().flatten();
    for (key, value) in parameters {
        let fault = |message: String, hint: String| Fault { key: "parameters".into(), message, hint };
        let Some(parameter) = cmdlet.parameter(key) else {
            let names: Vec<&str> = cmdlet.parameters.iter().map(|parameter| parameter.name).collect();
            let message = format!("`{}` takes no parameter `{key}` here", cmdlet.name);
            let hint = if names.is_empty() { "it takes none".to_owned() } else { suggestion(key, names) };
            review.faults.push(fault(message, hint));
            continue;
        };
        if value.as_str().is_some_and(|text| text.contains("${")) {
            continue;
        }
        if let Err(misfit) = parameter.take(value) {
            review.faults.push(fault(misfit.to_string(), String::new()));
        }
    }
    review
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Effect;
    use serde_json::json;

    fn reviewed(given: &Value) -> Review {
        review(given.as_object().expect("an object"))
    }

    #[test]
    fn effects_follow_from_the_name() {
        assert_eq!(reviewed(&json!({"name": "test-csim"})).effects, [Effect::SendsIm]);
        assert_eq!(reviewed(&json!({"name": "Get-CsUser"})), Review::default());
    }

    #[test]
    fn a_name_that_is_only_known_later_is_refused() {
        assert_eq!(reviewed(&json!({"name": "${which}"})).faults.len(), 1);
        assert_eq!(reviewed(&json!({"name": "Test-Cs${which}"})).faults.len(), 1);
    }

    #[test]
    fn parameters_are_held_against_the_list() {
        let found = reviewed(
            &json!({"name": "Get-CsUser", "parameters": {"Identty": "x", "ResultSize": "many", "Filter": "${x}"}}),
        );
        let messages: Vec<&str> = found.faults.iter().map(|fault| fault.message.as_str()).collect();
        assert_eq!(messages.len(), 2, "{messages:?}");
        assert!(messages[0].contains("Identty") && found.faults[0].hint.contains("Identity"), "{:?}", found.faults[0]);
        assert!(messages[1].contains("whole number"), "{messages:?}");
    }
}
