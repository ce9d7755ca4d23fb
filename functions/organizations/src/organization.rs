//! The tenant: whose credentials a request is about. None is called `*`: see `docs/decisions/access-keys.md`.

use latchkey::caller::ANY;
use latchkey::text::Length;
use latchkey::{Error, Namespace, Request, Result, wording};
use serde::Deserialize;

/// The parameter that names the organization.
const ORG_ID: &str = "org_id";
const LENGTH: Length = Length::characters(1, 128);

/// An organization's id: any text except `*`, which stands for all of them in grants. Nothing is normalized: ids
/// that only look alike are different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgId(String);

/// The only field of a body that is read before the caller has entered the organization.
#[derive(Deserialize)]
struct Addressed {
    org_id: Option<String>,
}

impl OrgId {
    /// The organization that the query names.
    ///
    /// # Errors
    /// [`Error::Malformed`] if there are several; [`Error::Invalid`] if it is missing, empty, too long or `*`.
    pub fn of_query(request: &Request) -> Result<Self> {
        Self::parse(request.parameter(ORG_ID)?.text())
    }

    /// The organization that the body names.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is missing, empty, too long or `*`; those of [`Request::json`].
    pub fn of_body(request: &Request) -> Result<Self> {
        Self::parse(request.json::<Addressed>()?.org_id.as_deref())
    }

    /// The namespace of the organization's credentials.
    pub fn namespace(&self) -> Namespace {
        Namespace::new("organizations", [self.as_str()])
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The organization with the id `value`.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is missing, empty, too long or `*`.
    pub(crate) fn parse(value: Option<&str>) -> Result<Self> {
        let rejected = |words: &str| Error::invalid(ORG_ID, words);
        let id = value.ok_or_else(|| rejected(wording::MISSING))?;
        LENGTH.judge(id.chars().count()).map_err(|words| rejected(&words))?;
        if id == ANY { Err(rejected(wording::ANY_TENANT)) } else { Ok(Self(id.to_owned())) }
    }

    #[cfg(test)]
    pub(crate) fn sample(id: &str) -> Self {
        Self(id.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use latchkey::Caller;
    use latchkey::caller::{Grant, NamespacePattern};
    use proptest::prelude::*;

    use super::*;
    use crate::{EDIT, VIEW};

    fn member_of(id: &str) -> Caller {
        let grant = Grant {
            api: "organizations".into(),
            namespaces: vec![NamespacePattern::Levels(vec![id.into()])],
            permissions: vec!["*".into()],
        };
        Caller::new("key", vec![grant])
    }

    #[test]
    fn an_id_is_any_text_of_1_to_128_characters_except_the_star() {
        for id in [" ", " *", "**", "＊", "../A", "A/", "é\u{301}", &"🏢".repeat(128)] {
            assert_eq!(OrgId::parse(Some(id)).unwrap().as_str(), id);
        }
        for id in [None, Some(""), Some("*"), Some(&*"x".repeat(129))] {
            assert!(matches!(OrgId::parse(id), Err(Error::Invalid(_))));
        }
    }

    proptest! {
        #[test]
        fn a_member_of_one_organization_enters_no_other(own in ".{1,128}", other in ".{1,128}") {
            prop_assume!(own != "*" && other != "*" && own != other);
            let own_id = OrgId::parse(Some(&own)).unwrap();
            prop_assert!(member_of(&own).enter(own_id.namespace(), EDIT).is_ok());
            let other_id = OrgId::parse(Some(&other)).unwrap();
            let entered = member_of(&own).enter(other_id.namespace(), VIEW);
            prop_assert!(matches!(entered, Err(Error::ForeignNamespace)));
        }
    }
}
