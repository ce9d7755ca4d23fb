//! How long keys are trusted.
//! See `docs/decisions/access-keys.md`.

use std::time::Duration;

/// How long keys are trusted.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long a key is cached after it was read.
    pub key_cache: Duration,
    /// How long the previous secret is accepted after a rotation.
    pub previous_key: Duration,
}

impl Settings {
    /// Reads the environment that `template.yaml` sets: `LATCHKEY_KEY_CACHE_SECONDS` (60 by default) and
    /// `LATCHKEY_PREVIOUS_KEY_HOURS` (24 by default).
    pub fn from_env() -> Self {
        let variable = |name| std::env::var(name).ok();
        Self {
            key_cache: duration(variable("LATCHKEY_KEY_CACHE_SECONDS"), 60.0, 1.0),
            previous_key: duration(variable("LATCHKEY_PREVIOUS_KEY_HOURS"), 24.0, 3_600.0),
        }
    }
}

/// The number in `text`, or else the default, times `unit` seconds. Anything but such a number counts as zero, because
/// with the shortest time the fewest secrets are accepted.
fn duration(text: Option<String>, default: f64, unit: f64) -> Duration {
    let number = text.map_or(Some(default), |text| text.parse().ok());
    number.and_then(|number| Duration::try_from_secs_f64(number * unit).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_but_a_number_counts_as_zero() {
        let hours = |text: &str| duration(Some(text.to_owned()), 24.0, 3_600.0);
        assert_eq!(duration(None, 24.0, 3_600.0), Duration::from_hours(24));
        assert_eq!(hours("48"), Duration::from_hours(48));
        // CloudFormation's numbers can have a fraction.
        assert_eq!(hours("0.5"), Duration::from_mins(30));
        for text in ["0", "", "-1", "a day", "NaN", "inf", "1e300"] {
            assert_eq!(hours(text), Duration::ZERO, "{text}");
        }
    }
}
