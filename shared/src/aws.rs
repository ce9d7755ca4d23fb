//! What all clients of AWS services share: no default chains, one HTTP connector for the life of the process, short
//! time limits. HTTP redirects are never followed.
//!
//! See docs/decisions/cold-start.md.

mod connector;
mod https;
mod signer;
mod tls;

use std::env;
use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_secretsmanager::config::{
    Credentials, ProvideCredentials as _, SharedCredentialsProvider, SharedHttpClient,
};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::endpoint::Endpoint;
use lambda_http::http::StatusCode;

use self::connector::Connector;
pub use self::https::Https;
pub use self::signer::DailyKey;
use crate::error::{Error, Result};
use crate::limits;

/// The longest back-off before the first retry; it doubles with each further one. It is a fifth of the SDK's: somebody
/// waits for the response, and pays for the time.
const FIRST_BACKOFF: Duration = Duration::from_millis(200);

/// How long calls to a service may take, and how often they are tried.
#[derive(Clone, Debug)]
pub struct TimeLimits {
    /// For opening a connection.
    pub connect: Duration,
    /// For the response to one attempt.
    pub read: Duration,
    /// For all attempts of one call together.
    pub operation: Duration,
    /// How often a call is tried.
    pub attempts: u32,
}

impl TimeLimits {
    /// For a call that is not retried.
    pub const ONCE: Self =
        Self { connect: limits::CONNECT, read: limits::READ, operation: limits::SINGLE_CALL, attempts: 1 };
}

/// Whether a text is the number of an AWS account: 12 digits.
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What the clients of AWS services share.
#[derive(Clone, Debug)]
pub struct Aws {
    /// Their configuration, without the default chains: in Lambda, the Region and the credentials are in the
    /// environment, and looking for profiles or metadata services only costs time.
    pub config: SdkConfig,
    connector: Connector,
}

impl Aws {
    /// For clients in `region`. `ca_bundle` is the PEM of further certificate authorities to trust.
    ///
    /// # Errors
    /// [`Error::Internal`] if it is not.
    pub fn new(region: &str, ca_bundle: Option<&[u8]>, time_limits: &TimeLimits) -> Result<Self> {
        let tls = tls::client_config(ca_bundle).map_err(|_| no_certificates())?;
        // Built once: the SDK's own HTTP client would build it a second time only to validate its configuration.
        let connector = Connector::new(tls, time_limits);
        // The connector has the other time limits already: it is built before the SDK could pass them on.
        let timeouts = TimeoutConfig::builder().operation_timeout(time_limits.operation).build();
        let retries = RetryConfig::standard()
            .with_max_attempts(time_limits.attempts)
            .with_initial_backoff(FIRST_BACKOFF);
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(
                EnvironmentVariableCredentialsProvider::new(),
            ))
            .http_client(http_client(connector.clone()))
            .retry_config(retries)
            .timeout_config(timeouts)
            // A response has at most 64 KB, and the timeouts are enough for that.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Ok(Self { config, connector })
    }

    /// Prepares a client for its first call: opens the connection to `endpoint` that this call will use, while
    /// `rehearsal` goes through the whole SDK once and gets a [`canned`] response.
    ///
    /// Lambda gives a function a whole CPU while it starts, and a fraction of one afterwards: a TLS handshake takes
    /// milliseconds with the one, and much longer with the other. No call is sent, because that would mean waiting for
    /// its response. If something fails here, the first call fails as well and reports it.
    pub async fn warm_up<E>(
        &self,
        endpoint: impl Future<Output = Result<Endpoint, E>>,
        rehearsal: impl Future,
    ) {
        let open = async {
            if let Ok(endpoint) = endpoint.await {
                self.open_connection(&endpoint).await;
            }
        };
        // Concurrently: the rehearsal computes while the handshake waits for the server.
        let ((), _rehearsed) = futures_util::join!(open, rehearsal);
    }

    /// Opens a connection to the server of `endpoint`, for the first call to it. If that fails, the call opens its own.
    pub async fn open_connection(&self, endpoint: &Endpoint) {
        if let Ok(server) = endpoint.url().parse() {
            self.connector.open(server).await;
        }
    }
}

/// An HTTP client for a rehearsal: it answers every call with `body`, and opens no connection.
pub fn canned(content_type: &'static str, body: &'static str) -> SharedHttpClient {
    http_client(Canned { content_type, body })
}

#[derive(Clone, Debug)]
struct Canned {
    content_type: &'static str,
    body: &'static str,
}

impl HttpConnector for Canned {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let mut response = HttpResponse::new(StatusCode::OK.into(), SdkBody::from(self.body));
        response.headers_mut().insert("content-type", self.content_type);
        HttpConnectorFuture::ready(Ok(response))
    }
}

fn no_certificates() -> Error {
    Error::internal("the file that AWS_CA_BUNDLE names holds no certificates in PEM")
}

/// The function's own credentials, for requests that no SDK client signs.
///
/// # Errors
/// [`Error::Internal`] if the environment has none.
pub async fn identity() -> Result<Identity> {
    let credentials = EnvironmentVariableCredentialsProvider::new().provide_credentials().await;
    credentials
        .map(Identity::from)
        .map_err(|_| Error::internal("the environment holds no credentials of AWS"))
}

/// An environment variable. An empty one counts as unset.
pub fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// An environment variable that must be set.
///
/// # Errors
/// An [`Error::Internal`] that names it.
pub fn required_variable(name: &str) -> Result<String> {
    variable(name).ok_or_else(|| Error::internal(format!("the environment variable {name} is not set")))
}

/// The certificate authorities in the file that `AWS_CA_BUNDLE` names.
///
/// # Errors
/// [`Error::Internal`] if the file cannot be read.
pub fn ca_bundle() -> Result<Option<Vec<u8>>> {
    let bundle = variable("AWS_CA_BUNDLE").map(std::fs::read).transpose();
    bundle.map_err(|_| Error::internal("the file that AWS_CA_BUNDLE names cannot be read"))
}

fn http_client(connector: impl HttpConnector + 'static) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(connector);
    http_client_fn(move |_, _| connector.clone())
}
