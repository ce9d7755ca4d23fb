//! Each operation, with an event for which it succeeds.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use hyper::body::Bytes;
use serde_json::{Value, json};

use crate::function::{Function, Launch, PREFIX, check};
use crate::gateway::{Call, GRANTS};
use crate::secrets_manager::SecretsManager;

/// The prefix under which each API has a hundred credentials. Most operations use it.
const HUNDRED: &str = "latchkey";
/// The prefix under which each API has a thousand credentials.
pub(crate) const THOUSAND: &str = "thousand";
/// The prefix under which each API has ten thousand credentials.
pub(crate) const TEN_THOUSAND: &str = "ten-thousand";
const NAMESPACES: [(usize, &str); 3] = [(100, HUNDRED), (1_000, THOUSAND), (10_000, TEN_THOUSAND)];

/// The function that runs before every operation.
pub(crate) const AUTHORIZER: &str = "authorizer";

/// One of the functions, and its event.
#[derive(Clone)]
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) binary: String,
    pub(crate) event: Bytes,
    /// The expected status of its response, or the authorizer's effect.
    pub(crate) expected: String,
    /// The prefix of the secrets that it works on.
    pub(crate) prefix: &'static str,
}

impl Operation {
    /// How its function is started.
    pub(crate) fn launch(&self, launch: Launch) -> Launch {
        launch.set(PREFIX, self.prefix)
    }

    /// Whether it lists more credentials than the others, and so takes longer.
    pub(crate) fn is_long(&self) -> bool {
        self.prefix != HUNDRED
    }
}

/// One of the APIs: how its credentials are created, and the other operations on them. `others` takes the id of
/// one credential, for the APIs that make ids.
struct Api {
    name: &'static str,
    create: fn(usize) -> Call,
    others: fn(id: &str) -> Vec<(&'static str, Call)>,
}

const APIS: [Api; 4] = [
    Api { name: "dqops", create: create_dqops, others: others_of_dqops },
    Api { name: "tiledb", create: create_tiledb, others: others_of_tiledb },
    Api { name: "organizations", create: create_organizations, others: others_of_organizations },
    Api { name: "losant", create: create_losant, others: others_of_losant },
];

/// The two operations that `make guard` counts, with their secrets put in place.
pub(crate) fn guarded(secrets_manager: &SecretsManager) -> Vec<Operation> {
    put_key(secrets_manager);
    secrets_manager.put("latchkey/dqops/bench0.txt", "value");
    let get = others_of_dqops("").into_iter().filter(|(verb, _)| *verb == "get");
    get.map(|(_, call)| operation("dqops-get".to_owned(), &call)).chain([authorizer()]).collect()
}

/// The functions that `template` names, except those that provision. Those run in deployments, where nobody waits
/// for their start, and the limit for packages does not apply to them.
pub(crate) fn serving(template: &Path) -> Result<Vec<String>> {
    let template = std::fs::read_to_string(template)?;
    let binaries = template.split("Binary: ").skip(1).filter_map(|rest| rest.split('}').next());
    Ok(binaries.filter(|binary| !binary.ends_with("-provision")).map(str::to_owned).collect())
}

/// The functions of [`serving`] that are built, each with its event. Also creates the credentials for these events.
pub(crate) async fn all(
    template: &Path,
    binaries: &Path,
    secrets_manager: &SecretsManager,
    launch: impl Fn(&Path) -> Launch,
) -> Result<Vec<Operation>> {
    let (built, missing): (Vec<_>, Vec<_>) =
        serving(template)?.into_iter().partition(|binary| binaries.join(binary).is_file());
    if !missing.is_empty() {
        println!("Not measured, as they are not built: {}", missing.join(", "));
    }
    put_key(secrets_manager);
    let mut operations = vec![authorizer(), preflight()];
    for api in APIS {
        let binary = format!("{}-create", api.name);
        if !built.contains(&binary) {
            continue;
        }
        for (size, prefix) in NAMESPACES {
            let launch = launch(&binaries.join(&binary)).set(PREFIX, prefix);
            let id = create(&api, size, &launch, secrets_manager).await.with_context(|| binary.clone())?;
            let others = (api.others)(&id).into_iter();
            let others = others.map(|(verb, call)| operation(format!("{}-{verb}", api.name), &call));
            if prefix == HUNDRED {
                operations.push(operation(binary.clone(), &(api.create)(size)));
                operations.extend(others);
            } else {
                operations.extend(others.filter(|other| other.binary.ends_with("-list")).map(|list| {
                    let name = format!("{} of {size}", list.name);
                    Operation { name, prefix, ..list }
                }));
            }
        }
    }
    let is_among = |operation: &Operation| built.contains(&operation.binary);
    operations.retain(is_among);
    let mut unasked = built.iter().filter(|binary| !operations.iter().any(|known| known.binary == **binary));
    match unasked.next() {
        Some(binary) => bail!("bench/src/operations.rs has no event for {binary}"),
        None => Ok(operations),
    }
}

/// A page of TileDB's list, of the credentials under `prefix`.
pub(crate) fn page(prefix: &'static str, number: usize) -> Operation {
    let query = json!({"per_page": "100", "page": number.to_string()});
    let list = operation("tiledb-list".to_owned(), &Call::new("GET", "/v4/credentials", 200).query(query));
    Operation { prefix, ..list }
}

fn put_key(secrets_manager: &SecretsManager) {
    let key = format!(r#"{{"secret":"{}","grants":{GRANTS}}}"#, "s".repeat(64));
    secrets_manager.put("latchkey/keys/administrator", &key);
}

/// Creates `size` credentials of an API with its own function. Returns the id of one of them: from the response, or
/// otherwise from a secret's name.
async fn create(api: &Api, size: usize, launch: &Launch, secrets_manager: &SecretsManager) -> Result<String> {
    let mut function = Function::start(launch).await?;
    secrets_manager.record(true);
    let mut id = None;
    for number in 0..size {
        let call = (api.create)(number);
        let answer = function.invoke(&Bytes::from(call.event().to_string())).await?;
        check(&answer, &call.status.to_string())?;
        let answer: Value = serde_json::from_slice(&answer.body)?;
        let body = answer.get("body").and_then(Value::as_str).unwrap_or_default();
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        id = body.get("id").and_then(Value::as_str).map(str::to_owned);
    }
    secrets_manager.record(false);
    let secret = secrets_manager.any(&format!("latchkey/{}/", api.name)).context("it created nothing")?;
    let in_name = secret.rsplit('/').next().unwrap_or_default().replace("=2D", "-");
    Ok(id.unwrap_or(in_name))
}

fn authorizer() -> Operation {
    let call = Call::new("GET", "/api/credentials/{credentialName}", 200);
    let event = call.parameters(json!({"credentialName": "bench0.txt"})).authorizer_event();
    let event = Bytes::from(event.to_string());
    let binary = AUTHORIZER.to_owned();
    Operation { name: binary.clone(), binary, event, expected: "Allow".to_owned(), prefix: HUNDRED }
}

fn preflight() -> Operation {
    operation("preflight".to_owned(), &Call::new("OPTIONS", "/api/credentials", 204))
}

fn operation(binary: String, call: &Call) -> Operation {
    let event = Bytes::from(call.event().to_string());
    Operation { name: binary.clone(), binary, event, expected: call.status.to_string(), prefix: HUNDRED }
}

fn create_dqops(number: usize) -> Call {
    let body =
        json!({"credential_name": format!("bench{number}.txt"), "type": "text", "text_value": "value"});
    Call::new("POST", "/api/credentials", 201).body(body)
}

fn others_of_dqops(_: &str) -> Vec<(&'static str, Call)> {
    let name = json!({"credentialName": "bench0.txt"});
    let one = |method, resource, status| Call::new(method, resource, status).parameters(name.clone());
    let value = json!({"credential_name": "bench0.txt", "type": "text", "text_value": "another value"});
    vec![
        ("get", one("GET", "/api/credentials/{credentialName}", 200)),
        ("list", Call::new("GET", "/api/credentials", 200)),
        ("download", one("GET", "/api/credentials/{credentialName}/download", 200)),
        ("update", one("PUT", "/api/credential/{credentialName}", 204).body(value)),
        ("delete", one("DELETE", "/api/credentials/{credentialName}", 204)),
    ]
}

fn tiledb_keys(number: usize) -> Value {
    let keys =
        json!({"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "wJalrXUtnFEMIK7MDENGbPxRfiCY"});
    json!({"name": format!("bench{number}"), "provider": "AWS", "credential": {"aws": keys}})
}

fn create_tiledb(number: usize) -> Call {
    Call::new("POST", "/v4/credentials", 201).body(tiledb_keys(number))
}

fn others_of_tiledb(_: &str) -> Vec<(&'static str, Call)> {
    let name = json!({"name": "bench0"});
    let one = |method, status| Call::new(method, "/v4/credentials/{name}", status).parameters(name.clone());
    // A role, for which the function calls STS.
    let role = json!({"aws": {"role_arn": "arn:aws:iam::123456789012:role/audit", "external_id": "bench"}});
    let unstored = json!({"name": "bench0", "provider": "AWS", "role": role});
    let look_up = |resource| {
        let names = json!({"workspace": "acme", "teamspace": "data"});
        Call::new("GET", resource, 200).parameters(names)
    };
    vec![
        ("get", one("GET", 200)),
        ("list", Call::new("GET", "/v4/credentials", 200).query(json!({"per_page": "100"}))),
        ("patch", one("PATCH", 204).body(json!({"allowed_in_tasks": true}))),
        ("delete", one("DELETE", 204)),
        ("verify", Call::new("POST", "/v4/credentials/verify", 200).body(unstored)),
        ("get-workspace", look_up("/tiledb/v4/workspaces/{workspace}")),
        ("list-teamspaces", look_up("/tiledb/v4/teamspaces/{workspace}")),
        ("get-teamspace", look_up("/tiledb/v4/teamspaces/{workspace}/{teamspace}")),
    ]
}

fn create_organizations(number: usize) -> Call {
    let role = json!({"role": "arn:aws:iam::123456789012:role/audit"});
    let body = json!({"org_id": "acme", "type": "aws", "name": format!("bench {number}"), "specific": role,
        "comments": "measured"});
    let action = json!({"action": "add_credential"});
    Call::new("POST", "/v1/organizations/credentials/create", 200).query(action).body(body)
}

fn others_of_organizations(id: &str) -> Vec<(&'static str, Call)> {
    let list = json!({"org_id": "acme", "action": "list_credentials"});
    let removal = json!({"org_id": "acme", "credential_id": id, "comments": "measured"});
    let update = json!({"org_id": "acme", "credential_id": id, "data": {"comments": "again"}, "reason": ""});
    vec![
        ("list", Call::new("GET", "/v1/organizations/credentials/list", 200).query(list)),
        ("delete", Call::new("POST", "/v1/organizations/credentials/delete", 200).body(removal)),
        ("update", Call::new("POST", "/v1/organizations/credentials/update", 200).body(update)),
    ]
}

const APPLICATION: &str = "575ec8687ae143cd83dc4a97";

fn create_losant(number: usize) -> Call {
    let config = json!({"region": "us-east-1", "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "secretAccessKey": "wJalrXUtnFEMIK7MDENGbPxRfiCY"});
    let body = json!({"name": format!("bench {number}"), "type": "aws", "awsConfig": config});
    Call::new("POST", "/applications/{applicationId}/credentials", 201)
        .parameters(json!({"applicationId": APPLICATION}))
        .body(body)
}

fn others_of_losant(id: &str) -> Vec<(&'static str, Call)> {
    let one = json!({"applicationId": APPLICATION, "credentialId": id});
    let item = "/applications/{applicationId}/credentials/{credentialId}";
    let linked = "/applications/{applicationId}/credentials/{credentialId}/linkedResources";
    let list = Call::new("GET", "/applications/{applicationId}/credentials", 200);
    vec![
        ("get", Call::new("GET", item, 200).parameters(one.clone())),
        ("list", list.parameters(json!({"applicationId": APPLICATION}))),
        ("patch", Call::new("PATCH", item, 200).parameters(one.clone()).body(json!({"enabled": false}))),
        ("delete", Call::new("DELETE", item, 200).parameters(one.clone())),
        ("linked-resources", Call::new("GET", linked, 200).parameters(one)),
    ]
}
