//! `POST /v1/organizations/credentials/update`
//!
//! Changes the fields of a credential that `data` contains. Absent fields stay as they are.

use std::process::ExitCode;

use latchkey::http::StatusCode;
use latchkey::store::Stored;
use latchkey::{Caller, Request, Response, Result, Store, audit};
use latchkey_organizations::wire::{Update, check_action, envelope};
use latchkey_organizations::{Credential, EDIT, OrgId, Organizations};

fn main() -> ExitCode {
    latchkey::serve::<Organizations, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, caller: Caller, request: Request) -> Result<Response> {
    let scope = caller.enter(OrgId::of_body(&request)?.namespace(), EDIT)?;
    check_action(&request, "update_credential")?;
    let update: Update = request.json()?;
    audit::remark(update.reason());
    let (id, precondition) = (update.credential_id()?, request.if_match()?);

    let change = |stored: &Stored| Ok((Credential::updated(&stored.value, update.data())?, ()));
    let (version, ()) = store.update(&scope, id, &precondition, change).await?;

    Ok(envelope(StatusCode::OK, "Credential updated")?.etag(&version))
}
