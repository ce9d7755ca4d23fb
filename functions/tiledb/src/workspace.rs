//! Which workspace and teamspace a request is about.

use std::collections::BTreeSet;

use latchkey::caller::{ANY, NamespacePattern};
use latchkey::{Caller, Error, Namespace, Request, Result, Scope, wording};

use crate::API;

/// The path parameter that names a workspace.
pub(crate) const WORKSPACE: &str = "workspace";
/// The query parameter, and a verification's field, that names a teamspace.
pub(crate) const TEAMSPACE_ID: &str = "teamspace_id";
/// The workspace of a caller whose grants name none in particular.
const DEFAULT_WORKSPACE: &str = "default";

/// The caller's leave to work where the request says: in the path's workspace, or in the caller's own
/// where the path has none, and there in the teamspace of the query, or in the workspace itself.
///
/// # Errors
/// As [`Caller::enter`], and [`Error::Malformed`] where the caller would have to name a workspace, or names one
/// or a teamspace that cannot be.
pub fn enter(caller: &Caller, request: &Request, any_of: &'static [&'static str]) -> Result<Scope> {
    let workspace = request.path_parameter(WORKSPACE).ok();
    let teamspace = request.parameter(TEAMSPACE_ID)?.text();
    enter_named(caller, (WORKSPACE, workspace), (TEAMSPACE_ID, teamspace), any_of)
}

/// The same for a workspace and teamspace that are named elsewhere, at these fields; empty counts as not named.
pub(crate) fn enter_named(
    caller: &Caller,
    (at_workspace, workspace): (&'static str, Option<&str>),
    (at_teamspace, teamspace): (&'static str, Option<&str>),
    any_of: &'static [&'static str],
) -> Result<Scope> {
    let workspace = match workspace {
        Some(workspace) if !workspace.is_empty() => one(at_workspace, workspace)?.to_owned(),
        _ => own_workspace(caller)?,
    };
    let teamspace = one(at_teamspace, teamspace.unwrap_or_default())?.to_owned();
    caller.enter(Namespace::new(API, [workspace, teamspace]), any_of)
}

/// The name of one workspace or teamspace, which stands at `field`.
///
/// # Errors
/// [`Error::Malformed`] where it stands for all of them.
pub(crate) fn one<'a>(field: &'static str, name: &'a str) -> Result<&'a str> {
    if name == ANY { Err(Error::malformed(field, wording::ANY_TENANT)) } else { Ok(name) }
}

/// The one workspace that the caller's grants name.
fn own_workspace(caller: &Caller) -> Result<String> {
    let named = caller.granted_namespaces(API).filter_map(|pattern| match pattern {
        NamespacePattern::Levels(levels) => match levels.as_slice() {
            [workspace, _] if workspace != ANY => Some(workspace),
            _ => None,
        },
        // No namespace of this API has a single level.
        NamespacePattern::Level(_) => None,
    });
    let named: BTreeSet<&String> = named.collect();
    let mut named = named.into_iter();
    match (named.next(), named.next()) {
        (None, _) => Ok(DEFAULT_WORKSPACE.to_owned()),
        (Some(workspace), None) => Ok(workspace.clone()),
        (Some(_), Some(_)) => Err(Error::malformed(
            "",
            "This access key works in several workspaces. Name one: use the routes that begin with /tiledb/v4/.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EDIT;

    fn entered(namespaces: &str, workspace: Option<&str>, teamspace: Option<&str>) -> Result<Vec<String>> {
        let grants = format!(r#"[{{"api":"tiledb","namespaces":{namespaces},"permissions":["edit"]}}]"#);
        let caller = Caller::new("k", serde_json::from_str(&grants).unwrap());
        enter_named(&caller, (WORKSPACE, workspace), (TEAMSPACE_ID, teamspace), EDIT)
            .map(|scope| scope.namespace().path().to_vec())
    }

    #[test]
    fn the_workspace_is_the_one_that_the_grants_name() {
        assert_eq!(entered(r#"["*"]"#, None, None).unwrap(), ["default", ""]);
        assert_eq!(entered(r#"[["*","*"]]"#, None, Some("t")).unwrap(), ["default", "t"]);
        assert_eq!(entered(r#"[["acme",""]]"#, None, None).unwrap(), ["acme", ""]);
        assert_eq!(entered(r#"[["acme",""],["acme","t"]]"#, None, Some("t")).unwrap(), ["acme", "t"]);
        assert_eq!(entered(r#"["organization",["acme","*"]]"#, None, Some("x")).unwrap(), ["acme", "x"]);
        assert!(matches!(entered(r#"[["a",""],["b",""]]"#, None, None), Err(Error::Malformed(_))));
        assert_eq!(entered(r#"[["a",""],["b",""]]"#, Some("b"), Some("")).unwrap(), ["b", ""]);
    }

    #[test]
    fn neither_is_called_like_all_of_them() {
        for (workspace, teamspace) in [(Some("*"), None), (Some("*"), Some("*")), (None, Some("*"))] {
            let entered = entered(r#"["*"]"#, workspace, teamspace);
            assert!(matches!(entered, Err(Error::Malformed(_))), "{entered:?}");
        }
    }

    #[test]
    fn workspaces_and_teamspaces_are_apart() {
        for (namespaces, workspace, teamspace) in [
            (r#"[["acme",""]]"#, None, Some("t")),
            (r#"[["acme","t"]]"#, None, None),
            (r#"[["acme","*"]]"#, Some("other"), None),
            (r#"["acme"]"#, Some("acme"), None),
            (r"[]", None, None),
        ] {
            let entered = entered(namespaces, workspace, teamspace);
            assert!(matches!(entered, Err(Error::ForeignNamespace)), "{namespaces}");
        }
    }
}
