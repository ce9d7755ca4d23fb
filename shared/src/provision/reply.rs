//! The answer to an event: what CloudFormation gets, and where, and what Terraform gets.

use std::net::IpAddr;

use aws_smithy_types::body::SdkBody;
use lambda_http::http::uri::Scheme;
use lambda_http::http::{Request, Uri};
use serde::Serialize;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::resource::Provisioned;
use crate::audit;
use crate::aws::{self, Https, variable};
use crate::error::{Cause, Error, Result};
use crate::store::BackOff;

/// The longest answer that CloudFormation accepts, in bytes.
const LONGEST: usize = 4_096;
/// The longest reason, in bytes. It leaves room for everything around it.
const LONGEST_REASON: usize = 1_500;
/// How often sending an answer is tried.
const ATTEMPTS: usize = 4;

/// An answer that a stack waits for.
#[derive(Clone, Debug)]
pub struct Pending {
    pub(super) url: String,
    pub(super) stack_id: String,
    pub(super) request_id: String,
    pub(super) logical_resource_id: String,
    /// The id that the resource has already.
    pub(super) physical_resource_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    physical_resource_id: &'a str,
    stack_id: &'a str,
    request_id: &'a str,
    logical_resource_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Provisioned>,
}

/// The outcome of an event.
#[derive(Debug)]
pub struct Outcome {
    /// The credential's id, as far as it is known.
    pub physical_resource_id: String,
    /// The credential that was provisioned; `None` after a removal.
    pub result: Result<Option<Provisioned>>,
}

impl Outcome {
    /// Why the event failed, with `request_id` for finding the function's log line; `None` if it did not.
    pub fn reason(&self, request_id: &str) -> Option<String> {
        let error = self.result.as_ref().err()?;
        let mut said = match error {
            Error::AlreadyExists => {
                "A credential of this name exists, and is not this resource's. Choose another \
                                     Name, or take it over with OnConflict: adopt."
                    .to_owned()
            }
            Error::BeingDeleted { wait } => format!(
                "A credential of this name is just being deleted. Try again in {} minutes.",
                wait.as_secs().div_ceil(60)
            ),
            Error::PreconditionFailed => {
                "Others are changing the credential at the same time. Try again.".to_owned()
            }
            Error::ForeignNamespace => "No namespace can be called *.".to_owned(),
            Error::IdempotencyKeyUsed => "What this event had made was deleted since.".to_owned(),
            Error::Internal(_) => {
                "Something went wrong here. If it happens again, look into the function's log.".to_owned()
            }
            other => other.to_string(),
        };
        if said.len() > LONGEST_REASON {
            let end = said.floor_char_boundary(LONGEST_REASON);
            said.truncate(end);
            said.push('…');
        }
        Some(format!("{said} (request id {request_id})"))
    }
}

impl Pending {
    /// The answer's body.
    fn body(&self, outcome: &Outcome, request_id: &str) -> Result<String> {
        let reason = outcome.reason(request_id);
        let mut answer = Answer {
            status: if reason.is_some() { "FAILED" } else { "SUCCESS" },
            reason,
            physical_resource_id: &outcome.physical_resource_id,
            stack_id: &self.stack_id,
            request_id: &self.request_id,
            logical_resource_id: &self.logical_resource_id,
            data: outcome.result.as_ref().ok().and_then(Option::as_ref),
        };
        let json = |answer: &Answer<'_>| {
            serde_json::to_string(answer).map_err(|_| Error::internal("an answer cannot be written as JSON"))
        };
        let mut body = json(&answer)?;
        let shorter = answer.data.map(|data| Provisioned { public_key: None, ..data.clone() });
        if body.len() > LONGEST && shorter.is_some() {
            audit::warn("a public key is too long for CloudFormation's answer, and left out", None);
            answer.data = shorter.as_ref();
            body = json(&answer)?;
        }
        Ok(body)
    }

    /// Sends the answer to the stack that waits for it.
    ///
    /// # Errors
    /// [`Error::Malformed`] if the URL is not CloudFormation's; [`Error::Unavailable`] if the answer does not get
    /// through.
    pub async fn answer(&self, outcome: &Outcome, request_id: &str) -> Result<()> {
        let url = response_url(&self.url)?;
        let body = self.body(outcome, request_id)?;
        let https = Https::new(aws::ca_bundle()?.as_deref())?;
        let mut back_off = BackOff::new();
        let mut attempt = 1;
        loop {
            // Without a `Content-Type`, because the URL is signed for a request that has none.
            let request = Request::put(&url).body(SdkBody::from(body.as_str()));
            let request = request.map_err(|_| Error::internal("an answer is not HTTP"))?;
            let failure = match https.send(request).await {
                Ok((status, _)) if status.is_success() => return Ok(()),
                Ok((status, _)) => {
                    Error::Unavailable(Cause::new(format!("ResponseURL: HTTP {}", status.as_u16())))
                }
                Err(error) => {
                    let cause = error.cause().map(Cause::as_str).unwrap_or_default();
                    Error::Unavailable(Cause::new(format!("ResponseURL: {cause}")))
                }
            };
            if attempt == ATTEMPTS || back_off.wait().await.is_err() {
                return Err(failure);
            }
            attempt += 1;
        }
    }
}

/// The URL that an answer may go to: in AWS one of S3's, over TLS. With an emulator also one on this machine.
///
/// # Errors
/// [`Error::Malformed`] for any other.
pub(super) fn response_url(text: &str) -> Result<Uri> {
    let rejected = || Error::malformed("ResponseURL", "is none of CloudFormation's");
    let url: Uri = text.parse().map_err(|_| rejected())?;
    let (Some(host), Some(authority)) = (url.host(), url.authority()) else { return Err(rejected()) };
    let suffix = variable("LATCHKEY_URL_SUFFIX").unwrap_or_else(|| "amazonaws.com".to_owned());
    // Only AWS's hosts: whoever forges an event must not get the answer to a server of their own.
    let is_of_s3 = host
        .to_ascii_lowercase()
        .strip_suffix(&format!(".{suffix}"))
        .is_some_and(|labels| labels.split('.').any(|label| label == "s3" || label.starts_with("s3-")));
    let has_usual_port = authority.as_str().eq_ignore_ascii_case(host) || url.port_u16() == Some(443);
    let is_plain = !authority.as_str().contains('@');
    let is_of_aws = url.scheme() == Some(&Scheme::HTTPS) && is_of_s3 && has_usual_port;
    let is_local = is_loopback(host) && is_beside_emulator();
    if is_plain && (is_of_aws || is_local) { Ok(url) } else { Err(rejected()) }
}

/// Whether Secrets Manager is an emulator on this machine.
fn is_beside_emulator() -> bool {
    let endpoint = variable("AWS_ENDPOINT_URL_SECRETS_MANAGER").and_then(|url| url.parse::<Uri>().ok());
    endpoint.is_some_and(|url| url.host().is_some_and(is_loopback))
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// When CloudFormation signed the URL, if the URL says so. That is when it sent the event.
pub(super) fn signed_at(url: &str) -> Option<OffsetDateTime> {
    let (_, query) = url.split_once('?')?;
    let date = query.split('&').find_map(|pair| pair.strip_prefix("X-Amz-Date="))?;
    let form = format_description!("[year][month][day]T[hour][minute][second]Z");
    PrimitiveDateTime::parse(date, form).ok().map(PrimitiveDateTime::assume_utc)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUCKET: &str = "cloudformation-custom-resource-response-useast1";

    #[test]
    fn answers_go_only_to_aws() {
        for url in [
            format!("https://{BUCKET}.s3.amazonaws.com/arn%3Aaws?X-Amz-Date=20260101T000000Z"),
            format!("https://{BUCKET}.s3.us-east-1.amazonaws.com:443/x"),
            format!("https://{BUCKET}.s3-us-west-2.amazonaws.com/x"),
            "https://s3.eu-central-1.amazonaws.com/bucket/x".to_owned(),
        ] {
            assert!(response_url(&url).is_ok(), "{url}");
        }
        for url in [
            "",
            "x",
            "/x",
            "http://localhost:4566/x",
            "http://127.0.0.1/x",
            "https://example.com/x",
            "https://s3.amazonaws.com.example.com/x",
            "https://s3amazonaws.com/x",
            "https://bucket.execute-api.us-east-1.amazonaws.com/x",
            "http://bucket.s3.amazonaws.com/x",
            "ftp://bucket.s3.amazonaws.com/x",
            "https://bucket.s3.amazonaws.com:8443/x",
            "https://user@bucket.s3.amazonaws.com/x",
            "https://bucket.s3.amazonaws.com@example.com/x",
            "https://bucket.s3.amazonaws.com\\@example.com/x",
        ] {
            assert!(matches!(response_url(url), Err(Error::Malformed(_))), "{url}");
        }
    }

    #[test]
    fn the_url_tells_when_it_was_signed() {
        let at = signed_at("https://x/y?X-Amz-Algorithm=a&X-Amz-Date=20261124T140000Z&X-Amz-Expires=7199")
            .unwrap();
        assert_eq!(at.unix_timestamp(), 1_795_528_800);
        for url in ["https://x/y", "https://x/y?X-Amz-Date=today", "https://x/y?Expires=1"] {
            assert_eq!(signed_at(url), None);
        }
    }

    #[test]
    fn an_answer_is_never_too_long() {
        let pending = Pending {
            url: String::new(),
            stack_id: "s".repeat(250),
            request_id: "r".repeat(36),
            logical_resource_id: "l".repeat(255),
            physical_resource_id: None,
        };
        let data = Provisioned {
            id: "n".repeat(255),
            version: "v".repeat(64),
            secret_arn: "a".repeat(600),
            secret_name: "s".repeat(512),
            public_key: Some("k".repeat(8_192)),
        };
        let done = Outcome { physical_resource_id: "p".repeat(1_024), result: Ok(Some(data)) };
        let body = pending.body(&done, "id").unwrap();
        assert!(body.len() <= LONGEST && body.contains("SUCCESS") && !body.contains("PublicKey"));
        let faults = vec![crate::Fault::new("Spec", "ü".repeat(300)); 9];
        let rejected =
            Outcome { physical_resource_id: "p".repeat(1_024), result: Err(Error::Invalid(faults)) };
        let body = pending.body(&rejected, "id").unwrap();
        assert!(body.len() <= LONGEST && body.contains("FAILED") && body.contains("(request id id)"));
    }
}
