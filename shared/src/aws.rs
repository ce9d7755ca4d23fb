//! What every client of an AWS service is made of here: no default chains, one HTTP connector for the
//! life of the process, short time_limits. HTTP redirects are never followed.

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

/// The longest wait before a call is tried again; doubles with each further try. A fifth of the SDK's:
/// somebody waits for the answer, and pays for the time.
const FIRST_BACKOFF: Duration = Duration::from_millis(200);

/// How long calls to a service may take, and how often they are tried.
#[derive(Clone, Debug)]
pub struct TimeLimits {
    /// For a connection.
    pub connect: Duration,
    /// For an answer.
    pub read: Duration,
    /// For all attempts of one call together.
    pub operation: Duration,
    /// How often a call is tried.
    pub attempts: u32,
}

impl TimeLimits {
    /// With a call that nobody repeats.
    pub const ONCE: Self =
        Self { connect: limits::CONNECT, read: limits::READ, operation: limits::SINGLE_CALL, attempts: 1 };
}

/// Whether a text is the number of an AWS account: 12 digits.
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What the clients of AWS's services are made of.
#[derive(Clone, Debug)]
pub struct Aws {
    /// The configuration that they share, without the default chains: in Lambda, region and credentials stand in the
    /// environment, and looking for profiles or metadata services only costs time.
    pub config: SdkConfig,
    connector: Connector,
}

impl Aws {
    /// For clients in `region`. `ca_bundle` is PEM of more certificate authorities to trust.
    ///
    /// # Errors
    /// [`Error::Internal`] where it is not.
    pub fn new(region: &str, ca_bundle: Option<&[u8]>, time_limits: &TimeLimits) -> Result<Self> {
        let tls = tls::client_config(ca_bundle).map_err(|_| no_certificates())?;
        // One for the life of the process: the SDK's own HTTP client builds it a second time only to validate its
        // configuration.
        let connector = Connector::new(tls, time_limits);
        // The others are the connector's: it is built before the SDK would tell it.
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
            // An answer has 64 KB at most, and the timeouts are enough for it.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Ok(Self { config, connector })
    }

    /// Has a client ready for its first call: opens the connection to `endpoint` that this will take, while `rehearsal`
    /// goes the SDK's whole way once, to an answer that is [`canned`].
    ///
    /// Lambda lets a function start with a whole CPU, and gives it a fraction of one afterwards: a TLS handshake takes
    /// milliseconds in one, and much longer in the other. Nothing is asked, so that no answer is waited for. Should
    /// anything fail, so will the first call, and that is reported.
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
        let ((), _rehearsed) = futures_util::join!(open, rehearsal);
    }

    /// Opens a connection to the server of `endpoint`, which the first call there will take. A failure is left to that
    /// call.
    pub async fn open_connection(&self, endpoint: &Endpoint) {
        if let Ok(server) = endpoint.url().parse() {
            self.connector.open(server).await;
        }
    }
}

/// An HTTP client that answers every call with `body`, and reaches nobody: for a rehearsal.
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

/// Who this function is to AWS, for requests that no SDK's client signs.
///
/// # Errors
/// [`Error::Internal`] where the environment does not say it.
pub async fn identity() -> Result<Identity> {
    let credentials = EnvironmentVariableCredentialsProvider::new().provide_credentials().await;
    credentials
        .map(Identity::from)
        .map_err(|_| Error::internal("the environment holds no credentials of AWS"))
}

/// A variable of the environment. An empty one counts as none.
pub fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The same of one that has to be there.
///
/// # Errors
/// [`Error::Internal`] that names it.
pub fn required_variable(name: &str) -> Result<String> {
    variable(name).ok_or_else(|| Error::internal(format!("the environment variable {name} is not set")))
}

/// The certificate authorities in the file that `AWS_CA_BUNDLE` names.
///
/// # Errors
/// [`Error::Internal`] where there is no such file.
pub fn ca_bundle() -> Result<Option<Vec<u8>>> {
    let bundle = variable("AWS_CA_BUNDLE").map(std::fs::read).transpose();
    bundle.map_err(|_| Error::internal("the file that AWS_CA_BUNDLE names cannot be read"))
}

fn http_client(connector: impl HttpConnector + 'static) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(connector);
    http_client_fn(move |_, _| connector.clone())
}
