//! The Lambda Runtime API on loopback, for one function: delivers events and records the times.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, bail};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:bench";

/// The time limit for anything that a function does.
const DEADLINE: Duration = Duration::from_secs(30);

/// The Runtime API of one function process.
pub(crate) struct RuntimeApi {
    /// The address on which it listens, for `AWS_LAMBDA_RUNTIME_API`.
    pub(crate) address: SocketAddr,
    polls: mpsc::UnboundedReceiver<Poll>,
    outcomes: mpsc::UnboundedReceiver<Outcome>,
    _server: JoinSet<()>,
}

/// A function's request for an event.
pub(crate) struct Poll {
    pub(crate) at: Instant,
    reply: oneshot::Sender<Bytes>,
}

/// The outcome of an event.
struct Outcome {
    at: Instant,
    body: Bytes,
    failed: bool,
}

/// A function's response to an event.
pub(crate) struct Answer {
    /// The time from sending the event to receiving the response.
    pub(crate) took: Duration,
    pub(crate) body: Bytes,
}

#[derive(Clone)]
struct Reports {
    polls: mpsc::UnboundedSender<Poll>,
    outcomes: mpsc::UnboundedSender<Outcome>,
}

impl RuntimeApi {
    /// Listens on a free port.
    pub(crate) async fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (polls_in, polls) = mpsc::unbounded_channel();
        let (outcomes_in, outcomes) = mpsc::unbounded_channel();
        let reports = Reports { polls: polls_in, outcomes: outcomes_in };
        let mut server = JoinSet::new();
        server.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, reports.clone()));
            }
        });
        Ok(Self { address, polls, outcomes, _server: server })
    }

    /// Waits until the function asks for an event, which means that it is ready.
    pub(crate) async fn ready(&mut self) -> Result<Poll> {
        tokio::select! {
            poll = self.polls.recv() => poll.context("the Runtime API has stopped"),
            outcome = self.outcomes.recv() => {
                bail!("it failed to start: {:?}", outcome.map(|outcome| outcome.body))
            }
            () = tokio::time::sleep(DEADLINE) => bail!("it does not ask for an event"),
        }
    }

    /// Gives the function an event and waits for the response.
    pub(crate) async fn invoke(&mut self, poll: Poll, event: Bytes) -> Result<Answer> {
        let sent = Instant::now();
        if poll.reply.send(event).is_err() {
            bail!("it asked for an event and was gone");
        }
        let outcome = tokio::time::timeout(DEADLINE, self.outcomes.recv()).await;
        let outcome = outcome.context("it does not answer")?.context("the Runtime API has stopped")?;
        if outcome.failed {
            bail!("it answered with an error: {:?}", outcome.body);
        }
        Ok(Answer { took: outcome.at.duration_since(sent), body: outcome.body })
    }
}

async fn serve(stream: TcpStream, reports: Reports) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let reports = reports.clone();
        async move { Ok::<_, Infallible>(route(request, reports).await) }
    });
    // A function may be stopped in the middle of a request: that is not an error.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn route(request: Request<Incoming>, reports: Reports) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    match (request.method(), path.rsplit('/').next()) {
        (&Method::GET, Some("next")) => next(&reports).await,
        (&Method::POST, Some(end @ ("response" | "error"))) => {
            let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes);
            let outcome =
                Outcome { at: Instant::now(), body: body.unwrap_or_default(), failed: end == "error" };
            let _ = reports.outcomes.send(outcome);
            answer(StatusCode::ACCEPTED, Bytes::from_static(br#"{"status":"OK"}"#))
        }
        _ => answer(StatusCode::NOT_FOUND, Bytes::new()),
    }
}

async fn next(reports: &Reports) -> Response<Full<Bytes>> {
    let (reply, event) = oneshot::channel();
    let _ = reports.polls.send(Poll { at: Instant::now(), reply });
    let Ok(event) = event.await else { return answer(StatusCode::GONE, Bytes::new()) };
    let mut response = answer(StatusCode::OK, event);
    let deadline = SystemTime::now() + Duration::from_secs(15);
    let deadline = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    for (name, value) in [
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        ("lambda-runtime-deadline-ms", &deadline.to_string()),
        ("lambda-runtime-invoked-function-arn", ARN),
        ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0"),
    ] {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn answer(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
    response
}
