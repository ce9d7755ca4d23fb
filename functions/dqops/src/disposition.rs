//! `Content-Disposition` for a file with any name (RFC 6266).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What to escape in `filename*`: everything except letters, digits and what RFC 8187 leaves as it is.
const ATTR_CHAR: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// The header's value: the name itself if it can be quoted; otherwise a fallback for old clients, then the name in the
/// form that takes any Unicode.
pub fn attachment(name: &str) -> String {
    // `%` is not plain: some clients decode `%41` in `filename`, and would save another name (RFC 6266, appendix D).
    let is_plain = |char: char| matches!(char, ' '..='~') && !matches!(char, '"' | '\\' | '%');
    if name.chars().all(is_plain) {
        return format!("attachment; filename=\"{name}\"");
    }
    let fallback: String = name.chars().map(|char| if is_plain(char) { char } else { '_' }).collect();
    format!("attachment; filename=\"{fallback}\"; filename*=UTF-8''{}", utf8_percent_encode(name, ATTR_CHAR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_are_quoted() {
        assert_eq!(attachment("a b.json"), "attachment; filename=\"a b.json\"");
    }

    #[test]
    fn other_names_cannot_end_the_quotes_or_the_header() {
        assert_eq!(
            attachment("ü\"\r\n\\.pem"),
            "attachment; filename=\"_____.pem\"; filename*=UTF-8''%C3%BC%22%0D%0A%5C.pem"
        );
    }
}
