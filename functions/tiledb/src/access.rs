//! The six kinds of credentials in TileDB's own JSON: with their secrets when they are stored, without them
//! when clients see them.

use latchkey::Secret;
use serde::de::IgnoredAny;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

latchkey::choice! {
    /// A cloud.
    #[derive(PartialOrd, Ord)]
    pub enum CloudProvider {
        /// Amazon Web Services.
        Aws "AWS",
        /// Microsoft Azure.
        Azure "AZURE",
        /// Google Cloud.
        Gcp "GCP",
    }
}

/// A secret in the form that is stored: its JSON contains the secret.
#[derive(Clone, Debug)]
pub struct StoredSecret(pub(crate) Secret);

impl Serialize for StoredSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0.expose_text().ok_or_else(|| S::Error::custom("a secret is not text"))?;
        serializer.serialize_str(text)
    }
}

impl<'de> Deserialize<'de> for StoredSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Secret::deserialize(deserializer).map(Self)
    }
}

/// A secret in the form that clients see: an empty text. Reading it from stored JSON skips the secret itself.
#[derive(Clone, Copy, Debug)]
pub struct Redacted;

impl Serialize for Redacted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("")
    }
}

impl<'de> Deserialize<'de> for Redacted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

/// How to access a cloud's storage. `S` is the type of the secrets.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access<S> {
    /// `Credential`: a key.
    Credential(Credential<S>),
    /// `AccessCredentialRole`: a role to assume.
    Role(Role),
    /// `Token`: a signature with limited rights, or a service account's key.
    Token(Token<S>),
}

/// `Credential`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Credential<S> {
    /// An access key of AWS, or of other storage that speaks AWS's protocol.
    Aws(AwsCredential<S>),
    /// The key of a storage account.
    Azure(AzureCredential<S>),
    /// An HMAC key.
    Gcp(GcpInteroperabilityCredential<S>),
}

/// `AccessCredentialRole`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// An IAM role.
    Aws(AwsRole),
}

/// `Token`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Token<S> {
    /// A shared access signature.
    Azure(AzureToken<S>),
    /// The key file of a service account.
    Gcp(GcpServiceAccountKey<S>),
}

/// `AWSCredential`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AwsCredential<S> {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: S,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) endpoint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) use_path_style: Option<bool>,
}

/// `AWSRole`. The external id is not secret: AWS shows it to everybody who may read the role.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AwsRole {
    pub(crate) role_arn: String,
    pub(crate) external_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) endpoint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) use_path_style: Option<bool>,
}

/// `AzureCredential`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AzureCredential<S> {
    pub(crate) account_name: String,
    pub(crate) account_key: S,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) blob_endpoint: Option<String>,
}

/// `AzureToken`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AzureToken<S> {
    pub(crate) account_name: String,
    pub(crate) sas_token: S,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) blob_endpoint: Option<String>,
}

/// `GCPInteroperabilityCredential`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GcpInteroperabilityCredential<S> {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: S,
}

/// `GCPServiceAccountKey`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GcpServiceAccountKey<S> {
    pub(crate) account_id: String,
    pub(crate) key_id: String,
    pub(crate) key_text: S,
}

impl<S> Access<S> {
    /// The cloud that the credential is for.
    pub(crate) fn provider(&self) -> CloudProvider {
        match self {
            Self::Credential(Credential::Aws(_)) | Self::Role(Role::Aws(_)) => CloudProvider::Aws,
            Self::Credential(Credential::Azure(_)) | Self::Token(Token::Azure(_)) => CloudProvider::Azure,
            Self::Credential(Credential::Gcp(_)) | Self::Token(Token::Gcp(_)) => CloudProvider::Gcp,
        }
    }

    /// Its path in the JSON.
    pub(crate) fn path(&self) -> &'static str {
        match self {
            Self::Credential(Credential::Aws(_)) => "credential.aws",
            Self::Credential(Credential::Azure(_)) => "credential.azure",
            Self::Credential(Credential::Gcp(_)) => "credential.gcp",
            Self::Role(Role::Aws(_)) => "role.aws",
            Self::Token(Token::Azure(_)) => "token.azure",
            Self::Token(Token::Gcp(_)) => "token.gcp",
        }
    }
}
