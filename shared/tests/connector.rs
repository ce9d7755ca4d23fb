//! What the SDK does with the connections that it is given here.

#![allow(clippy::unwrap_used, clippy::panic, clippy::large_futures)] // It is all a test.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_secretsmanager::config::{Builder, Credentials};
use aws_sdk_secretsmanager::error::SdkError;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_sdk_secretsmanager::{Client, operation::get_secret_value::GetSecretValueOutput};
use latchkey::aws::{self, Patience};
use latchkey_stand_in::wire;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::io::{AsyncRead, AsyncWrite, BufStream};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

const SOON: Patience = Patience {
    connect: Duration::from_millis(200),
    read: Duration::from_millis(200),
    operation: Duration::from_secs(30),
    attempts: 2,
};
const LATE: Duration = Duration::from_secs(20);

type Outcome = Result<GetSecretValueOutput, SdkError<GetSecretValueError>>;

/// What a server does with a call.
#[derive(Clone, Copy)]
enum Does {
    Answers(u16),
    Hangs,
    HangsUp,
}

/// A server, and on which of its connections each call came.
struct Server {
    port: u16,
    calls: Arc<Mutex<Vec<usize>>>,
}

impl Server {
    async fn start(plan: &[Does], tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { port: listener.local_addr().unwrap().port(), calls: Arc::default() };
        let (plan, calls) = (Arc::new(Mutex::new(VecDeque::from(plan.to_vec()))), Arc::clone(&server.calls));
        tokio::spawn(async move {
            for connection in 1.. {
                let (stream, _) = listener.accept().await.unwrap();
                let (plan, calls, tls) = (Arc::clone(&plan), Arc::clone(&calls), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, connection, &plan, &calls).await,
                        Some(tls) => {
                            let Ok(stream) = tls.accept(stream).await else { return };
                            serve(stream, connection, &plan, &calls).await;
                        }
                    }
                });
            }
        });
        server
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
    while let Some(request) = wire::read(&mut stream).await {
        assert!(request.parameters.is_some());
        calls.lock().unwrap().push(connection);
        let next = plan.lock().unwrap().pop_front().unwrap();
        match next {
            Does::Answers(status) => wire::answer(&mut stream, status, "{}").await.unwrap(),
            Does::Hangs => std::future::pending().await,
            Does::HangsUp => return,
        }
    }
}

fn client(endpoint: &str, ca_bundle: Option<&str>, patience: &Patience) -> Client {
    let config = aws::config("us-east-1", ca_bundle.map(str::as_bytes), patience).unwrap();
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let builder = Builder::from(&config).credentials_provider(credentials).endpoint_url(endpoint);
    Client::from_conf(builder.build())
}

async fn read(client: &Client) -> Outcome {
    client.get_secret_value().secret_id("a").send().await
}

/// What comes of reading from a server without TLS, which acts by `plan`.
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
async fn a_connection_is_kept() {
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
async fn after_a_failure_of_the_service_the_next_attempt_has_its_own_connection() {
    let (outcomes, calls) = read_by(&[Does::Answers(500), Does::Answers(200)], 1).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(calls, [1, 2]);
}

#[tokio::test]
async fn a_server_that_hangs_is_left_in_time() {
    let (outcomes, calls) = read_by(&[Does::Hangs, Does::Hangs], 1).await;
    let [Err(SdkError::DispatchFailure(failure))] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    assert!(failure.is_timeout());
    assert_eq!(calls, [1, 2]);
}

#[tokio::test]
async fn a_handshake_that_hangs_is_left_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let patience = Patience { read: LATE, ..SOON };
    let outcome = tokio::time::timeout(LATE, read(&client(&endpoint, None, &patience))).await.unwrap();
    let Err(SdkError::DispatchFailure(failure)) = outcome else { panic!("{outcome:?}") };
    assert!(failure.is_timeout());
}

/// The certificate authority's PEM, and a server with its certificate for `name`.
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
    let patience = Patience { connect: LATE, read: LATE, ..SOON };
    for (trusted, calls) in [(None, 0), (Some(&other), 0), (Some(&authority), 1)] {
        let server = Server::start(&[Does::Answers(200)], Some(tls.clone())).await;
        let endpoint = format!("https://localhost:{}", server.port);
        let outcome = read(&client(&endpoint, trusted.map(String::as_str), &patience)).await;
        assert_eq!(outcome.is_ok(), calls > 0, "{outcome:?}");
        assert_eq!(server.calls().len(), calls);
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let (authority, tls) = certified("example.com");
    let server = Server::start(&[Does::Answers(200)], Some(tls)).await;
    let endpoint = format!("https://localhost:{}", server.port);
    let patience = Patience { connect: LATE, read: LATE, ..SOON };
    assert!(read(&client(&endpoint, Some(&authority), &patience)).await.is_err());
    assert!(server.calls().is_empty());
}
