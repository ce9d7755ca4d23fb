//! `GET /api/credentials/{credentialName}/download`
//!
//! Returns a credential's bytes as a file.

use std::process::ExitCode;

use latchkey::http::{StatusCode, header::CONTENT_DISPOSITION};
use latchkey::{Caller, Request, Response, Result, Store};
use latchkey_dqops::disposition::attachment;
use latchkey_dqops::{Dqops, EDIT, credential_name, namespace};

fn main() -> ExitCode {
    latchkey::serve::<Dqops, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, caller: Caller, request: Request) -> Result<Response> {
    let scope = caller.enter(namespace(), EDIT)?;
    let name = credential_name(&request)?;

    let stored = store.read(&scope, name).await?;

    let file = match stored.value.expose_text() {
        Some(text) => Response::text(StatusCode::OK, text),
        None => Response::bytes(StatusCode::OK, stored.value.expose().to_vec()),
    };
    Ok(file.header(CONTENT_DISPOSITION, &attachment(name)).or_not_modified(&request, &stored.version))
}
