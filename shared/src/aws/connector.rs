//! HTTP/1.1 over TLS for the SDK.
//!
//! The SDK's own connector cannot be built without HTTP/2, which no service here needs and which is a tenth of every
//! package. This connector uses the same parts (hyper-util's client, hyper-rustls). It reports the same to the SDK:
//! which failures can be retried, and which connection an attempt used, so that the SDK can close it.
//!
//! See docs/decisions/cold-start.md.

use std::error::Error as StdError;
use std::fmt;
use std::iter::successors;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use futures_util::future::BoxFuture;
use futures_util::task::noop_waker_ref;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{self, CaptureConnection, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use lambda_http::http::Uri;
use rustls::ClientConfig;
use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::time::error::Elapsed;
use tower_service::Service;

use super::TimeLimits;
use crate::audit;

/// The header with the id that AWS gives each request, and CloudTrail its event.
const REQUEST_ID: &str = "x-amzn-requestid";

type BoxError = Box<dyn StdError + Send + Sync>;

/// Keeps connections open, and opens new ones if it has none. Clones share them.
#[derive(Clone)]
pub(super) struct Connector {
    client: Client<Tls, SdkBody>,
    tls: Tls,
    read_timeout: Duration,
}

impl Connector {
    /// A connector that authenticates servers by `tls`.
    pub(super) fn new(tls: ClientConfig, time_limits: &TimeLimits) -> Self {
        let mut tcp = connect::HttpConnector::new();
        // Otherwise the kernel could hold back the end of a request until the server has acknowledged its beginning.
        tcp.set_nodelay(true);
        // Otherwise the TCP part would reject https URLs, which hyper-rustls passes to it.
        tcp.enforce_http(false);
        let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        let tls =
            Tls { https: https.wrap_connector(tcp), timeout: time_limits.connect, ahead: Arc::default() };
        let client = Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(tls.clone());
        Self { client, tls, read_timeout: time_limits.read }
    }

    /// Opens a connection to `server`, for the first call to it. If that fails, the call opens its own.
    pub(super) async fn open(&self, server: Uri) {
        if let Ok(stream) = self.tls.connect(server.clone()).await {
            *self.tls.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some((server, stream));
        }
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Connector").finish_non_exhaustive()
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let connection = capture_connection(&mut request);
        // Without this, the SDK could not close the connection of a failed attempt, and the retry could use it again.
        if let Some(capture) = request.extensions().get::<CaptureSmithyConnection>() {
            capture.set_connection_retriever(move || metadata(&connection));
        }
        audit::attempt();
        let response = tokio::time::timeout(self.read_timeout, self.client.request(request));
        HttpConnectorFuture::new(async move {
            match response.await {
                Ok(Ok(response)) => {
                    if let Some(id) = response.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()) {
                        audit::aws_request_id(id);
                    }
                    HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
                        .map_err(|error| ConnectorError::other(error.into(), None))
                }
                Ok(Err(error)) => Err(failure(error.into())),
                Err(elapsed) => Err(failure(elapsed.into())),
            }
        })
    }
}

/// A connection with TLS, or without it to a local emulator that has none.
type Stream = <HttpsConnector<connect::HttpConnector> as Service<Uri>>::Response;

/// Opens connections. `timeout` covers name resolution, connection and handshake together.
#[derive(Clone)]
struct Tls {
    https: HttpsConnector<connect::HttpConnector>,
    timeout: Duration,
    /// A connection that was opened ahead of the first call, and its server.
    ahead: Arc<Mutex<Option<(Uri, Stream)>>>,
}

impl Tls {
    fn connect(&self, server: Uri) -> BoxFuture<'static, Result<Stream, BoxError>> {
        let connection = tokio::time::timeout(self.timeout, self.https.clone().call(server));
        Box::pin(async move { connection.await? })
    }

    /// The connection that was opened ahead, if it is to `server` and still open. Lambda can freeze an instance between
    /// its start and its first request for longer than a server keeps an idle connection.
    fn take(&self, server: &Uri) -> Option<Stream> {
        let (opened, stream) = self.ahead.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let is_there = opened.scheme() == server.scheme() && opened.authority() == server.authority();
        if is_there { still_open(stream) } else { None }
    }
}

impl Service<Uri> for Tls {
    type Response = Stream;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Stream, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.https.poll_ready(context)
    }

    fn call(&mut self, server: Uri) -> Self::Future {
        match self.take(&server) {
            Some(stream) => Box::pin(std::future::ready(Ok(stream))),
            None => self.connect(server),
        }
    }
}

/// The stream, if nothing has arrived on it. Servers speak second, so whatever arrives before a request ends the
/// connection or announces its end.
fn still_open(stream: Stream) -> Option<Stream> {
    let mut stream = TokioIo::new(stream);
    // A waker that does nothing: this only looks. hyper polls with its own before it waits.
    let read = Pin::new(&mut stream)
        .poll_read(&mut Context::from_waker(noop_waker_ref()), &mut ReadBuf::new(&mut [0]));
    read.is_pending().then(|| stream.into_inner())
}

/// What the SDK needs to close the connection of a failed attempt.
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

/// The SDK can retry both kinds: a request fails here only if the connection or the service does.
fn failure(error: BoxError) -> ConnectorError {
    let outermost: &(dyn StdError + 'static) = error.as_ref();
    let is_timeout = successors(Some(outermost), |&cause| cause.source()).any(<dyn StdError>::is::<Elapsed>);
    if is_timeout { ConnectorError::timeout(error) } else { ConnectorError::io(error) }
}
