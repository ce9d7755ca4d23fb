//! What the SDK does with the connections that our connector gives it. See `docs/decisions/cold-start.md`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::large_futures)] // Only test code.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_secretsmanager::config::endpoint::Endpoint;
use aws_sdk_secretsmanager::config::{Builder, Credentials};
use aws_sdk_secretsmanager::error::SdkError;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_sdk_secretsmanager::{Client, operation::get_secret_value::GetSecretValueOutput};
use latchkey::aws::{Aws, TimeLimits};
use latchkey_stand_in::wire;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::io::{AsyncRead, AsyncWrite, BufStream};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

const SOON: TimeLimits = TimeLimits {
    connect: Duration::from_millis(200),
    read: Duration::from_millis(200),
    operation: Duration::from_secs(30),
    attempts: 2,
};
const LATE: Duration = Duration::from_secs(20);

type Outcome = Result<GetSecretValueOutput, SdkError<GetSecretValueError>>;

/// What a server does with a call, or with a connection before its first call.
#[derive(Clone, Copy, PartialEq)]
enum Does {
    Answers(u16),
    Hangs,
    HangsUp,
    /// Hangs up on a connection that has not sent a call yet.
    TiresOfWaiting,
    /// The same, but says so first, as load balancers do.
    TiresAndSaysSo,
}

/// A server, and the connection on which each call came.
struct Server {
    port: u16,
    calls: Arc<Mutex<Vec<usize>>>,
    hung_up: Arc<Notify>,
}

impl Server {
    async fn start(plan: &[Does], tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Self { port, calls: Arc::default(), hung_up: Arc::default() };
        let hung_up = Arc::clone(&server.hung_up);
        let (plan, calls) = (Arc::new(Mutex::new(VecDeque::from(plan.to_vec()))), Arc::clone(&server.calls));
        tokio::spawn(async move {
            for connection in 1.. {
                let (stream, _) = listener.accept().await.unwrap();
                let (plan, calls, tls) = (Arc::clone(&plan), Arc::clone(&calls), tls.clone());
                let hung_up = Arc::clone(&hung_up);
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, connection, &plan, &calls).await,
                        Some(tls) => {
                            let Ok(stream) = tls.accept(stream).await else { return };
                            serve(stream, connection, &plan, &calls).await;
                        }
                    }
                    hung_up.notify_one();
                });
            }
        });
        server
    }

    /// Waits until the server has hung up, and this process can know it.
    async fn has_hung_up(&self) {
        self.hung_up.notified().await;
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
    }

    fn calls(&self) -> Vec<usize> {
        self.calls.lock().unwrap().clone()
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    connection: usize,
    plan: &Mutex<VecDeque<Does>>,
    calls: &Mutex<Vec<usize>>,
) {
    let mut stream = BufStream::new(stream);
    let first = plan.lock().unwrap().front().copied();
    if let Some(Does::TiresOfWaiting | Does::TiresAndSaysSo) = first {
        plan.lock().unwrap().pop_front();
        if first == Some(Does::TiresAndSaysSo) {
            wire::answer(&mut stream, 408, "").await.unwrap();
        }
        return;
    }
    while let Some(request) = wire::read(&mut stream).await {
        assert!(request.parameters.is_some());
        calls.lock().unwrap().push(connection);
        let next = plan.lock().unwrap().pop_front().unwrap();
        match next {
            Does::Answers(status) => wire::answer(&mut stream, status, "{}").await.unwrap(),
            Does::Hangs => std::future::pending().await,
            _ => return,
        }
    }
}

fn client(endpoint: &str, ca_bundle: Option<&str>, time_limits: &TimeLimits) -> Client {
    client_of(&aws(ca_bundle, time_limits), endpoint)
}

fn aws(ca_bundle: Option<&str>, time_limits: &TimeLimits) -> Aws {
    Aws::new("us-east-1", ca_bundle.map(str::as_bytes), time_limits).unwrap()
}

fn client_of(aws: &Aws, endpoint: &str) -> Client {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let builder = Builder::from(&aws.config).credentials_provider(credentials).endpoint_url(endpoint);
    Client::from_conf(builder.build())
}

async fn read(client: &Client) -> Outcome {
    client.get_secret_value().secret_id("a").send().await
}

/// Reads from a server without TLS that acts by `plan`. Returns the outcomes, and the connection of each call.
async fn read_by(plan: &[Does], reads: usize) -> (Vec<Outcome>, Vec<usize>) {
    let server = Server::start(plan, None).await;
    let client = client(&format!("http://127.0.0.1:{}", server.port), None, &SOON);
    let mut outcomes = Vec::new();
    for _ in 0..reads {
        outcomes.push(read(&client).await);
    }
    (outcomes, server.calls())
}

#[tokio::test]
async fn a_connection_is_reused() {
    let (outcomes, calls) = read_by(&[Does::Answers(200); 3], 3).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(calls, [1, 1, 1]);
}

#[tokio::test]
async fn a_connection_that_breaks_is_replaced() {
    let (outcomes, calls) = read_by(&[Does::HangsUp, Does::Answers(200)], 1).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(calls, [1, 2]);
}

#[tokio::test]
async fn after_a_5xx_the_next_attempt_has_a_new_connection() {
    let (outcomes, calls) = read_by(&[Does::Answers(500), Does::Answers(200)], 1).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(calls, [1, 2]);
}

#[tokio::test]
async fn a_read_from_a_server_that_hangs_times_out() {
    let (outcomes, calls) = read_by(&[Does::Hangs, Does::Hangs], 1).await;
    let [Err(SdkError::DispatchFailure(failure))] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    assert!(failure.is_timeout());
    assert_eq!(calls, [1, 2]);
}

#[tokio::test]
async fn a_handshake_that_hangs_times_out() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let time_limits = TimeLimits { read: LATE, ..SOON };
    let outcome = tokio::time::timeout(LATE, read(&client(&endpoint, None, &time_limits))).await.unwrap();
    let Err(SdkError::DispatchFailure(failure)) = outcome else { panic!("{outcome:?}") };
    assert!(failure.is_timeout());
}

/// The PEM of a certificate authority, and a server with its certificate for `name`.
fn certified(name: &str) -> (String, TlsAcceptor) {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "an authority");
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new([name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    (authority.pem(), TlsAcceptor::from(Arc::new(config)))
}

#[tokio::test]
async fn only_a_server_that_an_authority_vouches_for_is_called() {
    let (authority, tls) = certified("localhost");
    let (other, _) = certified("localhost");
    let time_limits = TimeLimits { connect: LATE, read: LATE, ..SOON };
    for (trusted, calls) in [(None, 0), (Some(&other), 0), (Some(&authority), 1)] {
        let server = Server::start(&[Does::Answers(200)], Some(tls.clone())).await;
        let endpoint = format!("https://localhost:{}", server.port);
        let outcome = read(&client(&endpoint, trusted.map(String::as_str), &time_limits)).await;
        assert_eq!(outcome.is_ok(), calls > 0, "{outcome:?}");
        assert_eq!(server.calls().len(), calls);
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_rejected() {
    let (authority, tls) = certified("example.com");
    let server = Server::start(&[Does::Answers(200)], Some(tls)).await;
    let endpoint = format!("https://localhost:{}", server.port);
    let time_limits = TimeLimits { connect: LATE, read: LATE, ..SOON };
    assert!(read(&client(&endpoint, Some(&authority), &time_limits)).await.is_err());
    assert!(server.calls().is_empty());
}

/// Opens a connection to `opened` of the server, then calls it twice. Returns the connection of each call.
async fn calls_after_opening(plan: &[Does], is_tls: bool, opened: &str, called: &str) -> Vec<usize> {
    let (authority, tls) = certified("localhost");
    let server = Server::start(plan, is_tls.then_some(tls)).await;
    let time_limits = TimeLimits { connect: LATE, read: LATE, attempts: 1, ..SOON };
    let aws = aws(Some(&authority), &time_limits);
    let url = |rest: &str| rest.replace("PORT", &server.port.to_string());
    aws.open_connection(&Endpoint::builder().url(url(opened)).build()).await;
    if matches!(plan.first(), Some(Does::TiresOfWaiting | Does::TiresAndSaysSo)) {
        server.has_hung_up().await;
    }
    let client = client_of(&aws, &url(called));
    for _ in 0..2 {
        read(&client).await.unwrap();
    }
    server.calls()
}

const TWO: [Does; 2] = [Does::Answers(200); 2];

#[tokio::test]
async fn the_first_call_uses_the_connection_that_was_opened_ahead() {
    for (is_tls, url) in [
        (true, "https://localhost:PORT"),
        (true, "https://localhost:PORT/a/path"),
        (false, "http://localhost:PORT"),
        (false, "http://127.0.0.1:PORT/a/path/"),
    ] {
        assert_eq!(calls_after_opening(&TWO, is_tls, url, url).await, [1, 1], "{url}");
    }
}

#[tokio::test]
async fn a_connection_to_another_host_is_not_used() {
    let calls = calls_after_opening(&TWO, false, "http://127.0.0.1:PORT", "http://localhost:PORT").await;
    assert_eq!(calls, [2, 2]);
}

/// The sandbox may have been frozen for longer than the server waits. That costs no attempt.
#[tokio::test]
async fn a_connection_that_was_closed_in_the_meantime_is_replaced() {
    for tired in [Does::TiresOfWaiting, Does::TiresAndSaysSo] {
        for (is_tls, url) in [(true, "https://localhost:PORT"), (false, "http://localhost:PORT")] {
            let plan = [&[tired][..], &TWO].concat();
            assert_eq!(calls_after_opening(&plan, is_tls, url, url).await, [2, 2], "{url}");
        }
    }
}

#[tokio::test]
async fn no_connection_is_opened_to_an_unknown_server() {
    let (authority, _) = certified("localhost");
    let (_, tls) = certified("localhost");
    let server = Server::start(&[Does::Answers(200)], Some(tls)).await;
    let url = format!("https://localhost:{}", server.port);
    let aws = aws(Some(&authority), &TimeLimits { connect: LATE, read: LATE, ..SOON });
    aws.open_connection(&Endpoint::builder().url(url.clone()).build()).await;
    assert!(read(&client_of(&aws, &url)).await.is_err());
    assert!(server.calls().is_empty());
}
