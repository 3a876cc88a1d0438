//! A `TimeSpan` as .NET writes it, and as documents have it.

/// `00:00:02.6841765`, `1.02:03:04`, and the object that JSON makes of it → milliseconds.
/// What fits neither is none: a sample has `00:00:0987365`.
pub(super) fn milliseconds(value: &serde_json::Value) -> Option<u64> {
    if let Some(object) = value.as_object() {
        let total = object.iter().find(|(name, _)| name.eq_ignore_ascii_case("TotalMilliseconds"))?.1.as_f64()?;
        return std::time::Duration::try_from_secs_f64(total / 1000.0).ok()?.as_millis().try_into().ok();
    }
    let text = value.as_str()?.trim();
    let mut parts = text.split(':');
    let (first, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (days, hours) = first.split_once('.').unwrap_or(("0", first));
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let number = |text: &str, longest: usize| -> Option<u64> {
        (!text.is_empty() && text.len() <= longest && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse().ok())
            .flatten()
    };
    let (days, hours, minutes, seconds) =
        (number(days, 8)?, number(hours, 2)?, number(minutes, 2)?, number(seconds, 2)?);
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let ticks = number(fraction, 9)?;
    let millis = ticks * 1000 / 10_u64.pow(u32::try_from(fraction.len()).ok()?);
    Some(((days * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1000 + millis)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn time_spans_in_every_spelling() {
        for (value, expected) in [
            (json!("00:00:02.6841765"), Some(2684)),
            (json!("00:00:00"), Some(0)),
            (json!("1.02:03:04.5"), Some(93_784_500)),
            (json!({"Ticks": 26_841_765, "TotalMilliseconds": 2684.1765}), Some(2684)),
            // A sample's typographic slip: nobody knows where its point was.
            (json!("00:00:0987365"), None),
            (json!("99:00:00"), None),
            (json!("-00:00:01"), None),
            (json!(""), None),
            (json!(null), None),
            (json!("00:00:01.12345678901234567890"), None),
        ] {
            assert_eq!(milliseconds(&value), expected, "{value}");
        }
    }
}
