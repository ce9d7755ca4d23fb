//! The SDK's client. It is built once per cold start, with only what is needed. See `docs/decisions/cold-start.md`.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::Builder;
use aws_sdk_secretsmanager::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};

use super::failure::NeverRetryQuotas;
use crate::aws::{self, Aws, DailyKey, TimeLimits, required_variable, variable};
use crate::error::{Error, Result};
use crate::limits;

const TIME_LIMITS: TimeLimits =
    TimeLimits { connect: limits::CONNECT, read: limits::READ, operation: limits::CALL, attempts: 3 };

/// The service that requests are signed for.
const SERVICE: &str = "secretsmanager";

/// The response to the rehearsal. It looks like AWS's response to a GetSecretValue.
const REHEARSED: &str = r#"{"ARN":"-","CreatedDate":1.79E9,"Name":"-","SecretString":"-","VersionId":"-","VersionStages":["AWSCURRENT"]}"#;

/// Where the secrets are, and how they are stored.
#[derive(Clone, Debug)]
pub struct Config {
    /// What every secret name starts with, without a slash.
    pub prefix: String,
    /// The AWS Region.
    pub region: String,
    /// An endpoint to use in place of the Region's own: PrivateLink, or a local emulator.
    pub endpoint: Option<String>,
    /// How long a deleted secret can be restored, 7 to 30 days.
    pub recovery_window_in_days: i64,
    /// The KMS key for new secrets; `None` for the account's `aws/secretsmanager`.
    pub kms_key_id: Option<String>,
    /// The tags of new secrets, like `team=platform,cost-center=42`; empty for none.
    pub tags: String,
    /// The PEM of one more certificate authority to trust, for an endpoint with a private one.
    pub ca_bundle: Option<Vec<u8>>,
}

impl Config {
    /// The Region's own endpoint, and the defaults.
    pub fn new(prefix: impl Into<String>, region: impl Into<String>) -> Self {
        Self {
            prefix: prefix.into(),
            region: region.into(),
            endpoint: None,
            recovery_window_in_days: 7,
            kms_key_id: None,
            tags: String::new(),
            ca_bundle: None,
        }
    }

    /// Reads the environment that `template.yaml` sets: `LATCHKEY_PREFIX`, `AWS_REGION`,
    /// `AWS_ENDPOINT_URL_SECRETS_MANAGER` (or `AWS_ENDPOINT_URL`), `LATCHKEY_KMS_KEY_ID`,
    /// `LATCHKEY_RECOVERY_WINDOW_IN_DAYS`, `LATCHKEY_TAGS` and `AWS_CA_BUNDLE`. An empty variable counts as unset.
    ///
    /// # Errors
    /// An [`Error::Internal`] that names the missing or wrong variable.
    pub fn from_env() -> Result<Self> {
        let mut config = Self {
            endpoint: variable("AWS_ENDPOINT_URL_SECRETS_MANAGER").or_else(|| variable("AWS_ENDPOINT_URL")),
            kms_key_id: variable("LATCHKEY_KMS_KEY_ID"),
            tags: variable("LATCHKEY_TAGS").unwrap_or_default(),
            ca_bundle: aws::ca_bundle()?,
            ..Self::new(required_variable("LATCHKEY_PREFIX")?, required_variable("AWS_REGION")?)
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

/// The client, and what it can prepare before its first call.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    pub(super) client: Client,
    aws: Aws,
    endpoint: Params,
}

impl Connection {
    /// Builds the client. Opens no connection yet.
    pub(super) fn new(config: &Config) -> Result<Self> {
        let aws = Aws::new(&config.region, config.ca_bundle.as_deref(), &TIME_LIMITS)?;
        let mut builder = Builder::from(&aws.config)
            .retry_classifier(NeverRetryQuotas)
            .push_auth_scheme(DailyKey::new(&config.region, SERVICE));
        builder.set_endpoint_url(config.endpoint.clone());
        let endpoint = Params::builder().region(&config.region).set_endpoint(config.endpoint.clone());
        let endpoint =
            endpoint.build().map_err(|_| Error::internal("there is no endpoint in this Region"))?;
        Ok(Self { client: Client::from_conf(builder.build()), aws, endpoint })
    }

    /// Prepares everything for the first call.
    pub(super) async fn warm_up(&self) {
        // Signed with the function's own credentials, because that caches the signing key. It is not sent anywhere.
        let rehearsal = self.client.get_secret_value().secret_id("-").customize();
        let canned = Builder::default().http_client(aws::canned("application/x-amz-json-1.1", REHEARSED));
        let rehearsal = rehearsal.config_override(canned).send();
        self.aws.warm_up(DefaultResolver::new().resolve_endpoint(&self.endpoint), rehearsal).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The connection is opened to the endpoint that the SDK calls later: the SDK's own rules give both.
    #[tokio::test]
    async fn the_connection_is_opened_to_the_partitions_own_endpoint_or_the_configured_one() {
        let vpce = "https://vpce-0a1b2c3d-e4f5.secretsmanager.eu-west-1.vpce.amazonaws.com:8443/path";
        for (region, endpoint, url) in [
            ("eu-central-1", None, "https://secretsmanager.eu-central-1.amazonaws.com"),
            ("us-gov-west-1", None, "https://secretsmanager.us-gov-west-1.amazonaws.com"),
            ("cn-north-1", None, "https://secretsmanager.cn-north-1.amazonaws.com.cn"),
            ("eu-west-1", Some(vpce), vpce),
            ("us-east-1", Some("http://127.0.0.1:4566"), "http://127.0.0.1:4566"),
        ] {
            let endpoint = endpoint.map(str::to_owned);
            let config = Config { endpoint, ..Config::new("latchkey", region) };
            let connection = Connection::new(&config).unwrap();
            let found = DefaultResolver::new().resolve_endpoint(&connection.endpoint).await.unwrap();
            assert_eq!(found.url(), url);
        }
    }
}
