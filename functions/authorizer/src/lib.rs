//! API Gateway's REQUEST authorizer: checks the access key of a request, and hands its id and its
//! grants on to the operation, which checks permission and tenant itself.
//!
//! A missing or wrong key is a Deny, never an error. Only where Secrets Manager does not answer is
//! there an error: the caller must then not be told that the key is wrong.

mod cache;
pub mod policy;

use std::time::Duration;

use lambda_http::aws_lambda_events::apigw::ApiGatewayCustomAuthorizerRequestTypeRequest;
use latchkey::access_key::{AccessKey, Token};
use latchkey::store::KeyVersion;
use latchkey::{Result, Store};
use time::OffsetDateTime;

use cache::Cache;
use policy::Decision;

/// TileDB's own header for a token. It decides where there are two headers, and counts on TileDB's
/// routes alone: the gateway keeps the answers for the others by their `Authorization`.
const API_KEY_HEADER: &str = "x-tiledb-rest-api-key";
const API_KEY_ROUTES: [&str; 2] = ["/v4/", "/tiledb/v4/"];

/// Decides about requests, and remembers the keys that it has read.
#[derive(Debug)]
pub struct Authorizer {
    cache: Cache,
}

impl Authorizer {
    /// An authorizer that takes a key for unchanged as long as `max_age`.
    pub fn new(max_age: Duration) -> Self {
        Self { cache: Cache::new(max_age) }
    }

    /// Whether this request may go on to its operation, and as whom.
    ///
    /// # Errors
    /// Only those of Secrets Manager itself.
    pub async fn decide(
        &self,
        store: &Store,
        event: &ApiGatewayCustomAuthorizerRequestTypeRequest,
    ) -> Result<Decision> {
        let resource = policy::whole_stage(event.method_arn.as_deref().unwrap_or_default());
        let Some(token) = token(event) else { return Ok(Decision::deny(&resource)) };
        Ok(match self.key(store, &token).await? {
            Some(key) => Decision::allow(&resource, token.id.as_str(), &key.grants),
            None => Decision::deny(&resource),
        })
    }

    /// The key that `token` proves, if it does.
    ///
    /// A wrong secret is checked against a fresh copy of both versions, because the key may have
    /// been rotated meanwhile. For an id that does not exist the same calls are made, so that it
    /// cannot be told from one that does.
    async fn key(&self, store: &Store, token: &Token) -> Result<Option<AccessKey>> {
        let now = OffsetDateTime::now_utc();
        let accepts = |key: &AccessKey| key.accepts(&token.secret, now);
        if let Some(key) = self.cache.find(&token.id, accepts) {
            return Ok(Some(key));
        }
        for version in [KeyVersion::Current, KeyVersion::Previous] {
            let key = store.access_key(&token.id, version).await?;
            if let Some(key) = key.filter(accepts) {
                self.cache.keep(token.id.clone(), version, key.clone());
                return Ok(Some(key));
            }
        }
        Ok(None)
    }
}

/// The token that a request carries.
fn token(event: &ApiGatewayCustomAuthorizerRequestTypeRequest) -> Option<Token> {
    let route = event.resource.as_deref().unwrap_or_default();
    let header = |name: &str| event.headers.get(name).or_else(|| event.multi_value_headers.get(name));
    if API_KEY_ROUTES.iter().any(|routes| route.starts_with(routes))
        && let Some(api_key) = header(API_KEY_HEADER)
    {
        return Token::from_api_key(api_key.to_str().ok()?);
    }
    Token::from_authorization(header("authorization")?.to_str().ok()?)
}
