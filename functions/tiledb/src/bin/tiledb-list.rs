//! `GET /v4/credentials` and `GET /tiledb/v4/credentials/{workspace}`
//!
//! Lists credentials, page by page, in the order of their names.

use std::process::ExitCode;

use latchkey::http::StatusCode;
use latchkey::{Caller, Request, Response, Result, Store};
use latchkey_tiledb::defaults::DEFAULTS;
use latchkey_tiledb::list::{ListQuery, access_credentials, public_of};
use latchkey_tiledb::{Tiledb, VIEW, enter};

fn main() -> ExitCode {
    latchkey::serve::<Tiledb, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, caller: Caller, request: Request) -> Result<Response> {
    let scope = enter(&caller, &request, VIEW)?;
    let query = ListQuery::parse(&request)?;

    let (listed, defaults) = store.list_with_document(&scope, DEFAULTS, public_of).await?;

    let credentials = access_credentials(scope.namespace(), listed, &defaults);
    Response::json(StatusCode::OK, &query.answer(credentials))
}
