//! The messages about mistakes in requests, in one table: every API describes the same mistake in the same words, each
//! in its own shape. Each entry continues the name of a field or parameter, as in `name: is missing`.

use std::ops::RangeInclusive;

/// A required value is absent.
pub const MISSING: &str = "is missing";
/// A text that must not be empty.
pub const EMPTY: &str = "is empty";
/// A JSON value other than a string.
pub const NOT_TEXT: &str = "must be text";
/// A JSON value other than a boolean.
pub const NOT_A_FLAG: &str = "must be true or false";
/// A JSON value other than a number.
pub const NOT_A_NUMBER: &str = "must be a number";
/// A JSON value other than an object.
pub const NOT_AN_OBJECT: &str = "must be a JSON object";
/// A text that is not standard base64 with padding (RFC 4648).
pub const NOT_BASE64: &str = "must be base64";
/// A JSON value about which nothing more specific can be said.
pub const NOT_DOCUMENTED_TYPE: &str =
    "does not have the documented type or is not one of the documented values";
/// An undocumented field, which the fault's own field names.
pub const UNDOCUMENTED_FIELD: &str = "is not a documented field";
/// A query parameter that can be given only once.
pub const REPEATED: &str = "is given more than once";
/// A field that keeps the value it was created with.
pub const UNCHANGEABLE: &str = "cannot be changed";
/// A text with control characters.
pub const CONTROL_CHARACTERS: &str = "holds control characters";
/// A name that a path would lose: `.` or `..`.
pub const NO_SEGMENT: &str = "cannot stand in a path";
/// A name that a path would split.
pub const SLASH: &str = "holds a slash, which cannot stand in a path";
/// A tenant whose name stands for all tenants.
pub const ANY_TENANT: &str = "cannot be *, which stands for all of them in grants";

/// How much of a client's own name is repeated, in characters.
const LONGEST_NAMED: usize = 64;

/// A text that is not one of the documented ones.
pub fn not_one_of(choices: &[&str]) -> String {
    format!("must be one of {}", choices.join(", "))
}

/// A value that is not a whole number in this range. An upper end of `usize::MAX` is left out.
pub fn not_a_whole_number(range: &RangeInclusive<usize>) -> String {
    match (range.start(), range.end()) {
        (least, &usize::MAX) => format!("must be a whole number from {least}"),
        (least, most) => format!("must be a whole number from {least} to {most}"),
    }
}

/// A field that is given together with `others`, although only one of them may be.
pub fn not_together_with(others: &[&str]) -> String {
    format!("cannot be given together with {}", others.join(", "))
}

/// Several fields of which one is required and none is given.
pub fn one_is_missing(names: &[&str]) -> String {
    format!("{MISSING}; give one of {}", names.join(", "))
}

/// An object without any of the fields of which it needs one.
pub fn holds_none_of(names: &[&str]) -> String {
    match names {
        [only] => format!("must hold {only}"),
        several => format!("must hold one of {}", several.join(", ")),
    }
}

/// What a client itself called a field, as far as it may be repeated: at most the length of a name, and no character
/// that could look like the start of another line.
pub fn named(name: &str) -> String {
    let shown = name.chars().take(LONGEST_NAMED);
    let is_escaped = |char: char| char.is_control() || matches!(char, '\u{2028}' | '\u{2029}');
    let mut named = String::new();
    for char in shown {
        if is_escaped(char) {
            named.extend(char.escape_debug());
        } else {
            named.push(char);
        }
    }
    if name.chars().nth(LONGEST_NAMED).is_some() {
        named.push('…');
    }
    named
}

/// The field `name` of the object at `path`, which is empty for the outermost object. The name is in quotes if it could
/// be mistaken for a path, or is empty.
pub fn place(path: &str, name: &str) -> String {
    let quote = if name.is_empty() || name.contains('.') { "\"" } else { "" };
    let point = if path.is_empty() { "" } else { "." };
    format!("{path}{point}{quote}{}{quote}", named(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_have_a_lower_and_perhaps_an_upper_end() {
        assert_eq!(not_a_whole_number(&(1..=100)), "must be a whole number from 1 to 100");
        assert_eq!(not_a_whole_number(&(0..=usize::MAX)), "must be a whole number from 0");
    }

    #[test]
    fn a_name_with_a_dot_is_quoted() {
        assert_eq!(place("a", "b.c"), "a.\"b.c\"");
        assert_eq!((place("", ""), place("a", "")), ("\"\"".to_owned(), "a.\"\"".to_owned()));
    }

    #[test]
    fn a_clients_own_name_is_short_and_on_one_line() {
        assert_eq!(named("région \"🔑\" <b>"), "région \"🔑\" <b>");
        assert_eq!(named("a\nb\u{0}\u{85}\u{2028}c"), "a\\nb\\0\\u{85}\\u{2028}c");
        assert_eq!(named(&"é".repeat(64)), "é".repeat(64));
        assert_eq!(named(&"é".repeat(65)), "é".repeat(64) + "…");
        assert_eq!((place("", "a"), place("a.b", "c")), ("a".to_owned(), "a.b.c".to_owned()));
    }
}
