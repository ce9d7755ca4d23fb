//! Signature Version 4 with a signing key that is cached for its day.
//!
//! The SDK derives the key again for each request, and collects what it signs several times over: a third of all
//! instructions of a read. This signer produces exactly the SDK's signature, for the one form of request that JSON
//! services have. Any other form is left to the SDK's own signer, and so is every request from the first retry on: AWS
//! may have rejected a call because of its time, and only the SDK knows how far the clocks are apart.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
//!
//! See docs/decisions/cold-start.md.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4Signer};
use aws_sigv4::sign::v4::generate_signing_key;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::{AuthScheme, AuthSchemeEndpointConfig, AuthSchemeId, Sign};
use aws_smithy_runtime_api::client::identity::{Identity, SharedIdentityResolver};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::{GetIdentityResolver, RuntimeComponents};
use aws_smithy_types::config_bag::ConfigBag;
use lambda_http::http::HeaderValue;
use ring::{digest, hmac};
use subtle::ConstantTimeEq as _;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::Credentials;
use crate::credential::hex;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const DATE: &str = "x-amz-date";
const TOKEN: &str = "x-amz-security-token";
const AUTHORIZATION: &str = "authorization";

/// Headers that proxies change on the way, and the signature itself. The SDK signs none of them.
const UNSIGNED: [&str; 4] = [AUTHORIZATION, "user-agent", "x-amzn-trace-id", "transfer-encoding"];

/// An auth scheme for the SDK, with a signing key that is derived once a day.
#[derive(Debug)]
pub struct DailyKey {
    signer: Signer,
}

impl DailyKey {
    /// For calls to `service` in `region`.
    pub fn new(region: &str, service: &'static str) -> Self {
        let (day, sdk, has_repeated) = (Mutex::new(None), SigV4Signer::new(), AtomicBool::new(false));
        Self { signer: Signer { region: region.to_owned(), service, day, sdk, has_repeated } }
    }
}

impl AuthScheme for DailyKey {
    fn scheme_id(&self) -> AuthSchemeId {
        SCHEME_ID
    }

    fn identity_resolver(&self, resolvers: &dyn GetIdentityResolver) -> Option<SharedIdentityResolver> {
        resolvers.identity_resolver(SCHEME_ID)
    }

    fn signer(&self) -> &dyn Sign {
        &self.signer
    }
}

#[derive(Debug)]
struct Signer {
    region: String,
    service: &'static str,
    day: Mutex<Option<Arc<Day>>>,
    sdk: SigV4Signer,
    /// Whether a call was ever retried.
    has_repeated: AtomicBool,
}

/// What all requests of a day have in common, and what it was derived from.
struct Day {
    date: String,
    secret: Zeroizing<String>,
    key: hmac::Key,
    /// The session token, if there is one. It is checked once, because it is longer than all other headers together.
    token: Option<HeaderValue>,
}

impl std::fmt::Debug for Day {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Day").field("date", &self.date).finish_non_exhaustive()
    }
}

impl Sign for Signer {
    fn sign_http_request(
        &self,
        request: &mut HttpRequest,
        identity: &Identity,
        endpoint: AuthSchemeEndpointConfig<'_>,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        if config.load::<RequestAttempts>().is_some_and(|attempts| attempts.attempts() > 1) {
            // Never reset: if the clocks are apart, they are so for all later calls as well.
            self.has_repeated.store(true, Ordering::Relaxed);
        }
        // Endpoint rules can name another service or Region to sign for. The cached key is for only one of each.
        let is_ordinary = !self.has_repeated.load(Ordering::Relaxed)
            && ["signingName", "signingRegion"].iter().all(|field| endpoint.get(field).is_none());
        if let (true, Some(credentials)) = (is_ordinary, identity.data::<Credentials>()) {
            let now = components.time_source().unwrap_or_default().now();
            if let Some(signed) = self.sign(request, credentials, now) {
                signed.add_to(request);
                return Ok(());
            }
        }
        self.sdk.sign_http_request(request, identity, endpoint, components, config)
    }
}

/// The headers that carry a signature.
struct Signed {
    date: HeaderValue,
    token: Option<HeaderValue>,
    authorization: HeaderValue,
}

impl Signed {
    fn add_to(self, request: &mut HttpRequest) {
        let headers = request.headers_mut();
        headers.insert(DATE, self.date);
        headers.insert(AUTHORIZATION, self.authorization);
        if let Some(token) = self.token {
            headers.insert(TOKEN, token);
        }
    }
}

impl Signer {
    /// The signature of a request; `None` if it does not have the form that is known here.
    fn sign(&self, request: &HttpRequest, credentials: &Credentials, now: SystemTime) -> Option<Signed> {
        let time = time_of(now)?;
        let date = time.get(..8)?;
        let day = self.day(date, credentials, now)?;
        let Canonical { text, names } = canonical(request, &time, credentials.session_token())?;
        let (region, service) = (&self.region, self.service);
        let scope = format!("{date}/{region}/{service}/aws4_request");
        let string_to_sign = format!("{ALGORITHM}\n{time}\n{scope}\n{}", sha256(text.as_bytes()));
        let signature = hmac::sign(&day.key, string_to_sign.as_bytes());
        let authorization = format!(
            "{ALGORITHM} Credential={}/{scope}, SignedHeaders={names}, Signature={}",
            credentials.access_key_id(),
            hex(signature.as_ref())
        );
        let authorization = authorization.try_into().ok()?;
        Some(Signed { token: day.token.clone(), authorization, date: time.try_into().ok()? })
    }

    /// What requests on the day `date` have in common; `None` if requests with these credentials need another form.
    fn day(&self, date: &str, credentials: &Credentials, now: SystemTime) -> Option<Arc<Day>> {
        let mut day = self.day.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(day) = day.as_ref().filter(|day| day.date == date && day.is_of(credentials)) {
            return Some(Arc::clone(day));
        }
        if credentials.session_token().is_some_and(is_rewritten) {
            return None;
        }
        let mut token = credentials.session_token().map(HeaderValue::from_str).transpose().ok()?;
        if let Some(token) = &mut token {
            token.set_sensitive(true);
        }
        let secret = credentials.secret_access_key();
        let key = generate_signing_key(secret, now, &self.region, self.service);
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_ref());
        let new = Day { date: date.to_owned(), secret: secret.to_owned().into(), key, token };
        Some(Arc::clone(day.insert(Arc::new(new))))
    }
}

impl Day {
    fn is_of(&self, credentials: &Credentials) -> bool {
        let secret = credentials.secret_access_key().as_bytes();
        let token = credentials.session_token().map(str::as_bytes);
        self.secret.as_bytes().ct_eq(secret).into() && self.token.as_ref().map(HeaderValue::as_bytes) == token
    }
}

/// A request in the form that is hashed, and the names of the headers that it contains.
struct Canonical {
    text: Zeroizing<String>,
    names: String,
}

/// The canonical form of a POST to a server's root; `None` for any other request, or if a header has to be rewritten.
fn canonical(request: &HttpRequest, time: &str, token: Option<&str>) -> Option<Canonical> {
    let host = host_of_root(request.uri())?;
    let body = request.body().bytes().filter(|_| request.method() == "POST")?;
    let mut headers: Vec<_> = request.headers().iter().filter(|(name, _)| !UNSIGNED.contains(name)).collect();
    if headers.iter().any(|(_, value)| is_rewritten(value)) {
        return None;
    }
    headers.extend([("host", host), (DATE, time)]);
    headers.extend(token.map(|token| (TOKEN, token)));
    headers.sort_unstable_by_key(|(name, _)| *name);
    let is_once = headers.windows(2).all(|pair| matches!(pair, [(one, _), (other, _)] if one != other));
    if !is_once {
        return None;
    }
    let size = headers.iter().map(|(name, value)| 2 * name.len() + value.len() + 3).sum::<usize>();
    // Large enough for everything: a string that grows leaves copies of the session token behind, which nobody wipes.
    let mut text = Zeroizing::new(String::with_capacity(size + 80));
    let mut names = String::with_capacity(size);
    text.push_str("POST\n/\n\n");
    for (name, value) in headers {
        for part in [name, ":", value, "\n"] {
            text.push_str(part);
        }
        if !names.is_empty() {
            names.push(';');
        }
        names.push_str(name);
    }
    for part in ["\n", &names, "\n", &sha256(body)] {
        text.push_str(part);
    }
    Some(Canonical { text, names })
}

/// The `Host` of a URL without a path. A URL with a default port is left to the SDK, which leaves the port out of
/// `Host`.
fn host_of_root(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let host = rest.strip_suffix('/')?;
    let is_plain = !host.contains(['/', '?', '#', '@']) && !host.ends_with(":443") && !host.ends_with(":80");
    is_plain.then_some(host)
}

/// Whether a header's value is signed in another form than it is sent in.
fn is_rewritten(value: &str) -> bool {
    value.starts_with(' ') || value.ends_with(' ') || value.contains("  ")
}

/// A time in the form that signatures have: `20261129T120000Z`.
fn time_of(now: SystemTime) -> Option<String> {
    let now = OffsetDateTime::from(now);
    let (date, mut text) = (now.date(), String::with_capacity(16));
    write!(text, "{:04}{:02}{:02}", date.year(), u8::from(date.month()), date.day()).ok()?;
    write!(text, "T{:02}{:02}{:02}Z", now.hour(), now.minute(), now.second()).ok()?;
    Some(text)
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

#[cfg(test)]
#[path = "signer_tests.rs"]
mod tests;
