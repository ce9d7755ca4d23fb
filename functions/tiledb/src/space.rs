//! Workspaces and teamspaces, as far as the released client looks them up: each name in the caller's grants is one.
//! They are not stored, so a name is its own id, and the other fields that the client's models need are the same for
//! all of them.

use std::collections::BTreeSet;

use latchkey::caller::{ANY, NamespacePattern};
use latchkey::{Caller, Error, Namespace, Request, Result};
use serde::Serialize;

use crate::workspace::{WORKSPACE, one};
use crate::{API, VIEW};

/// The path parameter that names a teamspace.
const TEAMSPACE: &str = "teamspace";
/// When everything was created. Nobody knows, but the client's models need a time.
const CREATED_AT: &str = "1970-01-01T00:00:00Z";

/// `WorkspaceGetResponse`, `TeamspaceGetResponse` and `TeamspacesListResponse`.
#[derive(Debug, Serialize)]
pub struct Data<T> {
    /// What the client has looked up.
    pub data: T,
}

/// `Workspace`.
#[derive(Debug, Serialize)]
pub struct Workspace {
    #[serde(rename = "workspace_id")]
    id: String,
    name: String,
    created_at: &'static str,
    created_by: User,
    #[serde(rename = "self")]
    own: User,
}

/// `Teamspace`.
#[derive(Debug, Serialize)]
pub struct Teamspace {
    #[serde(rename = "teamspace_id")]
    id: String,
    name: String,
    space_type: &'static str,
    visibility: &'static str,
    created_at: &'static str,
    created_by: User,
}

/// `WorkspaceUser` and `TeamspaceUser`: the caller's access key.
#[derive(Clone, Debug, Serialize)]
struct User {
    #[serde(rename = "user_id")]
    id: String,
    username: String,
    display_name: String,
    email: &'static str,
    role: &'static str,
    added_by: String,
    created_at: &'static str,
}

latchkey::choice! {
    /// What teamspaces are sorted by. That is always their names, because all of them are equally old.
    enum OrderBy {
        Name "name",
        CreatedAt "created_at",
        UpdatedAt "updated_at",
    }
}

latchkey::choice! {
    /// The direction of the sorting.
    enum Order {
        Asc "asc",
        Desc "desc",
    }
}

impl Workspace {
    /// The workspace that the path of `request` names.
    ///
    /// # Errors
    /// [`Error::ForeignNamespace`] if no grant of the caller names it or one of its teamspaces; [`Error::Forbidden`] if
    /// some do, but none of them with a permission to view; [`Error::Malformed`] for `*`.
    pub fn find(caller: &Caller, request: &Request) -> Result<Self> {
        let name = enter_workspace(caller, request)?;
        let user = User::of(caller);
        Ok(Self {
            id: name.to_owned(),
            name: name.to_owned(),
            created_at: CREATED_AT,
            created_by: user.clone(),
            own: user,
        })
    }
}

impl Teamspace {
    /// The teamspace that the path of `request` names.
    ///
    /// # Errors
    /// Those of [`Caller::enter`]; [`Error::Malformed`] for `*`.
    pub fn find(caller: &Caller, request: &Request) -> Result<Self> {
        let workspace = one(WORKSPACE, request.path_parameter(WORKSPACE)?)?;
        let name = one(TEAMSPACE, request.path_parameter(TEAMSPACE)?)?;
        caller.enter(Namespace::new(API, [workspace, name]), VIEW)?;
        Ok(Self::new(caller, name))
    }

    /// The teamspaces of the path's workspace that the caller's grants name, in the order that `request` asks for.
    ///
    /// # Errors
    /// Those of [`Workspace::find`]; [`Error::Malformed`] for a parameter with an undocumented value.
    pub fn list(caller: &Caller, request: &Request) -> Result<Vec<Self>> {
        let workspace = enter_workspace(caller, request)?;
        let is_member = request.parameter("memberships")?.flag()?.unwrap_or(true);
        let order_by = request.parameter("order_by")?.choice()?;
        // The client documents descending as the default. Sorted by time, all teamspaces are equal, so the names stay
        // ascending.
        let usual = if order_by == Some(OrderBy::Name) { Order::Desc } else { Order::Asc };
        let order = request.parameter("order")?.choice()?.unwrap_or(usual);
        let mut names: Vec<_> = named(caller, workspace).into_iter().filter(|_| is_member).collect();
        if order == Order::Desc {
            names.reverse();
        }
        Ok(names.into_iter().map(|name| Self::new(caller, name)).collect())
    }

    fn new(caller: &Caller, name: &str) -> Self {
        Self {
            id: name.to_owned(),
            name: name.to_owned(),
            space_type: "teamspace",
            visibility: "private",
            created_at: CREATED_AT,
            created_by: User::of(caller),
        }
    }
}

impl User {
    fn of(caller: &Caller) -> Self {
        let id = caller.key_id().to_owned();
        Self {
            id: id.clone(),
            username: id.clone(),
            display_name: id.clone(),
            email: "",
            role: "admin",
            added_by: id,
            created_at: CREATED_AT,
        }
    }
}

/// The workspace that the path names, if the caller may view it or any of its teamspaces: a key for one teamspace
/// has to find its workspace, too.
fn enter_workspace<'a>(caller: &Caller, request: &'a Request) -> Result<&'a str> {
    let workspace = one(WORKSPACE, request.path_parameter(WORKSPACE)?)?;
    let itself = Namespace::new(API, [workspace, ""]);
    match caller.enter(itself, VIEW) {
        Ok(_) => Ok(workspace),
        Err(_) if !teamspaces(caller.granted(API, VIEW), workspace).is_empty() => Ok(workspace),
        Err(error) if teamspaces(caller.granted_namespaces(API), workspace).is_empty() => Err(error),
        // A grant names this workspace, so Forbidden tells the caller nothing new. Without such a grant, the error is
        // the same as for a workspace that does not exist.
        Err(_) => Err(Error::Forbidden { needs: VIEW }),
    }
}

/// The names of the teamspaces that the caller may view.
fn named<'a>(caller: &'a Caller, workspace: &str) -> BTreeSet<&'a str> {
    let names = teamspaces(caller.granted(API, VIEW), workspace);
    names.into_iter().filter(|name| !name.is_empty() && *name != ANY).collect()
}

/// The teamspaces of the workspace in these patterns: names, the empty text for the workspace itself, or `*`.
fn teamspaces<'a>(
    patterns: impl Iterator<Item = &'a NamespacePattern>,
    workspace: &str,
) -> BTreeSet<&'a str> {
    let of_workspace = patterns.filter_map(|pattern| match pattern {
        NamespacePattern::Levels(levels) => match levels.as_slice() {
            [level, teamspace] if level == ANY || level == workspace => Some(teamspace.as_str()),
            _ => None,
        },
        NamespacePattern::Level(level) => (level == ANY).then_some(ANY),
    });
    of_workspace.collect()
}
