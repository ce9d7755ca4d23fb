//! Credentials as code: `Custom::LatchkeyLosantCredential`. The Spec is a post's body without the name.
//! See `docs/decisions/provisioning.md`.

use latchkey::idempotency::IdempotencyKey;
use latchkey::provision::{Field, Kind, Level, Made, Properties, Resource};
use latchkey::store::{Precondition, Stored};
use latchkey::{Error, Namespace, Result, Scope, Secret, Store, json};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::config::CredentialType;
use crate::document::Document;
use crate::id::{CredentialId, SLOT, Slot, is_id};
use crate::input::{Input, Patch, Post};
use crate::operations::{self, Answer};
use crate::{Losant, names};

/// The fields that are neither texts nor secrets.
const FLAGS: [&str; 3] = ["enabled", "sqlConfig.secureConnection", "sqlConfig.disableSSLVerification"];
const NUMBERS: [&str; 1] = ["sqlConfig.port"];
/// The fields that ask for a key pair, each with the field that gets the private half.
const KEYS: [(&str, &str); 2] =
    [("snowflakeConfig.generatePrivateKey", "privateKey"), ("gitConfig.generatePrivateKey", "secretValue")];

impl Resource for Losant {
    const API: &'static str = "losant";
    const NAMESPACE: &'static [Level] = &[Level::required("ApplicationId")];
    const HAS_IDS: bool = true;
    type Input = Post;

    fn fields() -> Vec<Field> {
        let common = ["type", "description", "enabled"].map(|name| Field::new(name, kind(name)));
        let of_types = CredentialType::fields().into_iter().flat_map(|(key, public, secret)| {
            let public = public.into_iter().map(move |name| format!("{key}.{name}"));
            let public = public.map(|path| Field { kind: kind(&path), path });
            let secret = secret.iter().map(move |name| Field::new(format!("{key}.{name}"), Kind::Secret));
            public.chain(secret)
        });
        common.into_iter().chain(of_types).collect()
    }

    fn address(properties: &Properties) -> Vec<(&'static str, String)> {
        vec![("name", properties.name.clone())]
    }

    fn namespace(levels: &[String]) -> Result<Namespace> {
        match levels {
            [application] if is_id(application) => Ok(Namespace::new(Self::API, [application])),
            _ => Err(Error::invalid(
                "ApplicationId",
                "is no id of an application: 24 lower-case hexadecimal digits",
            )),
        }
    }

    fn parse(body: &Secret) -> Result<Post> {
        Input::parse(&json::parse(body.expose())?)?.into_post()
    }

    /// A credential keeps its id when its name changes. If the type changes, it is another credential.
    async fn find(
        store: &Store,
        scope: &Scope,
        given: Option<&str>,
        properties: &Properties,
    ) -> Result<Option<String>> {
        if let Some(id) = given.and_then(CredentialId::parse) {
            let stored = match store.read(scope, id.slot().as_str()).await {
                Err(Error::NotFound) => None,
                stored => Some(stored?),
            };
            let head = stored.map(|stored| Document::parse(&stored)?.head_of(&id));
            match head {
                Some(Ok(head)) if properties.value_of("type").is_some_and(|r#type| r#type == head.r#type) => {
                    return Ok(Some(id.as_str().to_owned()));
                }
                Some(Err(error)) if !matches!(error, Error::NotFound) => return Err(error),
                _ => {}
            }
        }
        let holder = names::holder(store, scope, &properties.name).await?;
        Ok(holder.map(|head| head.id.as_str().to_owned()))
    }

    fn stored_as(credential: &str) -> &str {
        credential.get(..SLOT).unwrap_or(credential)
    }

    fn place(properties: &Properties) -> Option<String> {
        Some(Slot::of(&properties.name).as_str().to_owned())
    }

    fn secret_at(value: &Secret, path: &str, properties: &Properties) -> Option<Secret> {
        #[derive(Deserialize)]
        struct Value<'a> {
            #[serde(borrow)]
            credential: &'a RawValue,
            #[serde(borrow)]
            secrets: json::Fields<'a>,
        }
        let value: Value<'_> = serde_json::from_slice(value.expose()).ok()?;
        let (config, name) = path.rsplit_once('.')?;
        // A key that was made for SSH must never become a password, and a password never a key.
        let wanted_type = properties.value_of(&format!("{config}.type"));
        if wanted_type.is_some() && wanted_type != Shown::parse(value.credential).ok()?.git_type() {
            return None;
        }
        serde_json::from_str(value.secrets.get(name)?.get()).ok()
    }

    fn public_key(value: &Secret) -> Option<String> {
        #[derive(Deserialize)]
        struct Value<'a> {
            #[serde(borrow)]
            credential: &'a RawValue,
        }
        let value: Value<'_> = serde_json::from_slice(value.expose()).ok()?;
        Shown::parse(value.credential).ok()?.public_key()
    }

    async fn create(
        store: &Store,
        scope: &Scope,
        _: Option<&str>,
        post: Post,
        key: Option<&IdempotencyKey>,
    ) -> Result<Made> {
        made(&operations::create(store, scope, post, key).await?)
    }

    async fn update(
        store: &Store,
        scope: &Scope,
        credential: &str,
        stored: Stored,
        post: Post,
        must_write: bool,
    ) -> Result<Made> {
        let id = CredentialId::parse(credential).ok_or(Error::NotFound)?;
        let (answered, is_same) = {
            let document = Document::parse(&stored)?;
            let head = document.head_of(&id)?;
            if head.r#type != post.config.r#type().as_str() {
                return Err(Error::invalid(
                    "Spec.type",
                    "cannot be changed, and a credential of another type has this Name: choose another Name with it",
                ));
            }
            // A key that is still to be made is never the stored one.
            let is_same = post.config.to_be_made().is_none() && document.reveal()?.is_what(&post)?;
            (document.credential.map(ToOwned::to_owned), is_same)
        };
        if let (Some(credential), true, false) = (answered, is_same, must_write) {
            return made(&Answer { credential, version: stored.version });
        }
        let patch = Patch {
            name: Some(post.name),
            description: post.description,
            enabled: Some(post.enabled),
            config: Some(post.config),
            is_whole: true,
        };
        // The owner and the type of this version were checked. After another write, the caller starts again.
        let unchanged = Precondition::Versions(vec![stored.version]);
        made(&operations::patch(store, scope, &id, &unchanged, patch).await?)
    }

    async fn delete(
        store: &Store,
        scope: &Scope,
        credential: &str,
        precondition: &Precondition,
    ) -> Result<()> {
        let id = CredentialId::parse(credential).ok_or(Error::NotFound)?;
        operations::delete(store, scope, &id, precondition).await
    }
}

fn kind(path: &str) -> Kind {
    match KEYS.iter().find(|(flag, _)| *flag == path) {
        Some((_, private)) => Kind::Makes(private),
        None if FLAGS.contains(&path) => Kind::Flag,
        None if NUMBERS.contains(&path) => Kind::Number,
        None => Kind::Text,
    }
}

/// The fields of a response that are needed here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    id: CredentialId,
    snowflake_config: Option<Keyed>,
    git_config: Option<Keyed>,
}

/// A config that may have a key pair.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Keyed {
    r#type: Option<String>,
    public_key: Option<String>,
}

impl Shown {
    fn parse(credential: &RawValue) -> Result<Self> {
        json::parse_field("", credential)
    }

    fn git_type(self) -> Option<String> {
        self.git_config?.r#type
    }

    fn public_key(self) -> Option<String> {
        self.snowflake_config.or(self.git_config)?.public_key
    }
}

fn made(answer: &Answer) -> Result<Made> {
    let shown = Shown::parse(&answer.credential)?;
    let (credential, version) = (shown.id.as_str().to_owned(), answer.version.clone());
    Ok(Made { credential, version, public_key: shown.public_key() })
}
