//! Checks whether a credential is well formed, as far as that can be told without calling its cloud.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use latchkey::aws::is_account_id;
use latchkey::http::Uri;
use latchkey::{Error, Fault, Result, Secret, wording};
use percent_encoding::percent_decode_str;
use time::format_description::well_known::Iso8601;
use time::{Date, OffsetDateTime};

use crate::access::{Access, AwsCredential, AwsRole, Credential, Role, StoredSecret, Token};
use crate::service_account::ServiceAccount;

/// Checks the form of a credential.
///
/// # Errors
/// [`Error::Invalid`] with every fault.
pub fn check_form(access: &Access<StoredSecret>) -> Result<()> {
    let now = OffsetDateTime::now_utc();
    let faults = match access {
        Access::Credential(Credential::Aws(key)) => aws_key(key),
        Access::Credential(Credential::Azure(key)) => [
            account_name("credential.azure.account_name", &key.account_name, key.blob_endpoint.as_deref()),
            base64("credential.azure.account_key", &key.account_key.0),
            endpoint("credential.azure.blob_endpoint", key.blob_endpoint.as_deref()),
        ]
        .into_iter()
        .flatten()
        .collect(),
        Access::Credential(Credential::Gcp(key)) => [
            words("credential.gcp.access_key_id", &key.access_key_id),
            base64("credential.gcp.secret_access_key", &key.secret_access_key.0),
        ]
        .into_iter()
        .flatten()
        .collect(),
        Access::Role(Role::Aws(role)) => aws_role(role),
        Access::Token(Token::Azure(token)) => [
            account_name("token.azure.account_name", &token.account_name, token.blob_endpoint.as_deref()),
            endpoint("token.azure.blob_endpoint", token.blob_endpoint.as_deref()),
            sas_token(&token.sas_token.0, now),
        ]
        .into_iter()
        .flatten()
        .collect(),
        Access::Token(Token::Gcp(key)) => ServiceAccount::parse(&key.key_text.0)
            .and_then(|account| account.check())
            .err()
            .into_iter()
            .collect(),
    };
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

/// Whether storage at this endpoint is AWS's own. Without an endpoint, it is.
pub(crate) fn is_of_aws(endpoint: Option<&str>) -> bool {
    let Some(endpoint) = endpoint else { return true };
    // Only the host counts, and the domain with its leading dot: otherwise AWS would be asked about keys for
    // `evilamazonaws.com` or `https://storage.example/?.amazonaws.com`.
    let uri = endpoint.parse::<Uri>().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default().to_ascii_lowercase();
    [".amazonaws.com", ".amazonaws.com.cn"].iter().any(|domain| host.ends_with(domain))
}

fn aws_key(key: &AwsCredential<StoredSecret>) -> Vec<Fault> {
    let mut faults = Vec::new();
    // Only the servers of other storage know the form of their keys.
    if is_of_aws(key.endpoint.as_deref()) {
        let is_long_enough = (16..=128).contains(&key.access_key_id.len());
        if !is_long_enough || !key.access_key_id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let message = "is not the id of an AWS access key: 16 to 128 letters and digits";
            faults.push(Fault::new("credential.aws.access_key_id", message));
        }
        if !key.secret_access_key.0.expose().iter().all(u8::is_ascii_graphic) {
            let message = "holds other characters than AWS's secret access keys";
            faults.push(Fault::new("credential.aws.secret_access_key", message));
        }
    }
    faults.extend(endpoint("credential.aws.endpoint", key.endpoint.as_deref()));
    faults
}

fn aws_role(role: &AwsRole) -> Vec<Fault> {
    let mut faults = Vec::new();
    if !is_role_arn(&role.role_arn) {
        let message = "is not the ARN of an IAM role: arn:aws:iam::ACCOUNT:role/NAME";
        faults.push(Fault::new("role.aws.role_arn", message));
    }
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&byte);
    if role.external_id.len() < 2 || !role.external_id.bytes().all(is_legal) {
        let message = "is not an external id: 2 to 1224 letters, digits and characters of _+=,.@:/-";
        faults.push(Fault::new("role.aws.external_id", message));
    }
    faults.extend(endpoint("role.aws.endpoint", role.endpoint.as_deref()));
    faults
}

fn is_role_arn(arn: &str) -> bool {
    let mut parts = arn.splitn(6, ':');
    let [prefix, partition, service, region, account, resource] =
        std::array::from_fn(|_| parts.next().unwrap_or_default());
    let is_partition = |char: char| char.is_ascii_lowercase() || char == '-';
    let is_resource = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@/-".contains(&byte);
    let name = resource.strip_prefix("role/").and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    prefix == "arn"
        && partition.starts_with("aws")
        && partition.chars().all(is_partition)
        && (service, region) == ("iam", "")
        && is_account_id(account)
        && (1..=64).contains(&name.len())
        && resource.bytes().all(is_resource)
        && resource.len() <= 600
}

/// Checks a storage account's name. If the credential names an endpoint (an emulator), any name is allowed.
fn account_name(field: &str, name: &str, blob_endpoint: Option<&str>) -> Option<Fault> {
    let is_legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_fine = blob_endpoint.is_some() || (3..=24).contains(&name.len()) && name.bytes().all(is_legal);
    let message = "is not the name of a storage account: 3 to 24 lower-case letters and digits";
    (!is_fine).then(|| Fault::new(field, message))
}

fn words(field: &str, text: &str) -> Option<Fault> {
    let is_fine = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (!is_fine).then(|| Fault::new(field, "holds other characters than letters and digits"))
}

fn base64(field: &str, secret: &Secret) -> Option<Fault> {
    let is_fine = BASE64_STANDARD.decode(secret.expose()).map(Secret::new).is_ok();
    (!is_fine).then(|| Fault::new(field, wording::NOT_BASE64))
}

fn endpoint(field: &str, endpoint: Option<&str>) -> Option<Fault> {
    let uri = endpoint?.parse::<Uri>().ok();
    let is_fine = uri.is_some_and(|uri| {
        uri.host().is_some_and(|host| !host.is_empty())
            && matches!(uri.scheme_str(), None | Some("http" | "https"))
    });
    (!is_fine).then(|| Fault::new(field, "is neither a URL with http or https nor the name of a host"))
}

/// Checks a shared access signature: a query string with a version, permissions, an expiry and a signature.
/// If it names a stored access policy, the permissions and the expiry can be in that policy instead.
fn sas_token(token: &Secret, now: OffsetDateTime) -> Option<Fault> {
    sas_fault(token, now).map(|message| Fault::new("token.azure.sas_token", message))
}

fn sas_fault(token: &Secret, now: OffsetDateTime) -> Option<String> {
    let Some(text) = token.expose_text() else { return Some(wording::NOT_TEXT.to_owned()) };
    let pairs = text.strip_prefix('?').unwrap_or(text).split('&').filter_map(|pair| pair.split_once('='));
    let pairs: Vec<_> =
        pairs.map(|(name, value)| (name, percent_decode_str(value).decode_utf8_lossy())).collect();
    let part = |name: &str| {
        pairs.iter().find(|(key, value)| *key == name && !value.is_empty()).map(|(_, value)| value)
    };
    let needed: &[_] = if part("si").is_some() { &["sv", "sig"] } else { &["sv", "sp", "se", "sig"] };
    let missing: Vec<_> = needed.iter().copied().filter(|name| part(name).is_none()).collect();
    if !missing.is_empty() {
        return Some(format!("is not a shared access signature: {} is missing", missing.join(", ")));
    }
    if part("sig").is_some_and(|signature| BASE64_STANDARD.decode(signature.as_bytes()).is_err()) {
        return Some("has a signature (sig) that is not base64".to_owned());
    }
    match part("se").map(|expiry| time_of(expiry)) {
        Some(None) => Some("has an expiry (se) that is not an ISO 8601 time".to_owned()),
        Some(Some(expiry)) if expiry <= now => Some("has expired (se)".to_owned()),
        _ => None,
    }
}

/// A time in UTC, as Azure writes it: with or without seconds, or only the date.
fn time_of(text: &str) -> Option<OffsetDateTime> {
    let date = || Date::parse(text, &Iso8601::DEFAULT).ok().map(|date| date.midnight().assume_utc());
    OffsetDateTime::parse(text, &Iso8601::DEFAULT).ok().or_else(date)
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
