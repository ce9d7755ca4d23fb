//! Query parameters, read in the same way for every API.

use std::ops::RangeInclusive;

use crate::choice::Choice;
use crate::error::Fault;
use crate::wording;

/// A query parameter that can be given once.
#[derive(Clone, Copy, Debug)]
pub struct Parameter<'a> {
    name: &'static str,
    value: Option<&'a str>,
}

impl<'a> Parameter<'a> {
    /// The parameter `name` with these values.
    ///
    /// # Errors
    /// A fault if there is more than one, because the others would be ignored.
    pub(crate) fn new(name: &'static str, mut values: impl Iterator<Item = &'a str>) -> Result<Self, Fault> {
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(Fault::new(name, wording::REPEATED)),
            (value, None) => Ok(Self { name, value }),
        }
    }

    /// The same, but an empty value means the default.
    #[must_use]
    pub fn unless_blank(self) -> Self {
        Self { value: self.value.filter(|value| !value.is_empty()), ..self }
    }

    /// Its value.
    pub fn text(self) -> Option<&'a str> {
        self.value
    }

    /// Its value, which must be a documented one.
    ///
    /// # Errors
    /// A fault for any other.
    pub fn choice<T: Choice>(self) -> Result<Option<T>, Fault> {
        self.read(T::parse)
    }

    /// Its value, which must be a whole number in this range, written in digits only.
    ///
    /// # Errors
    /// A fault for anything else.
    pub fn whole_number(self, range: RangeInclusive<usize>) -> Result<Option<usize>, Fault> {
        self.read(|text| {
            let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
            // A number that does not fit into a `usize` is beyond everything that can be counted.
            let number = (is_plain && !text.is_empty()).then(|| text.parse().unwrap_or(usize::MAX));
            let number = number.filter(|number| range.contains(number));
            number.ok_or_else(|| wording::not_a_whole_number(&range))
        })
    }

    /// Its value, which must be `true` or `false`, in any case.
    ///
    /// # Errors
    /// A fault for anything else.
    pub fn flag(self) -> Result<Option<bool>, Fault> {
        self.read(|text| text.to_ascii_lowercase().parse().map_err(|_| wording::NOT_A_FLAG.to_owned()))
    }

    fn read<T>(self, parse: impl FnOnce(&str) -> Result<T, String>) -> Result<Option<T>, Fault> {
        self.value.map(parse).transpose().map_err(|words| Fault::new(self.name, words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter<'a>(values: &[&'a str]) -> Result<Parameter<'a>, Fault> {
        Parameter::new("page", values.iter().copied())
    }

    fn whole_number(value: &str) -> Result<Option<usize>, Fault> {
        parameter(&[value]).unwrap().whole_number(1..=100)
    }

    #[test]
    fn two_values_are_one_too_many() {
        assert_eq!(parameter(&[]).unwrap().text(), None);
        assert_eq!(parameter(&["1"]).unwrap().text(), Some("1"));
        for values in [&["1", "2"][..], &["1", "1"], &["", ""], &["1", "2", "3"]] {
            assert_eq!(parameter(values).unwrap_err().to_string(), "page: is given more than once");
        }
    }

    #[test]
    fn a_blank_value_can_mean_the_default() {
        assert_eq!(parameter(&[""]).unwrap().text(), Some(""));
        assert_eq!(parameter(&[""]).unwrap().unless_blank().text(), None);
        assert_eq!(parameter(&[" "]).unwrap().unless_blank().text(), Some(" "));
    }

    #[test]
    fn a_whole_number_is_digits_within_the_range() {
        assert_eq!(whole_number("7"), Ok(Some(7)));
        assert_eq!(whole_number("007"), Ok(Some(7)));
        for other in ["", "0", "101", "+7", "-7", "7.0", "7 ", "1e1", "٧", "99999999999999999999999"] {
            let rejected = whole_number(other).unwrap_err().to_string();
            assert_eq!(rejected, "page: must be a whole number from 1 to 100", "{other}");
        }
    }

    #[test]
    fn without_an_upper_end_any_number_will_do() {
        let page = parameter(&["99999999999999999999999"]).unwrap().whole_number(0..=usize::MAX);
        assert_eq!(page, Ok(Some(usize::MAX)));
    }

    #[test]
    fn a_flag_is_true_or_false() {
        let flag = |value| parameter(&[value]).unwrap().flag();
        assert_eq!((flag("True"), flag("false")), (Ok(Some(true)), Ok(Some(false))));
        for other in ["", "1", "yes"] {
            assert_eq!(flag(other).unwrap_err().message, "must be true or false");
        }
    }
}
