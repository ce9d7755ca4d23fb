//! Live verification through AWS STS: with the credential's own keys, or by assuming its role.
//!
//! The address of STS comes only from the configuration. Calls follow no redirect and are not retried, and
//! what AWS returns is dropped. See `docs/decisions/cold-start.md` for the connection that is opened at the start.

use aws_sdk_sts::Client;
use aws_sdk_sts::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
use aws_sdk_sts::config::{Builder, Credentials};
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use latchkey::aws::{self, Aws, TimeLimits, required_variable, variable};
use latchkey::error::Cause;
use latchkey::serve::Upstream;
use latchkey::{Error, Result};

use crate::access::{Access, AwsCredential, AwsRole, Credential, Role, StoredSecret};
use crate::verify::is_of_aws;

/// The name of the sessions, which a role's trust policy can require.
const SESSION_NAME: &str = "latchkey-verify";
/// The shortest that AWS allows.
const SESSION_SECONDS: i32 = 900;
/// The sessions' policy: nothing is allowed, whatever the role may do. So the credentials that AssumeRole returns are
/// worth nothing.
const NOTHING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;

/// The answer that the rehearsal gets, in the form of AWS's answer to GetCallerIdentity.
const REHEARSED: &str = r#"<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>-</Arn><UserId>-</UserId><Account>-</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"#;

/// Asks AWS whether credentials work, if that is turned on.
#[derive(Debug)]
pub struct LiveVerification(Option<Sts>);

/// AWS STS.
#[derive(Debug)]
struct Sts {
    aws: Aws,
    region: String,
    endpoint: Option<String>,
}

/// STS as the environment configures it, with `AWS_REGION`, `AWS_ENDPOINT_URL_STS` (or `AWS_ENDPOINT_URL`) and
/// `AWS_CA_BUNDLE`. It is off unless `LATCHKEY_LIVE_VERIFICATION` is `true`.
impl Upstream for LiveVerification {
    fn from_env() -> Result<Self> {
        if variable("LATCHKEY_LIVE_VERIFICATION").as_deref() != Some("true") {
            return Ok(Self(None));
        }
        let region = required_variable("AWS_REGION")?;
        let endpoint = variable("AWS_ENDPOINT_URL_STS").or_else(|| variable("AWS_ENDPOINT_URL"));
        let aws = Aws::new(&region, aws::ca_bundle()?.as_deref(), &TimeLimits::ONCE)?;
        Ok(Self(Some(Sts { aws, region, endpoint })))
    }

    async fn warm_up(&self) {
        if let Some(sts) = &self.0 {
            sts.warm_up().await;
        }
    }
}

impl LiveVerification {
    /// Asks AWS whether a credential works. Credentials of other clouds, and of other storage that speaks AWS's
    /// protocol, are not checked.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it does not work; [`Error::Unavailable`] if STS does not respond.
    pub async fn check(&self, access: &Access<StoredSecret>) -> Result<()> {
        match (&self.0, access) {
            (Some(sts), Access::Credential(Credential::Aws(key))) if is_of_aws(key.endpoint.as_deref()) => {
                sts.check_key(key).await
            }
            (Some(sts), Access::Role(Role::Aws(role))) if is_of_aws(role.endpoint.as_deref()) => {
                sts.check_role(role).await
            }
            _ => Ok(()),
        }
    }
}

impl Sts {
    /// Prepares everything for the first call, without calling STS.
    async fn warm_up(&self) {
        let params = Params::builder().region(&self.region).set_endpoint(self.endpoint.clone());
        let Ok(params) = params.build() else { return };
        let canned = Builder::default().http_client(aws::canned("text/xml", REHEARSED));
        let rehearsal = self.client(|builder| builder).get_caller_identity().customize();
        let rehearsal = rehearsal.config_override(canned).send();
        self.aws.warm_up(DefaultResolver::new().resolve_endpoint(&params), rehearsal).await;
    }

    async fn check_key(&self, key: &AwsCredential<StoredSecret>) -> Result<()> {
        let secret = key.secret_access_key.0.expose_text().unwrap_or_default();
        let credentials = Credentials::new(&key.access_key_id, secret, None, None, "to verify");
        let client = self.client(|builder| builder.credentials_provider(credentials));
        let Err(error) = client.get_caller_identity().send().await else { return Ok(()) };
        let code = rejection("GetCallerIdentity", &error)?;
        Err(match code {
            "InvalidClientTokenId" | "InvalidAccessKeyId" | "UnrecognizedClientException" => Error::invalid(
                "credential.aws.access_key_id",
                format!("is not known to AWS, or not active ({code})"),
            ),
            "SignatureDoesNotMatch" => Error::invalid(
                "credential.aws.secret_access_key",
                format!("is not the secret of this access key ({code})"),
            ),
            code => Error::invalid("credential.aws", format!("was rejected by AWS STS ({code})")),
        })
    }

    async fn check_role(&self, role: &AwsRole) -> Result<()> {
        let call = self
            .client(|builder| builder)
            .assume_role()
            .role_arn(&role.role_arn)
            .external_id(&role.external_id)
            .role_session_name(SESSION_NAME)
            .duration_seconds(SESSION_SECONDS)
            .policy(NOTHING);
        let Err(error) = call.send().await else { return Ok(()) };
        Err(match rejection("AssumeRole", &error)? {
            // AWS has one code for all of these, so that nobody can find out which roles exist.
            "AccessDenied" => Error::invalid(
                "role.aws",
                "cannot be assumed (AccessDenied): there is no such role, its trust policy does not name Latchkey's role, or it asks for another external_id",
            ),
            "ValidationError" => Error::invalid(
                "role.aws",
                "has a role_arn or an external_id that AWS does not accept (ValidationError)",
            ),
            // Unlike the call in `check_key`, this one is signed with the function's own credentials: any other code is
            // about this function, not about what the client sent.
            code => Error::internal(format!("STS AssumeRole: {code}")),
        })
    }

    fn client(&self, with: impl FnOnce(Builder) -> Builder) -> Client {
        let mut builder = with(Builder::from(&self.aws.config));
        builder.set_endpoint_url(self.endpoint.clone());
        Client::from_conf(builder.build())
    }
}

/// The code with which STS rejected the call. Any other failure is the outer error.
fn rejection<'a, E: ProvideErrorMetadata, R>(action: &str, error: &'a SdkError<E, R>) -> Result<&'a str> {
    let unavailable = |what: &str| Error::Unavailable(Cause::new(format!("STS {action}: {what}")));
    match error {
        SdkError::ServiceError(service) => match service.err().code() {
            Some("Throttling" | "ThrottlingException" | "RequestLimitExceeded") => Err(Error::Throttled),
            Some("InternalFailure" | "InternalError" | "ServiceUnavailable") => Err(unavailable("5xx")),
            Some(code) => Ok(code),
            None => Err(unavailable("an error without a code")),
        },
        SdkError::TimeoutError(_) => Err(unavailable("timeout")),
        SdkError::DispatchFailure(_) => Err(unavailable("no connection")),
        SdkError::ResponseError(_) => Err(unavailable("unreadable answer")),
        _ => Err(Error::internal(format!("STS {action}: the request could not be made"))),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Read as _};
    use std::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn warming_up_opens_a_connection_to_sts_and_sends_nothing() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = Some(format!("http://{}", listener.local_addr().unwrap()));
        let aws = Aws::new("us-east-1", None, &TimeLimits::ONCE).unwrap();
        let live = LiveVerification(Some(Sts { aws, region: "us-east-1".to_owned(), endpoint }));
        live.warm_up().await;
        let (mut opened, _) = listener.accept().unwrap();
        opened.set_nonblocking(true).unwrap();
        assert_eq!(opened.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    }

    #[tokio::test]
    async fn if_turned_off_it_opens_no_connection_and_accepts_everything() {
        let off = LiveVerification(None);
        off.warm_up().await;
        let key = r#"{"credential":{"aws":{"access_key_id":"A","secret_access_key":"s"}}}"#;
        assert!(off.check(&serde_json::from_str(key).unwrap()).await.is_ok());
    }
}
