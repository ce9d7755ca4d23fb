//! `DELETE /applications/{applicationId}/credentials/{credentialId}`
//!
//! Deletes a credential. Until its recovery window ends, it can be restored in Secrets Manager.
//! See `docs/decisions/deletion.md`.

use std::process::ExitCode;

use latchkey::http::StatusCode;
use latchkey::{Caller, Request, Response, Result, Store};
use latchkey_losant::wire::Success;
use latchkey_losant::{CREDENTIAL_DELETE, Losant, credential_id, enter, operations};

fn main() -> ExitCode {
    latchkey::serve::<Losant, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, caller: Caller, request: Request) -> Result<Response> {
    let scope = enter(&caller, &request, CREDENTIAL_DELETE)?;
    let id = credential_id(&request)?;

    operations::delete(store, &scope, &id, &request.if_match()?).await?;

    Response::json(StatusCode::OK, &Success::default())
}
