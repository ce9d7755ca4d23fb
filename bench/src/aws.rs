//! AWS on this machine, over TLS with a certificate like AWS's: Secrets Manager, and an STS that accepts every call.
//! Each line to it has a distance, and can have a limit of calls per second.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderValue;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::certificates;
use crate::secrets_manager::SecretsManager;

/// The response to AssumeRole.
const ASSUMED: &str = r#"<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/audit/latchkey-verify</Arn><AssumedRoleId>AROA123EXAMPLE123:latchkey-verify</AssumedRoleId></AssumedRoleUser><Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY</SecretAccessKey><SessionToken>token</SessionToken><Expiration>2036-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"#;

/// How far away AWS is: how long a round trip takes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Distance {
    /// When a connection is opened: there is one round trip for TCP and one for TLS.
    pub(crate) connection: Duration,
    /// For each call.
    pub(crate) call: Duration,
}

/// The AWS that the functions call.
pub(crate) struct Aws {
    pub(crate) secrets_manager: Arc<SecretsManager>,
    /// The PEM file of the authority that has issued its certificate.
    pub(crate) ca_bundle: PathBuf,
    tls: TlsAcceptor,
}

/// A way to AWS, which is closed when dropped.
pub(crate) struct Line {
    address: SocketAddr,
    counts: Arc<Counts>,
    _server: JoinSet<()>,
}

#[derive(Default)]
struct Counts {
    connections: AtomicUsize,
    calls: AtomicUsize,
}

/// What every connection of a line needs.
#[derive(Clone)]
struct Serving {
    secrets_manager: Arc<SecretsManager>,
    distance: Distance,
    allowance: Option<Arc<Allowance>>,
    counts: Arc<Counts>,
}

impl Aws {
    /// Writes the authority's certificate into `folder`.
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        let (tls, authority) = certificates::server()?;
        let ca_bundle = folder.join("ca.pem");
        std::fs::write(&ca_bundle, authority)?;
        Ok(Self { secrets_manager: Arc::default(), ca_bundle, tls: TlsAcceptor::from(Arc::new(tls)) })
    }

    /// Opens a line on a free port. `calls_a_second` limits the calls of lists.
    pub(crate) async fn line(&self, distance: Distance, calls_a_second: Option<u32>) -> Result<Line> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let counts = Arc::<Counts>::default();
        let serving = Serving {
            secrets_manager: Arc::clone(&self.secrets_manager),
            distance,
            allowance: calls_a_second.map(|rate| Arc::new(Allowance::new(rate))),
            counts: Arc::clone(&counts),
        };
        let (tls, mut server) = (self.tls.clone(), JoinSet::new());
        server.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                serving.counts.connections.fetch_add(1, Ordering::Relaxed);
                connections.spawn(serve(tls.clone(), stream, serving.clone()));
            }
        });
        Ok(Line { address, counts, _server: server })
    }
}

impl Line {
    /// The URL. Its host name has to be resolved, like that of the real service.
    pub(crate) fn url(&self) -> String {
        format!("https://{}:{}", certificates::HOST, self.address.port())
    }

    /// How many connections have been opened so far.
    pub(crate) fn connections(&self) -> usize {
        self.counts.connections.load(Ordering::Relaxed)
    }

    /// How many calls have arrived so far.
    pub(crate) fn calls(&self) -> usize {
        self.counts.calls.load(Ordering::Relaxed)
    }
}

async fn serve(tls: TlsAcceptor, stream: TcpStream, serving: Serving) {
    let _ = stream.set_nodelay(true);
    // Twice, for TCP and for TLS: the kernel accepts a connection without delay, so the round trip of TCP has not been
    // waited for yet.
    pass(2 * serving.distance.connection).await;
    // A function may be stopped at any point: that is not an error.
    let Ok(stream) = tls.accept(stream).await else { return };
    let service = service_fn(|request| async { Ok::<_, Infallible>(answer(request, &serving).await) });
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(request: Request<Incoming>, serving: &Serving) -> Response<Full<Bytes>> {
    let number = serving.counts.calls.fetch_add(1, Ordering::Relaxed);
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    let action = target.and_then(|target| target.rsplit('.').next()).unwrap_or_default().to_owned();
    let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes);
    pass(serving.distance.call).await;
    let is_list = ["ListSecrets", "BatchGetSecretValue"].contains(&action.as_str());
    let is_throttled = is_list && serving.allowance.as_ref().is_some_and(|allowance| !allowance.take());
    let (status, content_type, output) = if action.is_empty() {
        (StatusCode::OK, "text/xml", Bytes::from_static(ASSUMED.as_bytes()))
    } else if is_throttled {
        let error = json!({"__type": "ThrottlingException", "message": "Rate exceeded"}).to_string();
        (StatusCode::BAD_REQUEST, "application/x-amz-json-1.1", error.into())
    } else {
        let (status, output) = serving.secrets_manager.answer(action, body.unwrap_or_default());
        (status, "application/x-amz-json-1.1", output)
    };
    let mut response = Response::new(Full::new(output));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", HeaderValue::from_static(content_type));
    if let Ok(id) = HeaderValue::from_str(&format!("{number:08x}-0000-4000-8000-000000000000")) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}

/// Waits, exact to a tenth of a millisecond: tokio's own timers only know whole ones.
async fn pass(time: Duration) {
    if !time.is_zero() {
        let _ = tokio::task::spawn_blocking(move || std::thread::sleep(time)).await;
    }
}

/// A limit of calls per second. After a second without calls, that many can come at the same time.
struct Allowance {
    rate: f64,
    left: Mutex<(f64, Instant)>,
}

impl Allowance {
    fn new(rate: u32) -> Self {
        Self { rate: rate.into(), left: Mutex::new((rate.into(), Instant::now())) }
    }

    fn take(&self) -> bool {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let earned = now.duration_since(left.1).as_secs_f64() * self.rate;
        *left = ((left.0 + earned).min(self.rate), now);
        let is_allowed = left.0 >= 1.0;
        if is_allowed {
            left.0 -= 1.0;
        }
        is_allowed
    }
}
