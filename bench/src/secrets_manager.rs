//! A stand-in for Secrets Manager: TLS with a certificate authority of its own, and the answers that
//! the functions need. What is created while it is recording is there afterwards; later writes succeed
//! and change nothing, so that every round finds the same.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

const CREATED: f64 = 1_790_000_000.0;
const ARN_PREFIX: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:";
const ARN_SUFFIX: &str = "-AbCdEf";

/// The stub, while it is kept.
pub(crate) struct SecretsManager {
    address: SocketAddr,
    /// The PEM file of the authority that its certificate is from.
    pub(crate) ca_bundle: PathBuf,
    state: Arc<State>,
    _server: JoinSet<()>,
}

#[derive(Default)]
struct State {
    secrets: Mutex<BTreeMap<String, Secret>>,
    /// What each read was answered since the last write that was kept: writing a list of a hundred secrets
    /// takes as long as some of what is measured.
    reads: Mutex<HashMap<(String, Bytes), Bytes>>,
    recording: AtomicBool,
    connections: AtomicUsize,
}

/// A secret, as its create asked for it.
#[derive(Clone)]
struct Secret {
    version: String,
    value: Value,
    description: Value,
}

impl SecretsManager {
    /// Listens on a free port; the authority's certificate goes into `folder`.
    pub(crate) async fn start(folder: &Path) -> Result<Self> {
        let (tls, authority) = certificates()?;
        let ca_bundle = folder.join("ca.pem");
        std::fs::write(&ca_bundle, authority)?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::default());
        let serving = Arc::clone(&state);
        let mut server = JoinSet::new();
        server.spawn(async move {
            let acceptor = TlsAcceptor::from(Arc::new(tls));
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                serving.connections.fetch_add(1, Ordering::Relaxed);
                connections.spawn(serve(acceptor.clone(), stream, Arc::clone(&serving)));
            }
        });
        Ok(Self { address, ca_bundle, state, _server: server })
    }

    /// Where it is. The name has to be resolved, as that of the real service.
    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// Whether writes are kept.
    pub(crate) fn record(&self, on: bool) {
        self.state.recording.store(on, Ordering::Relaxed);
    }

    /// How many connections were opened so far.
    pub(crate) fn connections(&self) -> usize {
        self.state.connections.load(Ordering::Relaxed)
    }

    /// The name of a secret that starts with `prefix`.
    pub(crate) fn any(&self, prefix: &str) -> Option<String> {
        let secrets = lock(&self.state.secrets);
        let name = secrets.range(prefix.to_owned()..).map(|(name, _)| name).next();
        name.filter(|name| name.starts_with(prefix)).cloned()
    }

    /// Puts a secret there.
    pub(crate) fn put(&self, name: &str, value: &str) {
        let version = "11111111-2222-4333-8444-555555555555".to_owned();
        let secret = Secret { version, value: value.into(), description: Value::Null };
        self.state.keep(name, secret);
    }
}

/// A certificate for localhost, and in PEM that of the authority which signed it.
fn certificates() -> Result<(ServerConfig, String)> {
    let mut params = CertificateParams::new([])?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // The default name is that of the other certificate, too, which then looks self-signed.
    params.distinguished_name.push(DnType::CommonName, "make bench");
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(["localhost".to_owned()])?.signed_by(&key, &authority)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((tls, authority.pem()))
}

async fn serve(acceptor: TlsAcceptor, stream: TcpStream, state: Arc<State>) {
    let _ = stream.set_nodelay(true);
    // A function that is stopped at any point is no failure.
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let service = service_fn(|request| async { Ok::<_, Infallible>(answer(request, &state).await) });
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(request: Request<Incoming>, state: &State) -> Response<Full<Bytes>> {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    let action = target.and_then(|target| target.rsplit('.').next()).unwrap_or_default().to_owned();
    let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes);
    let (status, output) = state.answer(action, body.unwrap_or_default());
    let mut response = Response::new(Full::new(output));
    *response.status_mut() = status;
    let json = hyper::header::HeaderValue::from_static("application/x-amz-json-1.1");
    response.headers_mut().insert("content-type", json);
    response
}

impl State {
    fn answer(&self, action: String, body: Bytes) -> (StatusCode, Bytes) {
        let call = (action, body);
        if let Some(output) = lock(&self.reads).get(&call) {
            return (StatusCode::OK, output.clone());
        }
        let input: Value = serde_json::from_slice(&call.1).unwrap_or_default();
        let (status, output) = match call.0.as_str() {
            "" => (StatusCode::NOT_FOUND, json!({"__type": "UnknownOperationException"})),
            action => self.act(action, &input),
        };
        let output = Bytes::from(output.to_string());
        if status == StatusCode::OK && ["GetSecretValue", "ListSecrets"].contains(&call.0.as_str()) {
            lock(&self.reads).insert(call, output.clone());
        }
        (status, output)
    }

    fn keep(&self, name: &str, secret: Secret) {
        lock(&self.secrets).insert(name.to_owned(), secret);
        lock(&self.reads).clear();
    }

    fn act(&self, action: &str, input: &Value) -> (StatusCode, Value) {
        let field = |name: &str| input.get(name).and_then(Value::as_str).unwrap_or_default();
        let name = if action == "CreateSecret" { field("Name") } else { name_of(field("SecretId")) };
        if action == "ListSecrets" {
            let prefix = input.pointer("/Filters/0/Values/0").and_then(Value::as_str).unwrap_or_default();
            let secrets = lock(&self.secrets);
            let found = secrets.range(prefix.to_owned()..).take_while(|(name, _)| name.starts_with(prefix));
            let listed: Vec<_> = found.map(|(name, secret)| secret.listed(name)).collect();
            return (StatusCode::OK, json!({ "SecretList": listed }));
        }
        if action == "CreateSecret" || action == "UpdateSecret" {
            let value = input.get("SecretString").or_else(|| input.get("SecretBinary"));
            let secret = Secret {
                version: field("ClientRequestToken").to_owned(),
                value: value.cloned().unwrap_or_default(),
                description: input.get("Description").cloned().unwrap_or_default(),
            };
            let answer = json!({"ARN": arn(name), "Name": name, "VersionId": secret.version});
            if self.recording.load(Ordering::Relaxed) {
                self.keep(name, secret);
            }
            return (StatusCode::OK, answer);
        }
        match (action, lock(&self.secrets).get(name)) {
            (_, None) => (
                StatusCode::BAD_REQUEST,
                json!({"__type": "ResourceNotFoundException", "Message": "no such secret"}),
            ),
            ("GetSecretValue", Some(secret)) => (StatusCode::OK, secret.read(name)),
            ("DescribeSecret", Some(secret)) => (StatusCode::OK, secret.described(name)),
            (_, Some(_)) => {
                (StatusCode::OK, json!({"ARN": arn(name), "Name": name, "DeletionDate": CREATED}))
            }
        }
    }
}

impl Secret {
    fn read(&self, name: &str) -> Value {
        json!({
            "ARN": arn(name),
            "CreatedDate": CREATED,
            "Name": name,
            "SecretString": self.value,
            "VersionId": self.version,
            "VersionStages": ["AWSCURRENT"],
        })
    }

    fn listed(&self, name: &str) -> Value {
        self.metadata(name, "SecretVersionsToStages")
    }

    fn described(&self, name: &str) -> Value {
        self.metadata(name, "VersionIdsToStages")
    }

    fn metadata(&self, name: &str, versions: &str) -> Value {
        json!({
            "ARN": arn(name),
            "CreatedDate": CREATED,
            "Description": self.description,
            "LastAccessedDate": CREATED,
            "LastChangedDate": CREATED,
            "Name": name,
            versions: {&self.version: ["AWSCURRENT"]},
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The name of a secret that is called by its ARN or by its name.
fn name_of(secret_id: &str) -> &str {
    let name = secret_id.strip_prefix(ARN_PREFIX).and_then(|name| name.strip_suffix(ARN_SUFFIX));
    name.unwrap_or(secret_id)
}

fn arn(name: &str) -> String {
    format!("{ARN_PREFIX}{name}{ARN_SUFFIX}")
}
