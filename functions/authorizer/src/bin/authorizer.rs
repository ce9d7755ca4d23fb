//! The REQUEST authorizer of every route.

use std::process::ExitCode;
use std::sync::LazyLock;
use std::time::Duration;

use lambda_http::aws_lambda_events::apigw::ApiGatewayCustomAuthorizerRequestTypeRequest;
use latchkey::{Result, Store};
use latchkey_authorizer::Authorizer;
use latchkey_authorizer::policy::Decision;

/// How long a key is taken for unchanged, where the environment does not say.
const DEFAULT_CACHE_SECONDS: u64 = 60;

static AUTHORIZER: LazyLock<Authorizer> = LazyLock::new(|| {
    let seconds = std::env::var("LATCHKEY_KEY_CACHE_SECONDS").ok().and_then(|text| text.parse().ok());
    Authorizer::new(Duration::from_secs(seconds.unwrap_or(DEFAULT_CACHE_SECONDS)))
});

fn main() -> ExitCode {
    latchkey::serve::serve_authorizer(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, event: ApiGatewayCustomAuthorizerRequestTypeRequest) -> Result<Decision> {
    AUTHORIZER.decide(store, &event).await
}
