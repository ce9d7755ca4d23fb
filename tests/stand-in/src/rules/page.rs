//! Cuts lists into pages.

use crate::failure::{Failure, Result};
use crate::switches::Pages;

/// In a NextToken: the next page begins after the key that follows, …
const FULL: &str = "full:";
/// … or it is empty, and the page after it begins there.
const EMPTY: &str = "empty:";

/// The order of a list's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Ascending,
    Descending,
}

/// Returns the entries of one page and the NextToken. `entries` are sorted, each with its key. A page begins after the
/// last key of the page before, so that entries that come or go in the meantime do not shift the others.
pub(super) fn cut<T>(
    entries: Vec<(String, T)>,
    order: Order,
    token: Option<&str>,
    most: usize,
    pages: Pages,
) -> Result<(Vec<T>, Option<String>)> {
    let token = token.unwrap_or(if pages.is_every_other_empty { EMPTY } else { FULL });
    if let Some(after) = token.strip_prefix(EMPTY) {
        return Ok((Vec::new(), Some(format!("{FULL}{after}"))));
    }
    let after = token.strip_prefix(FULL).ok_or_else(Failure::next_token)?;
    let is_after = |key: &str| match order {
        _ if after.is_empty() => true,
        Order::Ascending => key > after,
        Order::Descending => key < after,
    };
    let size = pages.size.unwrap_or(most).clamp(1, most);
    let mut rest = entries.into_iter().filter(|(key, _)| is_after(key)).peekable();
    let (mut page, mut last) = (Vec::new(), String::new());
    for (key, entry) in rest.by_ref().take(size) {
        page.push(entry);
        last = key;
    }
    let kind = if pages.is_every_other_empty { EMPTY } else { FULL };
    Ok((page, rest.peek().is_some().then(|| format!("{kind}{last}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All pages of a list of `a` to `e`.
    fn pages(order: Order, most: usize, pages: Pages) -> Vec<String> {
        let mut keys = ["a", "b", "c", "d", "e"];
        if order == Order::Descending {
            keys.reverse();
        }
        let (mut token, mut all) = (None, Vec::new());
        loop {
            let entries = keys.map(|key| (key.to_owned(), key)).to_vec();
            let (page, next) = cut(entries, order, token.as_deref(), most, pages).unwrap();
            all.push(page.concat());
            token = next;
            if token.is_none() {
                return all;
            }
        }
    }

    #[test]
    fn pages_have_the_smallest_size_that_is_set() {
        let none = Pages::default();
        assert_eq!(pages(Order::Ascending, 100, none), ["abcde"]);
        assert_eq!(pages(Order::Ascending, 2, none), ["ab", "cd", "e"]);
        assert_eq!(pages(Order::Descending, 2, none), ["ed", "cb", "a"]);
        let small = Pages { size: Some(3), is_every_other_empty: false };
        assert_eq!(pages(Order::Ascending, 100, small), ["abc", "de"]);
        assert_eq!(pages(Order::Ascending, 2, small), ["ab", "cd", "e"]);
        let odd = Pages { size: Some(3), is_every_other_empty: true };
        assert_eq!(pages(Order::Ascending, 100, odd), ["", "abc", "", "de"]);
    }

    #[test]
    fn a_made_up_token_is_rejected() {
        let failure = cut::<()>(Vec::new(), Order::Ascending, Some("mine"), 1, Pages::default());
        assert_eq!(failure.unwrap_err().code, "InvalidNextTokenException");
    }
}
