//! Money: whole numbers of 10⁻¹² US dollars, so that sums are exact.
//! Invariant: no float on the way in; decimal text is read digit by digit.

use std::fmt;

/// An amount in 10⁻¹² US dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PicoUsd(pub i128);

/// The text is not a decimal number, or has more digits than 10⁻¹² dollars can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseMoneyError;

impl fmt::Display for ParseMoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a decimal amount")
    }
}

impl std::error::Error for ParseMoneyError {}

const DECIMALS: i32 = 12;

impl PicoUsd {
    /// Parses decimal dollars as JSON and YAML write them: `2.5`, `0`, `1e-7`. Digits beyond 10⁻¹² are cut off.
    ///
    /// # Errors
    /// `ParseMoneyError` if the text is no such number or exceeds 10²⁴ dollars.
    pub fn parse_dollars(text: &str) -> Result<Self, ParseMoneyError> {
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i32>().map_err(|_| ParseMoneyError)?),
            None => (text, 0),
        };
        let (negative, digits) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return Err(ParseMoneyError);
        }
        let fraction_digits = i32::try_from(fraction.len()).map_err(|_| ParseMoneyError)?;
        let scale = exponent.checked_add(DECIMALS).and_then(|s| s.checked_sub(fraction_digits));
        let amount = shift(integer(whole, fraction)?, scale.ok_or(ParseMoneyError)?)?;
        Ok(Self(if negative { -amount } else { amount }))
    }
}

fn integer(whole: &str, fraction: &str) -> Result<i128, ParseMoneyError> {
    whole.bytes().chain(fraction.bytes()).try_fold(0i128, |sum, byte| {
        let digit = byte.is_ascii_digit().then(|| i128::from(byte - b'0')).ok_or(ParseMoneyError)?;
        sum.checked_mul(10).and_then(|sum| sum.checked_add(digit)).ok_or(ParseMoneyError)
    })
}

fn shift(mut amount: i128, scale: i32) -> Result<i128, ParseMoneyError> {
    const LIMIT: i128 = 10i128.pow(36);
    for _ in 0..scale.unsigned_abs().min(80) {
        if scale > 0 {
            amount = amount.checked_mul(10).filter(|amount| *amount <= LIMIT).ok_or(ParseMoneyError)?;
        } else {
            amount /= 10;
        }
    }
    Ok(amount)
}

impl fmt::Display for PicoUsd {
    /// Decimal dollars without trailing zeros: `2.5`, `0.0000001`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10u128.pow(DECIMALS.unsigned_abs());
        let (whole, fraction) = (self.0.unsigned_abs() / unit, self.0.unsigned_abs() % unit);
        let sign = if self.0 < 0 { "-" } else { "" };
        if fraction == 0 {
            return write!(f, "{sign}{whole}");
        }
        let digits = format!("{fraction:012}");
        write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::{ParseMoneyError, PicoUsd};

    #[test]
    fn decimal_text_is_read_exactly_and_printed_back() {
        for (text, printed) in [
            ("2.5", "2.5"),
            ("0", "0"),
            ("-0.25", "-0.25"),
            ("1e-7", "0.0000001"),
            ("1.5E3", "1500"),
            ("0.1", "0.1"),
            ("0.0000000000019", "0.000000000001"),
            ("10", "10"),
        ] {
            assert_eq!(
                PicoUsd::parse_dollars(text).map(|amount| amount.to_string()),
                Ok(printed.to_owned()),
                "{text}"
            );
        }
        for text in ["", ".", "abc", "1e", "--1", "1e99", "1_0"] {
            assert_eq!(PicoUsd::parse_dollars(text), Err(ParseMoneyError), "{text}");
        }
    }
}
