//! Signature Version 4 for the one form of request that is sent here.

use std::env;
use std::fmt::Write as _;

use anyhow::Result;
use ring::{digest, hmac};
use time::OffsetDateTime;

const HEADERS: &str = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target";

/// Signs with the credentials in the environment. The key is valid only on the day on which it is made.
pub(crate) struct Signer {
    authority: String,
    key_id: String,
    token: String,
    scope: String,
    key: hmac::Key,
}

impl Signer {
    pub(crate) fn new(authority: &str) -> Result<Self> {
        let region = env::var("AWS_REGION")?;
        let date = time_of(OffsetDateTime::now_utc());
        let date = date.get(..8).unwrap_or_default();
        let secret = format!("AWS4{}", env::var("AWS_SECRET_ACCESS_KEY")?);
        let steps = [date, &region, "secretsmanager", "aws4_request"];
        let key = steps
            .iter()
            .fold(key(secret.as_bytes()), |by, step| key(hmac::sign(&by, step.as_bytes()).as_ref()));
        Ok(Self {
            authority: authority.to_owned(),
            key_id: env::var("AWS_ACCESS_KEY_ID")?,
            token: env::var("AWS_SESSION_TOKEN")?,
            scope: format!("{date}/{region}/secretsmanager/aws4_request"),
            key,
        })
    }

    /// A whole request, signed.
    pub(crate) fn request(&self, target: &str, body: &str) -> Result<String> {
        let Self { authority, key_id, token, scope, key } = self;
        let time = time_of(OffsetDateTime::now_utc());
        let headers = format!(
            "content-type:application/x-amz-json-1.1\nhost:{authority}\nx-amz-date:{time}\nx-amz-security-token:{token}\nx-amz-target:{target}\n"
        );
        let canonical = format!("POST\n/\n\n{headers}\n{HEADERS}\n{}", sha256(body)?);
        let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", sha256(&canonical)?);
        let signature = hex(hmac::sign(key, to_sign.as_bytes()).as_ref())?;
        Ok(format!(
            "POST / HTTP/1.1\n{headers}content-length:{}\nauthorization:AWS4-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={HEADERS}, Signature={signature}\n\n",
            body.len()
        )
        .replace('\n', "\r\n")
            + body)
    }
}

fn key(bytes: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, bytes)
}

fn sha256(text: &str) -> Result<String> {
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> Result<String> {
    bytes.iter().try_fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}")?;
        Ok(text)
    })
}

fn time_of(now: OffsetDateTime) -> String {
    let (year, month, day) = now.to_calendar_date();
    let (hour, minute, second) = now.to_hms();
    format!("{year:04}{:02}{day:02}T{hour:02}{minute:02}{second:02}Z", u8::from(month))
}
