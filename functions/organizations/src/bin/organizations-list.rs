//! `GET /v1/organizations/credentials/list`
//!
//! Lists an organization's credentials, sorted by name, without what is specific to their clouds.

use std::process::ExitCode;

use latchkey::{Caller, Request, Response, Result, Store};
use latchkey_organizations::wire::{CredentialList, check_action};
use latchkey_organizations::{OrgId, Organizations, VIEW, public_of};

fn main() -> ExitCode {
    latchkey::serve::<Organizations, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, caller: Caller, request: Request) -> Result<Response> {
    let scope = caller.enter(OrgId::of_query(&request)?.namespace(), VIEW)?;
    check_action(&request, "list_credentials")?;

    let listed = store.list(&scope, public_of).await?;

    Response::list(&CredentialList::new(listed), "Spread the credentials over several organizations.")
}
