//! HTTP/1.1 over TLS for the SDK.
//!
//! The SDK's own connector cannot be built without HTTP/2, which none of the services here needs: a tenth
//! of every package. This one is made of the same parts (hyper-util's client, hyper-rustls), and tells the
//! SDK the same: what may be tried again, and which connection an attempt had, so that it can be closed.

use std::error::Error as StdError;
use std::iter::successors;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use futures_util::future::BoxFuture;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{self, CaptureConnection, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use lambda_http::http::Uri;
use rustls::ClientConfig;
use tokio::time::error::Elapsed;
use tower_service::Service;

use super::Patience;

type BoxError = Box<dyn StdError + Send + Sync>;

/// Keeps connections open, and opens new ones where it has none.
#[derive(Debug)]
pub(super) struct Connector {
    client: Client<Tls, SdkBody>,
    read_timeout: Duration,
}

impl Connector {
    /// A connector that checks servers as `tls` says.
    pub(super) fn new(tls: ClientConfig, patience: &Patience) -> Self {
        let mut tcp = connect::HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        let tls = Tls { https: https.wrap_connector(tcp), timeout: patience.connect };
        let client = Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(tls);
        Self { client, read_timeout: patience.read }
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let connection = capture_connection(&mut request);
        if let Some(capture) = request.extensions().get::<CaptureSmithyConnection>() {
            capture.set_connection_retriever(move || metadata(&connection));
        }
        let response = tokio::time::timeout(self.read_timeout, self.client.request(request));
        HttpConnectorFuture::new(async move {
            match response.await {
                Ok(Ok(response)) => HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
                    .map_err(|error| ConnectorError::other(error.into(), None)),
                Ok(Err(error)) => Err(failure(error.into())),
                Err(elapsed) => Err(failure(elapsed.into())),
            }
        })
    }
}

/// Connections with TLS, or without where a local emulator has none. Name, connection and handshake
/// together have `timeout`.
#[derive(Clone)]
struct Tls {
    https: HttpsConnector<connect::HttpConnector>,
    timeout: Duration,
}

impl Service<Uri> for Tls {
    type Response = <HttpsConnector<connect::HttpConnector> as Service<Uri>>::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.https.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connection = tokio::time::timeout(self.timeout, self.https.call(uri));
        Box::pin(async move { connection.await? })
    }
}

/// What the SDK needs to close the connection of an attempt that failed.
fn metadata(connection: &CaptureConnection) -> Option<ConnectionMetadata> {
    connection.connection_metadata().as_ref()?;
    let connection = connection.clone();
    let poison = move || {
        if let Some(connected) = connection.connection_metadata().as_ref() {
            connected.poison();
        }
    };
    Some(ConnectionMetadata::builder().proxied(false).poison_fn(poison).build())
}

/// Both kinds may be tried again: a request fails here only where the connection or the service does.
fn failure(error: BoxError) -> ConnectorError {
    let outermost: &(dyn StdError + 'static) = error.as_ref();
    let is_timeout = successors(Some(outermost), |&cause| cause.source()).any(<dyn StdError>::is::<Elapsed>);
    if is_timeout { ConnectorError::timeout(error) } else { ConnectorError::io(error) }
}
