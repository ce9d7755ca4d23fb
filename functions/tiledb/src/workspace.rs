//! Which workspace and teamspace a request is about. None is called `*`: see `docs/decisions/access-keys.md`.

use std::collections::BTreeSet;

use latchkey::caller::{ANY, NamespacePattern};
use latchkey::{Caller, Error, Namespace, Request, Result, Scope, wording};

use crate::API;

/// The path parameter that names a workspace.
pub(crate) const WORKSPACE: &str = "workspace";
/// The query parameter, and a verification's field, that names a teamspace.
pub(crate) const TEAMSPACE_ID: &str = "teamspace_id";
/// The workspace of a caller whose grants name no particular one.
const DEFAULT_WORKSPACE: &str = "default";

/// Enters the path's workspace, or the caller's own if the path has none: the query's teamspace in it, or the
/// workspace itself.
///
/// # Errors
/// Those of [`Caller::enter`]; [`Error::Malformed`] if the caller has to name a workspace, or if the workspace or
/// the teamspace is `*`.
pub fn enter(caller: &Caller, request: &Request, any_of: &'static [&'static str]) -> Result<Scope> {
    let workspace = request.path_parameter(WORKSPACE).ok();
    let teamspace = request.parameter(TEAMSPACE_ID)?.text();
    enter_named(caller, (WORKSPACE, workspace), (TEAMSPACE_ID, teamspace), any_of)
}

/// The same for a workspace and a teamspace from the fields given here. An empty name counts as absent.
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

/// Returns `name`, the workspace or teamspace in `field`, unless it stands for all of them.
///
/// # Errors
/// [`Error::Malformed`] if it does.
pub(crate) fn one<'a>(field: &'static str, name: &'a str) -> Result<&'a str> {
    if name == ANY { Err(Error::malformed(field, wording::ANY_TENANT)) } else { Ok(name) }
}

/// The workspace that the caller's grants name, or the default one if they name none.
fn own_workspace(caller: &Caller) -> Result<String> {
    let named = caller.granted_namespaces(API).filter_map(|pattern| match pattern {
        NamespacePattern::Levels(levels) => match levels.as_slice() {
            [workspace, _] if workspace != ANY => Some(workspace),
            _ => None,
        },
        // Namespaces of this API have two levels, so one level is `*` or covers nothing.
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
    fn no_workspace_and_no_teamspace_is_called_star() {
        for (workspace, teamspace) in [(Some("*"), None), (Some("*"), Some("*")), (None, Some("*"))] {
            let entered = entered(r#"["*"]"#, workspace, teamspace);
            assert!(matches!(entered, Err(Error::Malformed(_))), "{entered:?}");
        }
    }

    #[test]
    fn a_grant_for_one_namespace_covers_no_other() {
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
