//! A price as it was written. In: a JSON number, or decimal text. Out: the same digits, or exact money.
//! Invariant: the text is a valid JSON number, not negative, and within what `PicoUsd` holds. No float anywhere.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use vocabulary::PicoUsd;

/// A non-negative decimal number that keeps its spelling: `10`, `10.0` and `1e1` stay what they are.
/// Serialises as a JSON number, through `serde_json` only.
#[derive(Clone, PartialEq, Eq)]
pub struct Decimal(Box<str>);

impl Decimal {
    /// Takes the text of a JSON number. `None` if it is none, negative, or beyond 10²⁴ dollars.
    pub fn parse(text: &str) -> Option<Self> {
        let is_number = text.starts_with(|first: char| first.is_ascii_digit())
            && serde_json::from_str::<serde_json::Number>(text).is_ok();
        let amount = PicoUsd::parse_dollars(text).ok().filter(|_| is_number)?;
        (amount >= PicoUsd(0)).then(|| Self(text.into()))
    }

    /// A price per million from a price per one, as listings that price single tokens write it: `0.0000025` → `2.5`.
    pub fn per_million(per_one: &str) -> Option<Self> {
        let PicoUsd(amount) = Self::parse(per_one)?.amount();
        Some(Self(PicoUsd(amount.checked_mul(1_000_000)?).to_string().into()))
    }

    pub(super) fn refusal<E: serde::de::Error>() -> E {
        E::custom("a price must be a number, and not negative")
    }

    /// The digits as they were written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The exact amount in dollars; digits beyond 10⁻¹² are cut off.
    pub fn amount(&self) -> PicoUsd {
        PicoUsd::parse_dollars(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        number.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::parse(raw.get()).ok_or_else(Self::refusal)
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;
    use vocabulary::PicoUsd;

    #[test]
    fn a_price_keeps_its_digits() {
        for text in ["10", "10.0", "2.50", "0", "1e-7", "0.10000000000000000001"] {
            let price: Decimal = serde_json::from_str(text).expect(text);
            assert_eq!(serde_json::to_string(&price).expect(text), text);
        }
        assert_eq!(Decimal::parse("2.50").map(|price| price.amount()), Some(PicoUsd(2_500_000_000_000)));
    }

    #[test]
    fn what_is_no_price_is_refused() {
        for text in ["-1", "+1", ".5", "1.", "", "abc", "1e99", "01", "\"1\"", "null", " 1"] {
            assert!(Decimal::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_price_per_token_becomes_one_per_million() {
        let cases =
            [("0.0000025", Some("2.5")), ("0", Some("0")), ("0.00000006", Some("0.06")), ("-1", None)];
        for (per_one, expected) in cases {
            assert_eq!(Decimal::per_million(per_one).as_ref().map(Decimal::as_str), expected, "{per_one}");
        }
    }
}
