//! Checks the fields of a request and collects every fault.

use latchkey::choice::Choice as _;
use latchkey::json::Object;
use latchkey::text::Length;
use latchkey::{Fault, Secret, wording};

use super::{
    AwsCredentialInput, AwsRoleInput, AzureCredentialInput, AzureTokenInput, CredentialKinds,
    GcpInteroperabilityCredentialInput, GcpServiceAccountKeyInput, NAME, RoleKinds, TokenKinds,
};
use crate::access::{
    Access, AwsCredential, AwsRole, AzureCredential, AzureToken, CloudProvider, Credential,
    GcpInteroperabilityCredential, GcpServiceAccountKey, Role, StoredSecret, Token,
};
use crate::faults::Faults;
use crate::given::Given;
use crate::service_account::ServiceAccount;

/// A text. The longest that is allowed is an external id.
const TEXT: Length = Length::characters(1, 1_224);
const SECRET: Length = Length::bytes(1, 32 * 1_024);
/// A name that would collide with a route.
const RESERVED_NAME: &str = "verify";

/// The check of one request, with the faults that it has found so far.
#[derive(Default)]
pub(super) struct Check {
    pub(super) faults: Faults,
}

/// What a request has in `credential`, `role` and `token`.
pub(super) struct GivenAccess {
    /// Whether it has any of them.
    pub(super) is_given: bool,
    /// The cloud whose fields it has, with or without faults, and where they are.
    provider: Option<(CloudProvider, &'static str)>,
    pub(super) value: Option<Access<StoredSecret>>,
}

impl Check {
    pub(super) fn fault(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.faults.push(Fault::new(field, message));
    }

    /// Adds the fault that `field` is missing, unless `field` has another one already.
    pub(super) fn require<T>(&mut self, field: &str, value: Option<&T>) {
        if value.is_none() && !self.faults.has(field) {
            self.fault(field, wording::MISSING);
        }
    }

    /// A name that can be one segment of a path.
    pub(super) fn name(&mut self, given: Given<String>) -> Option<String> {
        let name = self.given("name", given, wording::NOT_TEXT)?;
        let words = match name.as_str() {
            "." | ".." => wording::NO_SEGMENT,
            RESERVED_NAME => "is taken by the route that verifies credentials",
            _ if name.contains('/') => wording::SLASH,
            _ => return self.sound("name", NAME, name),
        };
        self.fault("name", words);
        None
    }

    pub(super) fn provider(&mut self, given: Given<String>) -> Option<CloudProvider> {
        let name = self.given("provider", given, wording::NOT_TEXT)?;
        self.faults.keep(CloudProvider::parse(&name).map_err(|words| Fault::new("provider", words)))
    }

    pub(super) fn flag(&mut self, field: &str, given: Given<bool>) -> Option<bool> {
        self.given(field, given, wording::NOT_A_FLAG)
    }

    /// Accepts at most one of the three.
    pub(super) fn access(
        &mut self,
        credential: Given<Object<CredentialKinds>>,
        role: Given<Object<RoleKinds>>,
        token: Given<Object<TokenKinds>>,
    ) -> GivenAccess {
        let given = [
            ("credential", !matches!(credential, Given::Absent)),
            ("role", !matches!(role, Given::Absent)),
            ("token", !matches!(token, Given::Absent)),
        ];
        let mut access = GivenAccess { is_given: self.one_of("", &given), provider: None, value: None };
        if let Some(Object(kinds)) = self.given("credential", credential, wording::NOT_AN_OBJECT) {
            self.credential(kinds, &mut access);
        }
        if let Some(Object(kinds)) = self.given("role", role, wording::NOT_AN_OBJECT) {
            self.role(kinds, &mut access);
        }
        if let Some(Object(kinds)) = self.given("token", token, wording::NOT_AN_OBJECT) {
            self.token(kinds, &mut access);
        }
        access
    }

    /// Adds a fault if `provider` is not the cloud whose fields the request has.
    pub(super) fn agreement(&mut self, provider: Option<CloudProvider>, access: &GivenAccess) {
        if let (Some(provider), Some((actual, path))) = (provider, access.provider)
            && provider != actual
        {
            self.fault("provider", format!("does not agree with {path}"));
        }
    }

    fn credential(&mut self, kinds: CredentialKinds, access: &mut GivenAccess) {
        let CredentialKinds { aws, azure, gcp } = kinds;
        let given = [
            ("aws", !matches!(aws, Given::Absent)),
            ("azure", !matches!(azure, Given::Absent)),
            ("gcp", !matches!(gcp, Given::Absent)),
        ];
        if !self.one_of("credential.", &given) {
            self.fault("credential", wording::holds_none_of(&["aws", "azure", "gcp"]));
        }
        let at = "credential.aws";
        if let Some(Object(input)) = self.given(at, aws, wording::NOT_AN_OBJECT) {
            access.provider = Some((CloudProvider::Aws, at));
            access.value = self.aws_credential(at, input).map(Credential::Aws).map(Access::Credential);
        }
        let at = "credential.azure";
        if let Some(Object(input)) = self.given(at, azure, wording::NOT_AN_OBJECT) {
            access.provider = Some((CloudProvider::Azure, at));
            access.value = self.azure_credential(at, input).map(Credential::Azure).map(Access::Credential);
        }
        let at = "credential.gcp";
        if let Some(Object(input)) = self.given(at, gcp, wording::NOT_AN_OBJECT) {
            access.provider = Some((CloudProvider::Gcp, at));
            access.value = self.gcp_credential(at, input).map(Credential::Gcp).map(Access::Credential);
        }
    }

    fn role(&mut self, RoleKinds { aws }: RoleKinds, access: &mut GivenAccess) {
        if matches!(aws, Given::Absent) {
            self.fault("role", wording::holds_none_of(&["aws"]));
        }
        let at = "role.aws";
        if let Some(Object(input)) = self.given(at, aws, wording::NOT_AN_OBJECT) {
            access.provider = Some((CloudProvider::Aws, at));
            access.value = self.aws_role(at, input).map(Role::Aws).map(Access::Role);
        }
    }

    fn token(&mut self, TokenKinds { azure, gcp }: TokenKinds, access: &mut GivenAccess) {
        let given = [("azure", !matches!(azure, Given::Absent)), ("gcp", !matches!(gcp, Given::Absent))];
        if !self.one_of("token.", &given) {
            self.fault("token", wording::holds_none_of(&["azure", "gcp"]));
        }
        let at = "token.azure";
        if let Some(Object(input)) = self.given(at, azure, wording::NOT_AN_OBJECT) {
            access.provider = Some((CloudProvider::Azure, at));
            access.value = self.azure_token(at, input).map(Token::Azure).map(Access::Token);
        }
        if let Some(Object(input)) = self.given("token.gcp", gcp, wording::NOT_AN_OBJECT) {
            access.provider = Some((CloudProvider::Gcp, "token.gcp"));
            access.value = self.gcp_token(input).map(Token::Gcp).map(Access::Token);
        }
    }

    fn aws_credential(&mut self, at: &str, input: AwsCredentialInput) -> Option<AwsCredential<StoredSecret>> {
        let access_key_id = self.text(at, "access_key_id", input.access_key_id);
        let secret_access_key = self.secret(at, "secret_access_key", input.secret_access_key);
        let endpoint = self.optional(at, "endpoint", input.endpoint);
        let use_path_style = self.flag(&format!("{at}.use_path_style"), input.use_path_style);
        let (access_key_id, secret_access_key) = (access_key_id?, secret_access_key?);
        Some(AwsCredential { access_key_id, secret_access_key, endpoint, use_path_style })
    }

    fn aws_role(&mut self, at: &str, input: AwsRoleInput) -> Option<AwsRole> {
        let role_arn = self.text(at, "role_arn", input.role_arn);
        let external_id = self.text(at, "external_id", input.external_id);
        let endpoint = self.optional(at, "endpoint", input.endpoint);
        let use_path_style = self.flag(&format!("{at}.use_path_style"), input.use_path_style);
        Some(AwsRole { role_arn: role_arn?, external_id: external_id?, endpoint, use_path_style })
    }

    fn azure_credential(
        &mut self,
        at: &str,
        input: AzureCredentialInput,
    ) -> Option<AzureCredential<StoredSecret>> {
        let account_name = self.text(at, "account_name", input.account_name);
        let account_key = self.secret(at, "account_key", input.account_key);
        let blob_endpoint = self.optional(at, "blob_endpoint", input.blob_endpoint);
        Some(AzureCredential { account_name: account_name?, account_key: account_key?, blob_endpoint })
    }

    fn azure_token(&mut self, at: &str, input: AzureTokenInput) -> Option<AzureToken<StoredSecret>> {
        let account_name = self.text(at, "account_name", input.account_name);
        let sas_token = self.secret(at, "sas_token", input.sas_token);
        let blob_endpoint = self.optional(at, "blob_endpoint", input.blob_endpoint);
        Some(AzureToken { account_name: account_name?, sas_token: sas_token?, blob_endpoint })
    }

    fn gcp_credential(
        &mut self,
        at: &str,
        input: GcpInteroperabilityCredentialInput,
    ) -> Option<GcpInteroperabilityCredential<StoredSecret>> {
        let access_key_id = self.text(at, "access_key_id", input.access_key_id);
        let secret_access_key = self.secret(at, "secret_access_key", input.secret_access_key);
        let (access_key_id, secret_access_key) = (access_key_id?, secret_access_key?);
        Some(GcpInteroperabilityCredential { access_key_id, secret_access_key })
    }

    fn gcp_token(&mut self, input: GcpServiceAccountKeyInput) -> Option<GcpServiceAccountKey<StoredSecret>> {
        let key_text = self.secret("token.gcp", "key_text", input.key_text)?;
        match ServiceAccount::parse(&key_text.0) {
            Ok(ServiceAccount { client_email, private_key_id, .. }) => {
                Some(GcpServiceAccountKey { account_id: client_email, key_id: private_key_id, key_text })
            }
            Err(fault) => {
                self.faults.push(fault);
                None
            }
        }
    }

    /// Whether any is given. If more than one is, each of them gets a fault.
    fn one_of(&mut self, at: &str, given: &[(&'static str, bool)]) -> bool {
        let given: Vec<_> = given.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| *name).collect();
        for name in given.iter().filter(|_| given.len() > 1) {
            let others: Vec<_> = given.iter().filter(|other| *other != name).copied().collect();
            self.fault(format!("{at}{name}"), wording::not_together_with(&others));
        }
        !given.is_empty()
    }

    fn given<T>(&mut self, field: &str, given: Given<T>, words: &str) -> Option<T> {
        match given {
            Given::Absent => None,
            Given::Wrong => {
                self.fault(field, words);
                None
            }
            Given::Value(value) => Some(value),
        }
    }

    /// A required text.
    fn text(&mut self, at: &str, name: &str, given: Given<String>) -> Option<String> {
        let field = format!("{at}.{name}");
        let text = self.optional(at, name, given);
        self.require(&field, text.as_ref());
        text
    }

    fn optional(&mut self, at: &str, name: &str, given: Given<String>) -> Option<String> {
        let field = format!("{at}.{name}");
        let text = self.given(&field, given, wording::NOT_TEXT)?;
        self.sound(&field, TEXT, text)
    }

    /// Returns the text if its length is allowed and it has no control characters.
    fn sound(&mut self, field: &str, length: Length, text: String) -> Option<String> {
        let judged = length.judge(text.chars().count());
        self.faults.keep(judged.map_err(|words| Fault::new(field, words)))?;
        if text.chars().any(char::is_control) {
            self.fault(field, wording::CONTROL_CHARACTERS);
            return None;
        }
        Some(text)
    }

    /// A required secret. Responses show an empty text in place of each secret, so an empty one is rejected:
    /// otherwise a client that sends back what it has read would erase the secret.
    fn secret(&mut self, at: &str, name: &str, given: Given<Secret>) -> Option<StoredSecret> {
        let field = format!("{at}.{name}");
        let secret = self.given(&field, given, wording::NOT_TEXT);
        self.require(&field, secret.as_ref());
        let secret = secret?;
        let judged = SECRET.judge(secret.len());
        self.faults.keep(judged.map_err(|words| Fault::new(field, words)))?;
        Some(StoredSecret(secret))
    }
}
