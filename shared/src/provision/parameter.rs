//! Systems Manager's GetParameter, the only one of its calls that is needed. Compiling its SDK takes longer than
//! compiling all other dependencies together. So the request is written here, and AWS's own crate signs it.
//!
//! See docs/decisions/provisioning.md.

use std::time::SystemTime;

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_types::body::SdkBody;
use lambda_http::http::header::{CONTENT_TYPE, HeaderName};
use lambda_http::http::{Request, StatusCode, Uri};
use serde::Deserialize;

use crate::aws::{self, Https, variable};
use crate::error::{Cause, Error, Result};
use crate::json;
use crate::secret::Secret;
use crate::store::{BackOff, NoSource};

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const SECURITY_TOKEN: &str = "x-amz-security-token";

/// How often the call is tried.
const ATTEMPTS: usize = 3;

/// A parameter.
pub(super) struct Parameter {
    pub(super) value: Secret,
    /// Whether it is a SecureString.
    pub(super) is_secure: bool,
}

/// Reads and decrypts the parameter called `name`, which can end in a version or a label.
pub(super) async fn read(region: &str, name: &str) -> Result<Parameter, NoSource> {
    let https = Https::new(aws::ca_bundle()?.as_deref())?;
    let mut back_off = BackOff::new();
    let mut attempt = 1;
    loop {
        match try_to_read(&https, region, name).await {
            Err(NoSource::Failed(Error::Unavailable(_) | Error::Throttled)) if attempt < ATTEMPTS => {}
            read => return read,
        }
        attempt += 1;
        back_off.wait().await?;
    }
}

async fn try_to_read(https: &Https, region: &str, name: &str) -> Result<Parameter, NoSource> {
    let request = signed(region, name).await?;
    let (status, body) = https.send(request).await.map_err(|error| match error.cause() {
        Some(cause) => Error::Unavailable(Cause::new(format!("GetParameter: {}", cause.as_str()))),
        None => error,
    })?;
    let body = Secret::new(body);
    if status == StatusCode::OK {
        let answer: Answer = serde_json::from_slice(body.expose())
            .map_err(|_| Error::Unavailable(Cause::new("GetParameter: unreadable answer")))?;
        let Answered { r#type, value } = answer.parameter;
        return Ok(Parameter { value, is_secure: r#type == "SecureString" });
    }
    Err(no_source(status, &body))
}

/// What an error response of Systems Manager means. Only its code is used.
fn no_source(status: StatusCode, body: &Secret) -> NoSource {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct ErrorResponse {
        __type: String,
    }
    let response: ErrorResponse = serde_json::from_slice(body.expose()).unwrap_or_default();
    let code = response.__type.rsplit('#').next().unwrap_or_default();
    let is_code =
        !code.is_empty() && code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let code = if is_code { code } else { "no error code" };
    let cause = || Cause::new(format!("GetParameter: {code} (HTTP {})", status.as_u16()));
    match code {
        "ParameterNotFound"
        | "ParameterVersionNotFound"
        | "ParameterVersionLabelLimitExceeded"
        | "ValidationException" => NoSource::Missing,
        // `InvalidKeyId`: the KMS key is disabled, or nobody may use it.
        "AccessDeniedException" | "InvalidKeyId" => NoSource::Denied,
        "ThrottlingException" | "TooManyRequestsException" => NoSource::Failed(Error::Throttled),
        _ if status.is_server_error() => NoSource::Failed(Error::Unavailable(cause())),
        _ => NoSource::Failed(Error::Internal(cause())),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    parameter: Answered,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answered {
    r#type: String,
    value: Secret,
}

async fn signed(region: &str, name: &str) -> Result<Request<SdkBody>> {
    let endpoint = variable("AWS_ENDPOINT_URL_SSM")
        .ok_or_else(|| Error::internal("the environment variable AWS_ENDPOINT_URL_SSM is not set"))?;
    let endpoint: Uri = format!("{}/", endpoint.trim_end_matches('/'))
        .parse()
        .map_err(|_| Error::internal("AWS_ENDPOINT_URL_SSM is no URL"))?;
    let body = json::raw(&serde_json::json!({"Name": name, "WithDecryption": true}))?;
    let unsignable = |_| Error::internal("a call of Systems Manager cannot be signed");
    let mut request = Request::post(&endpoint)
        .header(CONTENT_TYPE, "application/x-amz-json-1.1")
        .header(TARGET, "AmazonSSM.GetParameter")
        .body(SdkBody::from(body.get()))
        .map_err(|_| Error::internal("a call of Systems Manager is not HTTP"))?;
    let identity = aws::identity().await?;
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("ssm")
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .map_err(|_| Error::internal("a call of Systems Manager cannot be signed"))?
        .into();
    let headers =
        request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let signable = SignableRequest::new(
        "POST",
        endpoint.to_string(),
        headers,
        SignableBody::Bytes(body.get().as_bytes()),
    )
    .map_err(unsignable)?;
    let (instructions, _) = sign(signable, &parameters).map_err(unsignable)?.into_parts();
    instructions.apply_to_request_http1x(&mut request);
    if let Some(token) = request.headers_mut().get_mut(SECURITY_TOKEN) {
        token.set_sensitive(true);
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(status: u16, body: &str) -> NoSource {
        no_source(StatusCode::from_u16(status).unwrap(), &Secret::new(body))
    }

    #[test]
    fn an_error_response_is_known_by_its_code_and_nothing_else_of_it_is_used() {
        assert!(matches!(rejected(400, r#"{"__type":"ParameterNotFound"}"#), NoSource::Missing));
        assert!(matches!(rejected(400, r#"{"__type":"a#AccessDeniedException"}"#), NoSource::Denied));
        let throttled = rejected(400, r#"{"__type":"ThrottlingException","message":"hunter2"}"#);
        assert!(matches!(throttled, NoSource::Failed(Error::Throttled)));
        for (status, body) in
            [(500, "hunter2"), (400, r#"{"__type":"hunter 2"}"#), (418, r#"{"message":"hunter2"}"#)]
        {
            let NoSource::Failed(error) = rejected(status, body) else { panic!("{body}") };
            assert!(error.cause().unwrap().as_str().contains("no error code"), "{error:?}");
            assert!(!format!("{error:?}").contains("hunter"));
        }
    }
}
