//! The SDK's client, built once per cold start and with only what is needed.

use std::env;
use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::config::{SharedCredentialsProvider, SharedHttpClient};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector, http_client_fn};

use super::failure::NeverRetryQuotas;
use crate::error::{Error, Result};

/// The roots that all of AWS's endpoints chain to (<https://www.amazontrust.com/repository/>). Five
/// of them parse in a moment, where the system's 145 take milliseconds.
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon-root-cas.pem");

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const READ_TIMEOUT: Duration = Duration::from_secs(3);
/// All attempts of one call together; a function has 15 seconds.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(7);

/// Where the secrets are, and how they are kept.
#[derive(Clone, Debug)]
pub struct Config {
    /// What every secret name starts with, without a slash.
    pub prefix: String,
    /// The AWS Region.
    pub region: String,
    /// Another endpoint than the Region's own: PrivateLink, or a local emulator.
    pub endpoint: Option<String>,
    /// How long a deleted secret can be restored, 7 to 30 days.
    pub recovery_window_in_days: i64,
    /// The KMS key for new secrets; none for the account's `aws/secretsmanager`.
    pub kms_key_id: Option<String>,
    /// PEM file of one more certificate authority to trust, for an endpoint with a private one.
    pub ca_bundle: Option<Vec<u8>>,
}

impl Config {
    /// Reads the environment that `template.yaml` sets: `LATCHKEY_PREFIX`, `AWS_REGION`,
    /// `AWS_ENDPOINT_URL_SECRETS_MANAGER` (or `AWS_ENDPOINT_URL`), `LATCHKEY_KMS_KEY_ID`,
    /// `LATCHKEY_RECOVERY_WINDOW_IN_DAYS` and `AWS_CA_BUNDLE`. An empty variable counts as none.
    ///
    /// # Errors
    /// [`Error::Internal`] that names the variable which is missing or wrong.
    pub fn from_env() -> Result<Self> {
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let required = |name: &str| {
            variable(name)
                .ok_or_else(|| Error::internal(format!("the environment variable {name} is not set")))
        };
        let recovery_window_in_days = match variable("LATCHKEY_RECOVERY_WINDOW_IN_DAYS") {
            None => 7,
            Some(days) => days.parse().ok().filter(|days| (7..=30).contains(days)).ok_or_else(|| {
                Error::internal("LATCHKEY_RECOVERY_WINDOW_IN_DAYS is not a number of days from 7 to 30")
            })?,
        };
        let ca_bundle = variable("AWS_CA_BUNDLE").map(std::fs::read).transpose();
        Ok(Self {
            prefix: required("LATCHKEY_PREFIX")?,
            region: required("AWS_REGION")?,
            endpoint: variable("AWS_ENDPOINT_URL_SECRETS_MANAGER").or_else(|| variable("AWS_ENDPOINT_URL")),
            recovery_window_in_days,
            kms_key_id: variable("LATCHKEY_KMS_KEY_ID"),
            ca_bundle: ca_bundle
                .map_err(|_| Error::internal("the file that AWS_CA_BUNDLE names cannot be read"))?,
        })
    }
}

/// Builds the client without the default chains: in Lambda, region and credentials stand in the
/// environment, and looking for profiles or metadata services only costs time.
pub(super) fn build(config: &Config) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(config.region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .http_client(http_client(config))
        .retry_config(RetryConfig::standard())
        .timeout_config(timeouts);
    let mut builder =
        aws_sdk_secretsmanager::config::Builder::from(&sdk.build()).retry_classifier(NeverRetryQuotas);
    builder.set_endpoint_url(config.endpoint.clone());
    Client::from_conf(builder.build())
}

/// One connector for the life of the process: the SDK's own HTTP client builds it a second time only
/// to validate its configuration.
fn http_client(config: &Config) -> SharedHttpClient {
    let mut roots = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
    if let Some(bundle) = &config.ca_bundle {
        roots.add_pem_certificate(bundle.clone());
    }
    let settings =
        HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT).build();
    let builder =
        Connector::builder().connector_settings(settings).tls_provider(Provider::Rustls(CryptoMode::Ring));
    let builder = match TlsContext::builder().with_trust_store(roots).build() {
        Ok(context) => builder.tls_context(context),
        Err(_) => builder,
    };
    let connector = SharedHttpConnector::new(builder.build());
    http_client_fn(move |_, _| connector.clone())
}
