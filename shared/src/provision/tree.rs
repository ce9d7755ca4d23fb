//! JSON from a template. Every text in it is treated as secret, because somebody may have put a secret there.
//!
//! See docs/decisions/provisioning.md.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::Number;

use crate::error::{Error, Result};
use crate::json;
use crate::secret::Secret;
use crate::wording;

/// A JSON value.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    Null,
    Flag(bool),
    Number(Number),
    Text(Secret),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Tree {
    /// A text.
    pub(super) fn text(text: &str) -> Self {
        Self::Text(Secret::new(text))
    }

    /// An object without fields.
    pub(super) fn empty() -> Self {
        Self::Object(Vec::new())
    }

    /// The value as text, if it is one.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => text.expose_text(),
            _ => None,
        }
    }

    /// The value as a whole number, which can be written as text.
    pub(super) fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Number(number) => number.as_u64(),
            other => other.as_text()?.parse().ok(),
        }
    }

    /// The text at `field`; an empty one counts as absent.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is not text.
    pub(super) fn read_text(field: &str, tree: Option<&Self>) -> Result<Option<String>> {
        let Some(tree) = tree else { return Ok(None) };
        let text = tree.as_text().ok_or_else(|| Error::invalid(field, wording::NOT_TEXT))?;
        Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
    }

    /// The value at `path`, which has dots between its parts.
    pub(super) fn at(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |tree, part| match tree {
            Self::Object(fields) => fields.iter().find(|(name, _)| name == part).map(|(_, value)| value),
            _ => None,
        })
    }

    /// Puts `value` at `path`, and makes the objects that are missing on the way. False if something else is in the
    /// way.
    pub(super) fn put(&mut self, path: &str, value: Self) -> bool {
        let Self::Object(fields) = self else { return false };
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        let found = fields.iter().position(|(name, _)| name == first);
        match (found.and_then(|at| fields.get_mut(at)), rest) {
            (Some((_, inner)), Some(rest)) => inner.put(rest, value),
            (Some((_, old)), None) => {
                *old = value;
                true
            }
            (None, Some(rest)) => {
                let mut inner = Self::empty();
                let is_put = inner.put(rest, value);
                fields.push((first.to_owned(), inner));
                is_put
            }
            (None, None) => {
                fields.push((first.to_owned(), value));
                true
            }
        }
    }

    /// The same, with the fields of all objects sorted: their order means nothing.
    pub(super) fn sorted(&self) -> Self {
        match self {
            Self::Object(fields) => {
                let mut fields: Vec<_> =
                    fields.iter().map(|(name, value)| (name.clone(), value.sorted())).collect();
                fields.sort_by(|(one, _), (other, _)| one.cmp(other));
                Self::Object(fields)
            }
            Self::List(items) => Self::List(items.iter().map(Self::sorted).collect()),
            other => other.clone(),
        }
    }

    /// Whether a text in it, or the name of a field, contains `part`.
    pub(super) fn holds(&self, part: &str) -> bool {
        match self {
            Self::Null | Self::Flag(_) | Self::Number(_) => false,
            Self::Text(text) => text.expose_text().is_some_and(|text| text.contains(part)),
            Self::List(items) => items.iter().any(|item| item.holds(part)),
            Self::Object(fields) => {
                fields.iter().any(|(name, value)| name.contains(part) || value.holds(part))
            }
        }
    }
}

impl Serialize for Tree {
    /// Writes the texts themselves: only for [`Secret::json`].
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => {
                serializer.serialize_str(text.expose_text().ok_or_else(|| S::Error::custom("not text"))?)
            }
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(fields) => serializer.collect_map(fields.iter().map(|(name, value)| (name, value))),
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Tree, E> {
        Ok(Tree::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Tree, E> {
        Ok(Tree::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Tree, E> {
        Ok(Tree::Number(number.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Tree, E> {
        Number::from_f64(number).map(Tree::Number).ok_or_else(|| json::complain("must be a finite number"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let mut fields: Vec<(String, Tree)> = Vec::new();
        while let Some((name, value)) = entries.next_entry::<String, Tree>()? {
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(json::complain("must hold each field once"));
            }
            fields.push((name, value));
        }
        Ok(Tree::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(json: &str) -> Tree {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn it_is_written_as_it_was_read() {
        let json = r#"{"a":{"b":["ü\n",1,-2,1.5,true,null]},"c":{}}"#;
        assert_eq!(Secret::json(&tree(json)).unwrap().expose_text(), Some(json));
        assert!(serde_json::from_str::<Tree>(r#"{"a":1,"\u0061":2}"#).is_err());
    }

    #[test]
    fn it_never_prints_a_text() {
        assert!(!format!("{:?}", tree(r#"{"a":["hunter2"]}"#)).contains("hunter2"));
    }

    #[test]
    fn a_path_leads_to_a_value_and_makes_what_is_missing() {
        let mut tree = tree(r#"{"a":{"b":"1"},"t":"text"}"#);
        assert_eq!(tree.at("a.b").and_then(Tree::as_text), Some("1"));
        assert!(tree.at("a.c").is_none() && tree.at("t.x").is_none() && tree.at("").is_none());
        assert!(tree.put("a.c.d", Tree::text("2")) && tree.put("a.b", Tree::text("3")));
        assert!(!tree.put("t.x", Tree::text("4")));
        let written = Secret::json(&tree).unwrap();
        assert_eq!(written.expose_text(), Some(r#"{"a":{"b":"3","c":{"d":"2"}},"t":"text"}"#));
    }

    #[test]
    fn the_order_of_fields_means_nothing() {
        let [one, other] = [r#"{"a":[{"c":1,"d":2}],"b":3}"#, r#"{"b":3,"a":[{"d":2,"c":1}]}"#].map(tree);
        let [one, other] = [one, other].map(|tree| Secret::json(&tree.sorted()).unwrap());
        assert_eq!(one.expose_text(), other.expose_text());
    }

    #[test]
    fn a_text_is_found_wherever_it_is() {
        let tree = tree(r#"{"a":[{"b":"x{{resolve:ssm:p}}"}],"k":{"{{resolve:":1}}"#);
        assert!(tree.at("a").is_some_and(|list| list.holds("{{resolve:")));
        assert!(tree.at("k").is_some_and(|object| object.holds("{{resolve:")));
        assert!(!tree.holds("hunter2"));
    }
}
