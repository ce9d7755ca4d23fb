//! `DELETE /api/credentials/{credentialName}`
//!
//! Deletes a credential. Until its recovery window ends, it can be restored in Secrets Manager.
//! See `docs/decisions/deletion.md`.

use std::process::ExitCode;

use latchkey::http::StatusCode;
use latchkey::{Caller, Request, Response, Result, Store};
use latchkey_dqops::{Dqops, EDIT, credential_name, namespace};

fn main() -> ExitCode {
    latchkey::serve::<Dqops, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, caller: Caller, request: Request) -> Result<Response> {
    let scope = caller.enter(namespace(), EDIT)?;
    let name = credential_name(&request)?;

    store.delete(&scope, name, &request.if_match()?).await?;

    Ok(Response::empty(StatusCode::NO_CONTENT))
}
