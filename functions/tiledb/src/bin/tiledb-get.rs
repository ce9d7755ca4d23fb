//! `GET /v4/credentials/{name}` and `GET /tiledb/v4/credentials/{workspace}/{name}`
//!
//! Returns a credential, with an empty text in place of its secret.

use std::process::ExitCode;

use latchkey::http::StatusCode;
use latchkey::{Caller, Request, Response, Result, Store};
use latchkey_tiledb::access::Redacted;
use latchkey_tiledb::record::{AccessCredential, CredentialGetResponse, Record};
use latchkey_tiledb::{Tiledb, VIEW, credential_name, enter};

fn main() -> ExitCode {
    latchkey::serve::<Tiledb, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, caller: Caller, request: Request) -> Result<Response> {
    let scope = enter(&caller, &request, VIEW)?;
    let name = credential_name(&request)?;

    let stored = store.read(&scope, name).await?;
    let record = Record::<Redacted>::parse(&stored.value)?;
    let defaults = record.defaults(store, &scope).await?;
    // Whether it is its cloud's default is not part of its version, so a 304 could hide that this has changed.
    // See docs/decisions/web-pages.md.
    let is_settled = !record.was_default();

    let data = AccessCredential::new(scope.namespace(), name.to_owned(), record, &defaults);
    let response = Response::json(StatusCode::OK, &CredentialGetResponse { data })?;
    if is_settled {
        return Ok(response.or_not_modified(&request, &stored.version));
    }
    Ok(response.etag(&stored.version))
}
