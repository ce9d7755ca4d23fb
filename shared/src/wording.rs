//! What is said of a slip in a request: one table, so that the same slip is answered in the same words by every
//! API, each in its own shape. Each entry goes on from the name of a field or parameter, as in `name: is missing`.

use std::ops::RangeInclusive;

/// Something that is needed is absent.
pub const MISSING: &str = "is missing";
/// A text that holds nothing, where it must hold something.
pub const EMPTY: &str = "is empty";
/// Another JSON value than a string.
pub const NOT_TEXT: &str = "must be text";
/// Another JSON value than a boolean.
pub const NOT_A_FLAG: &str = "must be true or false";
/// Another JSON value than a number.
pub const NOT_A_NUMBER: &str = "must be a number";
/// Another JSON value than an object.
pub const NOT_AN_OBJECT: &str = "must be a JSON object";
/// A text that is not standard base64 with padding (RFC 4648).
pub const NOT_BASE64: &str = "must be base64";
/// A JSON value that nothing better can be said of.
pub const NOT_DOCUMENTED_TYPE: &str =
    "does not have the documented type or is not one of the documented values";
/// A field that its form has not; the fault's own field names it.
pub const UNDOCUMENTED_FIELD: &str = "is not a documented field";
/// A query parameter that may be given once.
pub const REPEATED: &str = "is given more than once";
/// A field that stays as it was created.
pub const UNCHANGEABLE: &str = "cannot be changed";
/// A text with characters that are no text.
pub const CONTROL_CHARACTERS: &str = "holds control characters";
/// A name that a path would lose: `.` or `..`.
pub const NO_SEGMENT: &str = "cannot stand in a path";
/// A name that a path would take apart.
pub const SLASH: &str = "holds a slash, which cannot stand in a path";
/// A tenant that is called like all of them.
pub const ANY_TENANT: &str = "cannot be *, which stands for all of them in grants";

/// The longest part of a name of the client's own that is repeated, in characters.
const LONGEST_NAMED: usize = 64;

/// A text that is none of the documented ones.
pub fn not_one_of(choices: &[&str]) -> String {
    format!("must be one of {}", choices.join(", "))
}

/// What is no whole number of this range; without an upper end where that is `usize::MAX`.
pub fn not_a_whole_number(range: &RangeInclusive<usize>) -> String {
    match (range.start(), range.end()) {
        (least, &usize::MAX) => format!("must be a whole number from {least}"),
        (least, most) => format!("must be a whole number from {least} to {most}"),
    }
}

/// Something beside which `others` are given, where only one of them may be.
pub fn not_together_with(others: &[&str]) -> String {
    format!("cannot be given together with {}", others.join(", "))
}

/// Several fields of which none is given, and one is needed.
pub fn one_is_missing(names: &[&str]) -> String {
    format!("{MISSING}; give one of {}", names.join(", "))
}

/// An object with none of the fields of which it needs one.
pub fn holds_none_of(names: &[&str]) -> String {
    match names {
        [only] => format!("must hold {only}"),
        several => format!("must hold one of {}", several.join(", ")),
    }
}

/// What a client itself called a field, as far as it may be repeated: not more than a name's length of it, and
/// nothing that could look like another line.
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

/// `name` as a field of the object at `path`, which is empty for the outermost. In quotes where it could be taken for a
/// path of its own, or for nothing.
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
    fn a_name_with_a_point_is_no_path() {
        assert_eq!(place("a", "b.c"), "a.\"b.c\"");
        assert_eq!((place("", ""), place("a", "")), ("\"\"".to_owned(), "a.\"\"".to_owned()));
    }

    #[test]
    fn a_clients_own_name_is_short_and_in_one_line() {
        assert_eq!(named("région \"🔑\" <b>"), "région \"🔑\" <b>");
        assert_eq!(named("a\nb\u{0}\u{85}\u{2028}c"), "a\\nb\\0\\u{85}\\u{2028}c");
        assert_eq!(named(&"é".repeat(64)), "é".repeat(64));
        assert_eq!(named(&"é".repeat(65)), "é".repeat(64) + "…");
        assert_eq!((place("", "a"), place("a.b", "c")), ("a".to_owned(), "a.b.c".to_owned()));
    }
}
