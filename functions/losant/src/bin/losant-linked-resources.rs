//! `GET /applications/{applicationId}/credentials/{credentialId}/linkedResources`
//!
//! Returns what is linked to a credential: nothing, because there are no integrations and no workflows here.

use std::process::ExitCode;

use latchkey::http::StatusCode;
use latchkey::{Caller, Request, Response, Result, Store};
use latchkey_losant::wire::CredentialLinkedResources;
use latchkey_losant::{CREDENTIAL_LINKED_RESOURCES, Losant, credential_id, enter, operations};

fn main() -> ExitCode {
    latchkey::serve::<Losant, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, caller: Caller, request: Request) -> Result<Response> {
    let scope = enter(&caller, &request, CREDENTIAL_LINKED_RESOURCES)?;
    let id = credential_id(&request)?;

    // Only for the 404 if there is no such credential.
    operations::read(store, &scope, &id).await?;

    Response::json(StatusCode::OK, &CredentialLinkedResources::default())
}
