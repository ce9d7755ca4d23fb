//! `POST /api/credentials`
//!
//! Creates a credential. Responds with 409 if the name is taken, and leaves the credential that has it as it is.

use std::process::ExitCode;

use latchkey::http::StatusCode;
use latchkey::{Caller, Request, Response, Result, Store, audit};
use latchkey_dqops::wire::SharedCredentialInput;
use latchkey_dqops::{Dqops, EDIT, namespace};

fn main() -> ExitCode {
    latchkey::serve::<Dqops, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, caller: Caller, request: Request) -> Result<Response> {
    let scope = caller.enter(namespace(), EDIT)?;
    let credential: SharedCredentialInput = request.json()?;
    let idempotency_key = request.idempotency_key()?;

    let name = credential.name()?;
    audit::credential_name(name);
    let version = store.create(&scope, name, &credential.draft()?, idempotency_key.as_ref()).await?;

    Ok(Response::empty(StatusCode::CREATED).etag(&version))
}
