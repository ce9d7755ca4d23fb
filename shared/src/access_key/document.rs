//! An access key as Secrets Manager stores it. It is understood completely, or rejected.
//!
//! See docs/decisions/access-keys.md.

use serde::Deserialize;
use serde::de::Deserializer;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Digest, SHORTEST_SECRET, Token};
use crate::caller::Grant;
use crate::error::Fault;
use crate::json::{self, Object};
use crate::secret::Secret;
use crate::text::Length;

/// The longest secret, in bytes: with the longest id, it fits into a header even in Base64.
const LONGEST_SECRET: usize = 2_048;
/// An access key. It holds only as much of its secret as is needed to recognize it.
#[derive(Clone, Debug)]
pub struct AccessKey {
    digest: Digest,
    grants: String,
    not_before: Option<OffsetDateTime>,
    expires_at: Option<OffsetDateTime>,
}

/// Whether a key is valid at a certain time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// Its `not_before` is in the future.
    NotYet,
    /// It may be used.
    Valid,
    /// Its `expires_at` has been reached.
    Expired,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    secret: Secret,
    grants: Vec<Object<Grant>>,
    #[serde(default, deserialize_with = "time")]
    not_before: Option<OffsetDateTime>,
    #[serde(default, deserialize_with = "time")]
    expires_at: Option<OffsetDateTime>,
}

/// A time in RFC 3339, with its offset. The field can be missing, but not null: otherwise a variable that was not set
/// would make a key that never expires.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<OffsetDateTime>, D::Error> {
    let text = String::deserialize(deserializer)?;
    // The parser accepts any character between date and time.
    let is_separated = text.as_bytes().get(10).is_some_and(|byte| byte.eq_ignore_ascii_case(&b'T'));
    let time = OffsetDateTime::parse(&text, &Rfc3339).ok().filter(|_| is_separated);
    time.map(Some).ok_or_else(|| json::complain("must be a time in RFC 3339, as 2027-01-01T00:00:00Z is"))
}

/// The fault of an undocumented field, without the field's name: the name is the owner's own text, and more people can
/// read a log than a key.
fn undocumented(parent: &str, _: &str) -> Fault {
    Fault::new(parent, "holds a field that is not documented")
}

impl AccessKey {
    /// The key in this JSON. A key that is not understood completely is rejected, so that a slip never opens more than
    /// was meant.
    ///
    /// # Errors
    /// What is wrong with the key, for its owner. Contains nothing of the value.
    pub fn parse(value: &Secret) -> Result<Self, Fault> {
        let Document { secret, grants, not_before, expires_at } =
            json::parse_with(undocumented, "The key", value.expose())?;
        let text = secret.expose_text().unwrap_or_default();
        // A secret with too few characters is weak, and no header can carry one with too many bytes.
        Length::characters(SHORTEST_SECRET, usize::MAX)
            .judge(text.chars().count())
            .and_then(|()| Length::bytes(0, LONGEST_SECRET).judge(text.len()))
            .map_err(|words| Fault::new("secret", words))?;
        let grants: Vec<_> = grants.into_iter().map(|Object(grant)| grant).collect();
        let grants = serde_json::to_string(&grants).unwrap_or_default();
        if not_before.zip(expires_at).is_some_and(|(begin, end)| begin >= end) {
            return Err(Fault::new("expires_at", "must be later than not_before"));
        }
        Ok(Self { digest: Sha256::digest(text).into(), grants, not_before, expires_at })
    }

    /// Whether the token's secret is this key's. Takes the same time for every secret.
    pub fn is_proved_by(&self, token: &Token) -> bool {
        // `==` would stop at the first difference, so its time would say how close a guess has come.
        self.digest.ct_eq(&token.digest).into()
    }

    /// Whether the key may be used at `now`.
    pub fn validity(&self, now: OffsetDateTime) -> Validity {
        if self.not_before.is_some_and(|begin| now < begin) {
            Validity::NotYet
        } else if self.expires_at.is_some_and(|end| now >= end) {
            Validity::Expired
        } else {
            Validity::Valid
        }
    }

    /// What it may do, as JSON: a list of [`Grant`].
    pub fn grants(&self) -> &str {
        &self.grants
    }

    /// When it expires, if it does.
    pub fn expires_at(&self) -> Option<OffsetDateTime> {
        self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;
    use time::macros::datetime;

    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn parse(json: &str) -> Result<AccessKey, Fault> {
        AccessKey::parse(&Secret::new(json))
    }

    fn token(secret: &str) -> Token {
        Token::from_api_key(&format!("id.{secret}")).unwrap()
    }

    #[test]
    fn only_its_own_secret_proves_a_key() {
        let key = parse(&format!(r#"{{"secret":"{SECRET}","grants":[]}}"#)).unwrap();
        assert!(key.is_proved_by(&token(SECRET)));
        for other in ["x", &SECRET[1..], &format!("{SECRET}0"), &SECRET.to_uppercase()] {
            assert!(!key.is_proved_by(&token(other)), "{other}");
        }
    }

    #[test]
    fn a_key_is_valid_between_its_two_times() {
        let key = parse(&format!(
            r#"{{"secret":"{SECRET}","grants":[],
                 "not_before":"2026-11-01T00:00:00Z","expires_at":"2026-11-22T14:00:00+02:00"}}"#
        ));
        let key = key.unwrap();
        for (now, validity) in [
            (datetime!(2026-11-01 00:00 UTC) - Duration::NANOSECOND, Validity::NotYet),
            (datetime!(2026-11-01 00:00 UTC), Validity::Valid),
            (datetime!(2026-11-22 12:00 UTC) - Duration::NANOSECOND, Validity::Valid),
            (datetime!(2026-11-22 12:00 UTC), Validity::Expired),
        ] {
            assert_eq!(key.validity(now), validity, "{now}");
        }
        let forever = parse(&format!(r#"{{"secret":"{SECRET}","grants":[]}}"#)).unwrap();
        assert_eq!(forever.validity(datetime!(9999-12-31 23:59:59 UTC)), Validity::Valid);
    }

    #[test]
    fn a_key_that_is_not_understood_completely_is_rejected() {
        let grant = r#"{"api":"dqops","namespaces":["*"],"permissions":["edit"]}"#;
        let long = "s".repeat(2_049);
        for (json, field, says) in [
            ("", "", "is not valid JSON"),
            ("no json", "", "is not valid JSON"),
            (r#"["SECRET",[]]"#, "", "must be a JSON object"),
            (r#""SECRET""#, "", "must be a JSON object"),
            ("{}", "secret", "is missing"),
            (r#"{"secret":"SECRET"}"#, "grants", "is missing"),
            (r#"{"grants":[]}"#, "secret", "is missing"),
            (
                r#"{"secret":"0123456789abcdef0123456789abcde","grants":[]}"#,
                "secret",
                "shorter than 32 characters",
            ),
            (r#"{"secret":"LONG","grants":[]}"#, "secret", "longer than 2048 bytes"),
            (r#"{"secret":["SECRET"],"grants":[]}"#, "secret", "must be text"),
            (r#"{"secret":"SECRET","grants":[],"secret":"SECRET"}"#, "", "duplicate key"),
            (r#"{"secret":"SECRET","grants":[],"expires":"2020-01-01T00:00:00Z"}"#, "", "not documented"),
            (r#"{"secret":"SECRET","grants":[],"expiresAt":"2020-01-01T00:00:00Z"}"#, "", "not documented"),
            (r#"{"secret":"SECRET","grants":[],"enabled":false}"#, "", "not documented"),
            (r#"{"secret":"SECRET","grants":[],"SECRET":1}"#, "", "not documented"),
            (r#"{"secret":"SECRET","grants":[],"expires_at":"soon"}"#, "expires_at", "RFC 3339"),
            (r#"{"secret":"SECRET","grants":[],"expires_at":"2027-01-01"}"#, "expires_at", "RFC 3339"),
            (
                r#"{"secret":"SECRET","grants":[],"expires_at":"2027-01-01T00:00:00"}"#,
                "expires_at",
                "RFC 3339",
            ),
            (
                r#"{"secret":"SECRET","grants":[],"expires_at":"2027-01-01 00:00:00Z"}"#,
                "expires_at",
                "RFC 3339",
            ),
            (
                r#"{"secret":"SECRET","grants":[],"expires_at":"2027-01-01500:00:00Z"}"#,
                "expires_at",
                "RFC 3339",
            ),
            (r#"{"secret":"SECRET","grants":[],"expires_at":null}"#, "expires_at", "must be text"),
            (r#"{"secret":"SECRET","grants":[],"expires_at":1798761600}"#, "expires_at", "must be text"),
            (r#"{"secret":"SECRET","grants":[],"not_before":"SECRET"}"#, "not_before", "RFC 3339"),
            (
                r#"{"secret":"SECRET","grants":[],
                    "not_before":"2027-01-01T00:00:00Z","expires_at":"2027-01-01T01:00:00+01:00"}"#,
                "expires_at",
                "later than not_before",
            ),
            (r#"{"secret":"SECRET","grants":[]} {}"#, "", "is not valid JSON"),
            (
                r#"{"secret":"SECRET","grants":[{"api":"a","api":"a","namespaces":[],"permissions":[]}]}"#,
                "",
                "duplicate key",
            ),
            (r#"{"secret":"SECRET","grants":GRANT}"#, "grants", "documented type"),
            (r#"{"secret":"SECRET","grants":{}}"#, "grants", "documented type"),
            (
                r#"{"secret":"SECRET","grants":[["dqops",["*"],["edit"]]]}"#,
                "grants[0]",
                "must be a JSON object",
            ),
            (
                r#"{"secret":"SECRET","grants":[GRANT,{"api":"SECRET"}]}"#,
                "grants[1].namespaces",
                "is missing",
            ),
            (
                r#"{"secret":"SECRET","grants":[{"api":"dqops","namespaces":"*","permissions":["edit"]}]}"#,
                "grants[0].namespaces",
                "documented type",
            ),
            (
                r#"{"secret":"SECRET","grants":[{"api":"dqops","namespaces":[{"SECRET":1}],"permissions":[]}]}"#,
                "grants[0].namespaces[0]",
                "documented type",
            ),
            (
                r#"{"secret":"SECRET","grants":[{"api":"dqops","namespaces":[],"permissions":[],"until":"SECRET"}]}"#,
                "grants[0]",
                "not documented",
            ),
        ] {
            let json = json.replace("SECRET", SECRET).replace("LONG", &long);
            let json = json.replace("GRANT", grant);
            let fault = parse(&json).unwrap_err();
            assert_eq!(fault.field, field, "{json}: {fault}");
            assert!(fault.message.contains(says), "{json}: {fault}");
            assert!(!fault.to_string().contains(SECRET), "{fault}");
        }
    }

    #[test]
    fn bytes_that_are_not_text_are_not_a_key() {
        let fault = AccessKey::parse(&Secret::new([0xff, 0xfe])).unwrap_err();
        assert!(fault.message.contains("UTF-8"), "{fault}");
    }
}
