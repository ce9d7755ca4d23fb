//! Secrets Manager in memory, with AWS's own rules where the emulators have others: a token is bound to its
//! value, and a secret that is scheduled for deletion can be described and restored, and nothing else.
//! Calls take random times, and a caller can be made to die or to wait at any of them.

#[path = "wire.rs"]
mod wire;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::BufStream;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use wire::{answer, read_call};

#[derive(Clone, Debug, Default)]
struct Secret {
    description: String,
    versions: BTreeMap<String, Value>,
    current: String,
    is_scheduled: bool,
}

/// All secrets.
#[derive(Clone, Default)]
pub(crate) struct Fake {
    secrets: Arc<Mutex<BTreeMap<String, Secret>>>,
    late_calls: Arc<AtomicUsize>,
}

/// What happens to a caller, once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Incident {
    /// How many of its calls come through before.
    pub(crate) after: usize,
    pub(crate) what: What,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum What {
    /// The caller dies. Its last call is carried out after a while, if ever.
    Dies(Option<Duration>),
    /// The call waits until it may go on.
    Waits,
}

/// One caller's way to the secrets.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) endpoint: String,
    /// Told of the incident.
    pub(crate) happened: Arc<Notify>,
    /// Lets a call that waits go on.
    pub(crate) go_on: Arc<Notify>,
    pub(crate) calls: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// A line of its own for a caller.
    pub(crate) async fn line(&self, incident: Option<Incident>) -> Line {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let line = Line {
            endpoint: format!("http://{}", listener.local_addr().unwrap()),
            happened: Arc::default(),
            go_on: Arc::default(),
            calls: Arc::default(),
        };
        let (fake, served) = (self.clone(), line.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(fake.clone().serve(served.clone(), stream, incident));
            }
        });
        line
    }

    async fn serve(self, line: Line, stream: TcpStream, incident: Option<Incident>) {
        let mut stream = BufStream::new(stream);
        while let Some((action, parameters)) = read_call(&mut stream).await {
            pause().await;
            let before = line.calls.lock().unwrap().len();
            line.calls.lock().unwrap().push(action.clone());
            match incident
                .filter(|incident| before >= incident.after)
                .map(|incident| (incident, incident.what))
            {
                Some((incident, What::Dies(last_call))) => {
                    if let Some(delay) = last_call.filter(|_| before == incident.after) {
                        self.call_later(delay, action, parameters);
                    }
                    line.happened.notify_one();
                    return;
                }
                Some((incident, What::Waits)) if before == incident.after => {
                    line.happened.notify_one();
                    line.go_on.notified().await;
                }
                _ => {}
            }
            let (status, body) = self.call(&action, &parameters);
            pause().await;
            // A caller that has died reads no answer.
            let _ = answer(&mut stream, status, &body.to_string()).await;
        }
    }

    fn call_later(&self, delay: Duration, action: String, parameters: Value) {
        let fake = self.clone();
        fake.late_calls.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            fake.call(&action, &parameters);
            fake.late_calls.fetch_sub(1, Ordering::SeqCst);
        });
    }

    /// Waits until the last call of every dead caller has been carried out.
    pub(crate) async fn quiet(&self) {
        while self.late_calls.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Makes every tombstone so old that nobody can be at work on it any more.
    pub(crate) fn age(&self) {
        for secret in self.secrets.lock().unwrap().values_mut() {
            let mut description: Value = serde_json::from_str(&secret.description).unwrap();
            if description.get("deleted_at").is_some() {
                description["deleted_at"] = json!(1);
            }
            secret.description = description.to_string();
        }
    }

    /// Ends every recovery window.
    pub(crate) fn purge(&self) {
        self.secrets.lock().unwrap().retain(|_, secret| !secret.is_scheduled);
    }

    /// Everything, to be shown where a test fails.
    pub(crate) fn dump(&self) -> String {
        format!("{:#?}", self.secrets.lock().unwrap())
    }

    fn call(&self, action: &str, parameters: &Value) -> (u16, Value) {
        let mut secrets = self.secrets.lock().unwrap();
        if action == "ListSecrets" {
            let prefix = parameters["Filters"][0]["Values"][0].as_str().unwrap();
            let is_listed =
                |(name, secret): &(&String, &Secret)| name.starts_with(prefix) && !secret.is_scheduled;
            let describe =
                |(name, secret): (&String, &Secret)| json!({"Name": name, "Description": secret.description});
            let list: Vec<_> = secrets.iter().filter(is_listed).map(describe).collect();
            return (200, json!({"SecretList": list}));
        }
        let name = parameters["SecretId"].as_str().or_else(|| parameters["Name"].as_str()).unwrap();
        if action == "CreateSecret" {
            return match secrets.get_mut(name) {
                Some(secret) if secret.is_scheduled => error("InvalidRequestException"),
                Some(secret) if secret.has_written(parameters) => (200, secret.identity(name)),
                Some(_) => error("ResourceExistsException"),
                None => (200, secrets.entry(name.to_owned()).or_default().write(name, parameters)),
            };
        }
        let Some(secret) = secrets.get_mut(name) else { return error("ResourceNotFoundException") };
        match action {
            "DescribeSecret" => (200, secret.describe(name)),
            "RestoreSecret" => {
                secret.is_scheduled = false;
                (200, secret.identity(name))
            }
            _ if secret.is_scheduled => error("InvalidRequestException"),
            "DeleteSecret" => {
                secret.is_scheduled = true;
                (200, secret.identity(name))
            }
            "GetSecretValue" => {
                let mut answer = secret.identity(name);
                answer["SecretString"] = secret.versions[&secret.current].clone();
                (200, answer)
            }
            "UpdateSecret" if secret.has_written(parameters) => (200, secret.identity(name)),
            "UpdateSecret" if secret.versions.contains_key(token(parameters)) => {
                error("ResourceExistsException")
            }
            "UpdateSecret" => (200, secret.write(name, parameters)),
            _ => panic!("{action}"),
        }
    }
}

impl Secret {
    fn has_written(&self, parameters: &Value) -> bool {
        self.versions.get(token(parameters)) == Some(&parameters["SecretString"])
    }

    fn write(&mut self, name: &str, parameters: &Value) -> Value {
        parameters["Description"].as_str().unwrap().clone_into(&mut self.description);
        token(parameters).clone_into(&mut self.current);
        self.versions.insert(self.current.clone(), parameters["SecretString"].clone());
        self.identity(name)
    }

    fn identity(&self, name: &str) -> Value {
        json!({"ARN": format!("arn:{name}"), "Name": name, "VersionId": self.current})
    }

    fn describe(&self, name: &str) -> Value {
        let mut answer = self.identity(name);
        answer["Description"] = json!(self.description);
        answer["VersionIdsToStages"] = json!({ self.current.clone(): ["AWSCURRENT"] });
        if self.is_scheduled {
            answer["DeletedDate"] = json!(1);
        }
        answer
    }
}

fn token(parameters: &Value) -> &str {
    parameters["ClientRequestToken"].as_str().unwrap()
}

fn error(code: &str) -> (u16, Value) {
    (400, json!({"__type": code, "message": ""}))
}

async fn pause() {
    match fastrand::u64(0..4) {
        0 => tokio::time::sleep(Duration::from_millis(1)).await,
        yields => {
            for _ in 0..yields {
                tokio::task::yield_now().await;
            }
        }
    }
}
