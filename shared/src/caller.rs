//! Who is calling, what they may do, and where.
//!
//! See docs/decisions/access-keys.md.

use serde::{Deserialize, Serialize};

use crate::audit;
use crate::credential::Namespace;
use crate::error::{Error, Result};
use crate::ownership::Ownership;

/// Stands for every API, every namespace or every permission in a grant. So no tenant can have this name: a grant for
/// that tenant would be a grant for all.
pub const ANY: &str = "*";

/// The key of the authorizer's context that holds the id of the caller's access key.
pub const CONTEXT_KEY_ID: &str = "key_id";
/// The key of the authorizer's context that holds the caller's grants, as JSON.
pub const CONTEXT_GRANTS: &str = "grants";
/// The key of the authorizer's context that holds when the caller's access key expires, if that is soon.
pub const CONTEXT_KEY_EXPIRES: &str = "key_expires";

/// What an access key may do: these permissions, in these namespaces of this API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The API's name, as in its secret names (`dqops`), or `*`.
    pub api: String,
    /// The namespaces; `*` stands for all of them.
    pub namespaces: Vec<NamespacePattern>,
    /// The API's own permission names; `*` stands for all of them.
    pub permissions: Vec<String>,
}

/// Namespaces that a grant covers: `"acme"` (one level), or `["acme", "*"]` (level by level).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum NamespacePattern {
    /// The namespace with only this level, or every namespace for `*`.
    Level(String),
    /// The namespace with these levels, outermost first; `*` stands for any one.
    Levels(Vec<String>),
}

impl Grant {
    fn has_any(&self, any_of: &[&str]) -> bool {
        self.permissions.iter().any(|permission| permission == ANY || any_of.contains(&permission.as_str()))
    }
}

impl NamespacePattern {
    fn covers(&self, path: &[String]) -> bool {
        match self {
            Self::Level(level) => level == ANY || path == std::slice::from_ref(level),
            Self::Levels(levels) => {
                levels.len() == path.len()
                    && levels.iter().zip(path).all(|(level, part)| level == ANY || level == part)
            }
        }
    }
}

/// The caller of a request, as the authorizer identified it.
#[derive(Clone, Debug)]
pub struct Caller {
    key_id: String,
    grants: Vec<Grant>,
    key_expires: Option<String>,
}

/// A namespace in which a caller may work with the permissions that the operation asked for. The store takes nothing
/// else, so no operation can forget the check.
#[derive(Clone, Debug)]
pub struct Scope {
    namespace: Namespace,
    key_id: String,
    ownership: Option<Ownership>,
}

impl Caller {
    /// A caller with these grants.
    pub fn new(key_id: impl Into<String>, grants: Vec<Grant>) -> Self {
        Self { key_id: key_id.into(), grants, key_expires: None }
    }

    /// The caller that the authorizer's context names; `field` returns the context's values.
    pub(crate) fn from_context<'a>(field: impl Fn(&str) -> Option<&'a str>) -> Result<Self> {
        let (Some(key_id), Some(grants)) = (field(CONTEXT_KEY_ID), field(CONTEXT_GRANTS)) else {
            return Err(Error::Unauthenticated);
        };
        let grants = serde_json::from_str(grants).map_err(|_| Error::Unauthenticated)?;
        let key_expires = field(CONTEXT_KEY_EXPIRES).map(str::to_owned);
        Ok(Self { key_expires, ..Self::new(key_id, grants) })
    }

    /// The id of the caller's access key. Not a secret.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// When the caller's access key expires, in RFC 3339, if that is soon.
    pub(crate) fn key_expires(&self) -> Option<&str> {
        self.key_expires.as_deref()
    }

    /// Lets the caller work in `namespace`, if one of its grants there has one of the permissions `any_of`.
    ///
    /// # Errors
    /// [`Error::ForeignNamespace`] if no grant covers the namespace, or if no tenant can have its name;
    /// [`Error::Forbidden`] if grants cover it, but none of them has any of the permissions.
    pub fn enter(&self, namespace: Namespace, any_of: &'static [&'static str]) -> Result<Scope> {
        audit::namespace(&namespace);
        reject_any(&namespace)?;
        if self.may(&namespace, any_of) {
            return Ok(Scope { namespace, key_id: self.key_id.clone(), ownership: None });
        }
        match self.grants_in(&namespace).next() {
            Some(_) => Err(Error::Forbidden { needs: any_of }),
            None => Err(Error::ForeignNamespace),
        }
    }

    /// Whether one of the caller's grants in `namespace` has one of the permissions `any_of`.
    pub fn may(&self, namespace: &Namespace, any_of: &[&str]) -> bool {
        self.grants_in(namespace).any(|grant| grant.has_any(any_of))
    }

    /// The patterns of all namespaces of `api` in the caller's grants.
    pub fn granted_namespaces<'a>(&'a self, api: &'a str) -> impl Iterator<Item = &'a NamespacePattern> {
        self.grants_for(api).flat_map(|grant| &grant.namespaces)
    }

    /// The patterns of those namespaces of `api` in which one of the caller's grants has one of the permissions
    /// `any_of`.
    pub fn granted<'a>(
        &'a self,
        api: &'a str,
        any_of: &'a [&'a str],
    ) -> impl Iterator<Item = &'a NamespacePattern> {
        self.grants_for(api).filter(|grant| grant.has_any(any_of)).flat_map(|grant| &grant.namespaces)
    }

    fn grants_in(&self, namespace: &Namespace) -> impl Iterator<Item = &Grant> {
        let covers = |grant: &&Grant| grant.namespaces.iter().any(|pattern| pattern.covers(namespace.path()));
        self.grants_for(namespace.api()).filter(covers)
    }

    fn grants_for<'a>(&'a self, api: &'a str) -> impl Iterator<Item = &'a Grant> {
        self.grants.iter().filter(move |grant| grant.api == ANY || grant.api == api)
    }
}

impl Scope {
    /// Lets an owner provision credentials in `namespace`, which will belong to that owner. No access key is needed:
    /// whoever may call a provisioning function may do this.
    ///
    /// # Errors
    /// [`Error::ForeignNamespace`] if no tenant can have its name.
    pub fn of_owner(namespace: Namespace, ownership: Ownership) -> Result<Self> {
        audit::namespace(&namespace);
        reject_any(&namespace)?;
        Ok(Self { namespace, key_id: ownership.owner().to_owned(), ownership: Some(ownership) })
    }

    /// The ownership of the credentials that are created here; `None` if they have no owner.
    pub fn ownership(&self) -> Option<&Ownership> {
        self.ownership.as_ref()
    }

    /// The namespace in which the caller may work.
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// The id of the access key that was let in, or the owner that provisions.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }
}

/// Rejects a tenant whose name stands for all tenants.
fn reject_any(namespace: &Namespace) -> Result<()> {
    if namespace.path().iter().any(|level| level == ANY) { Err(Error::ForeignNamespace) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(grants: &str) -> Caller {
        from_context(Some("key"), Some(grants)).unwrap()
    }

    fn from_context(key_id: Option<&str>, grants: Option<&str>) -> Result<Caller> {
        Caller::from_context(|field| match field {
            "key_id" => key_id,
            "grants" => grants,
            _ => None,
        })
    }

    fn organization(id: &str) -> Namespace {
        Namespace::new("organizations", [id])
    }

    #[test]
    fn a_request_without_context_has_no_caller() {
        for (key, grants) in
            [(None, None), (Some("key"), None), (None, Some("[]")), (Some("key"), Some("no json"))]
        {
            assert!(matches!(from_context(key, grants), Err(Error::Unauthenticated)));
        }
    }

    #[test]
    fn a_grant_covers_its_api_namespaces_and_permissions_only() {
        let caller = caller(r#"[{"api":"organizations","namespaces":["a"],"permissions":["view"]}]"#);
        assert!(caller.enter(organization("a"), &["edit", "view"]).is_ok());
        assert!(matches!(caller.enter(organization("a"), &["edit"]), Err(Error::Forbidden { .. })));
        for foreign in ["", "A", "a ", "a/", "aa", "*", "../a"] {
            assert!(matches!(caller.enter(organization(foreign), &["view"]), Err(Error::ForeignNamespace)));
        }
        assert!(matches!(
            caller.enter(Namespace::new("dqops", ["a"]), &["view"]),
            Err(Error::ForeignNamespace)
        ));
    }

    #[test]
    fn no_tenants_name_stands_for_all_of_them() {
        let caller = caller(r#"[{"api":"*","namespaces":["*",["*"],["*","*"]],"permissions":["*"]}]"#);
        for path in [&["*"][..], &["*", "t"], &["w", "*"]] {
            let entered = caller.enter(Namespace::new("tiledb", path.iter().copied()), &["edit"]);
            assert!(matches!(entered, Err(Error::ForeignNamespace)), "{path:?}");
        }
        assert!(caller.enter(Namespace::new("tiledb", ["**", ""]), &["edit"]).is_ok());
    }

    #[test]
    fn permissions_of_one_namespace_do_not_reach_into_another() {
        let caller = caller(
            r#"[{"api":"organizations","namespaces":["a"],"permissions":["*"]},
                {"api":"organizations","namespaces":["b"],"permissions":["view"]}]"#,
        );
        assert!(caller.may(&organization("a"), &["edit"]));
        assert!(!caller.may(&organization("b"), &["edit"]));
    }

    #[test]
    fn patterns_match_level_by_level() {
        let caller = caller(r#"[{"api":"*","namespaces":[["w","*"],"v"],"permissions":["*"]}]"#);
        assert!(caller.may(&Namespace::new("tiledb", ["w", "t"]), &["edit"]));
        assert!(caller.may(&Namespace::new("tiledb", ["v"]), &["edit"]));
        assert!(!caller.may(&Namespace::new("tiledb", ["w"]), &["edit"]));
        assert!(!caller.may(&Namespace::new("tiledb", ["x", "t"]), &["edit"]));
    }
}
