//! The SDK's client, built once per cold start and with only what is needed.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::config::{Builder, Credentials};

use super::failure::NeverRetryQuotas;
use crate::aws::{self, Patience, variable};
use crate::error::{Error, Result};
use crate::limits;

const PATIENCE: Patience =
    Patience { connect: limits::CONNECT, read: limits::READ, operation: limits::CALL, attempts: 3 };

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
    /// The Region's own endpoint, with what holds where nothing else is said.
    pub fn new(prefix: impl Into<String>, region: impl Into<String>) -> Self {
        Self {
            prefix: prefix.into(),
            region: region.into(),
            endpoint: None,
            recovery_window_in_days: 7,
            kms_key_id: None,
            ca_bundle: None,
        }
    }

    /// Reads the environment that `template.yaml` sets: `LATCHKEY_PREFIX`, `AWS_REGION`,
    /// `AWS_ENDPOINT_URL_SECRETS_MANAGER` (or `AWS_ENDPOINT_URL`), `LATCHKEY_KMS_KEY_ID`,
    /// `LATCHKEY_RECOVERY_WINDOW_IN_DAYS` and `AWS_CA_BUNDLE`. An empty variable counts as none.
    ///
    /// # Errors
    /// [`Error::Internal`] that names the variable which is missing or wrong.
    pub fn from_env() -> Result<Self> {
        let required = |name: &str| {
            variable(name)
                .ok_or_else(|| Error::internal(format!("the environment variable {name} is not set")))
        };
        let mut config = Self {
            endpoint: variable("AWS_ENDPOINT_URL_SECRETS_MANAGER").or_else(|| variable("AWS_ENDPOINT_URL")),
            kms_key_id: variable("LATCHKEY_KMS_KEY_ID"),
            ca_bundle: aws::ca_bundle()?,
            ..Self::new(required("LATCHKEY_PREFIX")?, required("AWS_REGION")?)
        };
        if let Some(days) = variable("LATCHKEY_RECOVERY_WINDOW_IN_DAYS") {
            let days = days.parse().ok().filter(|days| (7..=30).contains(days));
            config.recovery_window_in_days = days.ok_or_else(|| {
                Error::internal("LATCHKEY_RECOVERY_WINDOW_IN_DAYS is not a number of days from 7 to 30")
            })?;
        }
        Ok(config)
    }
}

/// Builds the client.
pub(super) fn build(config: &Config) -> Result<Client> {
    let sdk = aws::config(&config.region, config.ca_bundle.as_deref(), &PATIENCE)?;
    let mut builder = Builder::from(&sdk).retry_classifier(NeverRetryQuotas);
    builder.set_endpoint_url(config.endpoint.clone());
    Ok(Client::from_conf(builder.build()))
}

/// Opens the connection that the first call will use. Lambda lets a function start with a whole CPU, and
/// gives it a fraction of one afterwards: a TLS handshake takes milliseconds in one, and much longer in
/// the other. For the same reason it is a request as the SDK makes them: that takes the whole way once.
///
/// It names no action and is signed with nobody's key, so that Secrets Manager can only refuse it. Should
/// it fail in another way, so will the first call, and that is reported.
pub(super) async fn open_connection(client: &Client) {
    let patience = TimeoutConfig::builder().operation_timeout(limits::HEAD_START).build();
    let nobody = Credentials::new("nobody", "", None, None, "open_connection");
    let once = Builder::default()
        .credentials_provider(nobody)
        .retry_config(RetryConfig::disabled())
        .timeout_config(patience);
    let request = client.get_secret_value().secret_id("-").customize();
    let request = request.mutate_request(|request| {
        request.headers_mut().remove("x-amz-target");
    });
    let _refused = request.config_override(once).send().await;
}
