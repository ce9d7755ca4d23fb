//! `GET /api/credentials/{credentialName}`
//!
//! Returns a credential with its value. The type is not stored; it is detected from the content.

use std::process::ExitCode;

use latchkey::http::StatusCode;
use latchkey::{Caller, Request, Response, Result, Store};
use latchkey_dqops::wire::SharedCredentialModel;
use latchkey_dqops::{Dqops, EDIT, credential_name, namespace};

fn main() -> ExitCode {
    latchkey::serve::<Dqops, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, caller: Caller, request: Request) -> Result<Response> {
    let scope = caller.enter(namespace(), EDIT)?;
    let name = credential_name(&request)?;

    let stored = store.read(&scope, name).await?;

    let model = SharedCredentialModel::new(name, &stored.value);
    Ok(Response::json(StatusCode::OK, &model)?.or_not_modified(&request, &stored.version))
}
