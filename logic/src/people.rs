//! Phone numbers, and how staff find a child (R9).

/// The fewest digits of a phone (R9.1).
const PHONE_DIGITS_MIN: usize = 5;
/// The most digits of a phone (R9.1).
const PHONE_DIGITS_MAX: usize = 15;
/// The country code that local numbers leave out (R9.1).
const COUNTRY: &str = "86";
/// Without a `+`, leading digits are the country code only if at least this many digits follow (R9.1).
const NATIONAL_DIGITS_MIN: usize = 10;
/// The fewest digits that are also searched for at the end of a number (R9.2).
const ENDING_MIN: usize = 4;

/// Returns a phone number as it is searched: digits without the country code (R9.1). `None` if `phone` is not a number.
pub fn phone_number(phone: &str) -> Option<&str> {
    let digits = phone.strip_prefix('+').unwrap_or(phone);
    if !(PHONE_DIGITS_MIN..=PHONE_DIGITS_MAX).contains(&digits.len()) || !is_digits(digits) {
        return None;
    }
    let national = digits.strip_prefix(COUNTRY);
    let national = national.filter(|rest| phone.starts_with('+') || rest.len() >= NATIONAL_DIGITS_MIN);
    Some(national.filter(|rest| !rest.is_empty()).unwrap_or(digits))
}

/// A search for phone numbers (R9.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneQuery {
    /// The number begins with one of these digits.
    pub begins: [String; 2],
    /// Or it ends with these; `None` if there are too few digits for that.
    pub ends: Option<String>,
}

impl PhoneQuery {
    /// Reads a search for phone numbers; `None` if the text has other characters than digits, spaces and hyphens.
    pub fn read(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let digits = text.strip_prefix('+').unwrap_or(&text);
        if digits.is_empty() || !is_digits(digits) {
            return None;
        }
        let national = digits.strip_prefix(COUNTRY).filter(|rest| !rest.is_empty()).unwrap_or(digits);
        let ends = (digits.len() >= ENDING_MIN).then(|| digits.to_owned());
        Some(Self { begins: [digits.to_owned(), national.to_owned()], ends })
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R9.1.
    #[test]
    fn a_phone_is_digits_and_its_number_is_without_the_country() {
        for (phone, number) in [
            ("13800001234", Some("13800001234")),
            ("8613800001234", Some("13800001234")),
            ("+8613800001234", Some("13800001234")),
            ("+861012345678", Some("1012345678")),
            ("86123456", Some("86123456")),
            ("+85212345678", Some("85212345678")),
            ("12345", Some("12345")),
            ("123456789012345", Some("123456789012345")),
            ("1234", None),
            ("1234567890123456", None),
            ("138-0000-1234", None),
            ("++8613800001234", None),
            ("１３８０００", None),
            ("+", None),
            ("", None),
        ] {
            assert_eq!(phone_number(phone), number, "{phone}");
        }
    }

    /// R9.2.
    #[test]
    fn digits_find_phones_with_or_without_the_country() {
        let begins = |text: &str| PhoneQuery::read(text).map(|query| query.begins);
        let both = |one: &str, other: &str| Some([one.to_owned(), other.to_owned()]);
        assert_eq!(begins("138"), both("138", "138"));
        assert_eq!(begins("+86 138-0000"), both("861380000", "1380000"));
        assert_eq!(begins("86"), both("86", "86"));
        assert_eq!((begins("小满"), begins("138a"), begins("+"), begins("")), (None, None, None, None));
        let ends = |text: &str| PhoneQuery::read(text).and_then(|query| query.ends);
        assert_eq!((ends("123"), ends("1234")), (None, Some("1234".to_owned())));
    }
}
