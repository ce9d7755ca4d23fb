//! `POST /v1/organizations/credentials/delete`
//!
//! Deletes a credential. Until its recovery window ends, it can be restored in Secrets Manager.
//! See `docs/decisions/deletion.md`.

use std::process::ExitCode;

use latchkey::http::StatusCode;
use latchkey::{Caller, Request, Response, Result, Store, audit};
use latchkey_organizations::wire::{Removal, check_action, envelope};
use latchkey_organizations::{EDIT, OrgId, Organizations};

fn main() -> ExitCode {
    latchkey::serve::<Organizations, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, caller: Caller, request: Request) -> Result<Response> {
    let scope = caller.enter(OrgId::of_body(&request)?.namespace(), EDIT)?;
    check_action(&request, "remove_credential")?;
    let removal: Removal = request.json()?;
    audit::remark(removal.comments());

    store.delete(&scope, removal.credential_id()?, &request.if_match()?).await?;

    envelope(StatusCode::OK, "Credential removed")
}
