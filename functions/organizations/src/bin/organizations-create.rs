//! `POST /v1/organizations/credentials/create`
//!
//! Creates a credential with a new id. The documented body has no field for the id, so it is in `Location`.

use std::process::ExitCode;

use latchkey::http::StatusCode;
use latchkey::http::header::LOCATION;
use latchkey::{Caller, Request, Response, Result, Store};
use latchkey_organizations::wire::{check_action, envelope};
use latchkey_organizations::{Credential, CredentialId, EDIT, OrgId, Organizations};

fn main() -> ExitCode {
    latchkey::serve::<Organizations, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, caller: Caller, request: Request) -> Result<Response> {
    let org_id = OrgId::of_body(&request)?;
    let scope = caller.enter(org_id.namespace(), EDIT)?;
    check_action(&request, "add_credential")?;
    let idempotency_key = request.idempotency_key()?;
    let id = CredentialId::new(&scope, &org_id, idempotency_key.as_ref());
    let credential = Credential::new(&org_id, &id, request.json()?)?;

    let version = store.create(&scope, id.as_str(), &credential.draft()?, idempotency_key.as_ref()).await?;

    let location = format!("/v1/organizations/credentials/{}", id.as_str());
    Ok(envelope(StatusCode::OK, "Credential created")?.etag(&version).header(LOCATION, &location))
}
