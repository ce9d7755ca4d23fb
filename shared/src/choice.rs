//! Values that are written as one of a few documented texts.

use crate::wording;

/// A value that is written as one of a few texts. Made by [`choice!`](crate::choice!).
pub trait Choice: Copy + 'static {
    /// The documented texts, in the order of the documentation, and what they stand for.
    const CHOICES: &'static [(&'static str, Self)];
    /// Other texts that are accepted, too, but not documented.
    const ALSO: &'static [(&'static str, Self)] = &[];

    /// What `text` stands for.
    ///
    /// # Errors
    /// What would have been accepted, in the words of [`wording`].
    fn parse(text: &str) -> Result<Self, String> {
        let found = Self::CHOICES.iter().chain(Self::ALSO).find(|(choice, _)| *choice == text);
        found.map(|(_, value)| *value).ok_or_else(|| {
            let choices: Vec<_> = Self::CHOICES.iter().map(|(choice, _)| *choice).collect();
            wording::not_one_of(&choices)
        })
    }
}

/// Declares an enum whose values are texts in JSON and in parameters. Each has its text, and optionally, after `also`,
/// another one that is accepted for it.
#[macro_export]
macro_rules! choice {
    ($(#[$doc:meta])* $vis:vis enum $name:ident { $($(#[$variant_doc:meta])* $variant:ident $text:literal $(also $also:literal)?,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        $vis enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Its text.
            $vis fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl $crate::choice::Choice for $name {
            const CHOICES: &'static [(&'static str, Self)] = &[$(($text, Self::$variant),)*];
            const ALSO: &'static [(&'static str, Self)] = &[$($(($also, Self::$variant),)?)*];
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::core::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::core::result::Result<Self, D::Error> {
                let text = <::std::string::String as ::serde::Deserialize>::deserialize(deserializer)?;
                $crate::choice::Choice::parse(&text).map_err($crate::json::complain)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    choice! {
        /// A direction.
        enum Direction {
            /// Up.
            Up "up",
            /// Down.
            Down "down" also "dwon",
        }
    }

    #[test]
    fn only_the_documented_texts_are_choices() {
        assert_eq!(Direction::parse("down"), Ok(Direction::Down));
        assert_eq!(Direction::parse("dwon"), Ok(Direction::Down));
        for other in ["", "Up", " up", "hunter2"] {
            assert_eq!(Direction::parse(other).unwrap_err(), "must be one of up, down");
        }
        assert_eq!(serde_json::to_string(&Direction::Up).unwrap(), "\"up\"");
    }

    #[test]
    fn in_json_they_are_texts() {
        #[derive(Debug, serde::Deserialize)]
        struct Form {
            way: Direction,
        }

        assert_eq!(json::parse::<Form>(br#"{"way":"up"}"#).unwrap().way, Direction::Up);
        let rejected = |body: &[u8]| json::parse::<Form>(body).unwrap_err().to_string();
        assert_eq!(rejected(br#"{"way":"hunter2"}"#), "way: must be one of up, down");
        assert_eq!(rejected(br#"{"way":1}"#), "way: must be text");
    }
}
