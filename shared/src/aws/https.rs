//! Requests that no SDK client makes, through the same kind of connector.

use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use lambda_http::http::{Request, StatusCode};

use super::TimeLimits;
use super::connector::Connector;
use super::tls;
use crate::error::{Cause, Error, Result};

/// A client for servers whose certificates chain to Amazon's roots.
#[derive(Debug)]
pub struct Https {
    connector: SharedHttpConnector,
}

impl Https {
    /// A client that also trusts the authorities in `ca_bundle`.
    ///
    /// # Errors
    /// [`Error::Internal`] if there are none in it.
    pub fn new(ca_bundle: Option<&[u8]>) -> Result<Self> {
        let tls = tls::client_config(ca_bundle).map_err(|_| super::no_certificates())?;
        Ok(Self { connector: SharedHttpConnector::new(Connector::new(tls, &TimeLimits::ONCE)) })
    }

    /// Sends a request once, and returns the status and the body of the response.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the complete response does not arrive in time.
    pub async fn send(&self, request: Request<SdkBody>) -> Result<(StatusCode, Vec<u8>)> {
        let unavailable = |text| Error::Unavailable(Cause::new(text));
        let request = HttpRequest::try_from(request).map_err(|_| Error::internal("a request is not HTTP"))?;
        let exchange = async {
            let response =
                self.connector.call(request).await.map_err(|_| unavailable("no connection to it"))?;
            let status = StatusCode::from_u16(response.status().as_u16()).unwrap_or_default();
            let body = ByteStream::new(response.into_body()).collect().await;
            Ok((status, body.map_err(|_| unavailable("its answer broke off"))?.to_vec()))
        };
        // The connector's own time limit ends when the headers arrive. Without this one, a body that stops halfway
        // would be waited for forever.
        let exchanged = tokio::time::timeout(TimeLimits::ONCE.operation, exchange).await;
        exchanged.unwrap_or_else(|_| Err(unavailable("it did not answer in time")))
    }
}
