//! The REQUEST authorizer of every route.

use std::process::ExitCode;
use std::sync::LazyLock;

use latchkey::Store;
use latchkey::serve::Verdict;
use latchkey_authorizer::{Answer, Authorizer, Event, Settings};
use time::OffsetDateTime;

static AUTHORIZER: LazyLock<Authorizer> = LazyLock::new(|| Authorizer::new(Settings::from_env()));

fn main() -> ExitCode {
    latchkey::serve::serve_authorizer(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, event: Event) -> Verdict<Answer> {
    AUTHORIZER.decide(store, event, OffsetDateTime::now_utc()).await
}
