//! Values as bytes that are the same if the values are equal, and only then.

use daemoneye_plan::Case;

use crate::number::Number;
use crate::view::Value;

/// Writes the value after those that are there; none is the start of another.
pub(crate) fn encode(value: Value<'_>, case: Case, bytes: &mut Vec<u8>) {
    match value {
        Value::Null => bytes.push(0),
        Value::Number(number) => encode_number(number, bytes),
        Value::Text { raw, folded } => {
            let text = if case == Case::Ignored { folded } else { raw };
            bytes.push(3);
            bytes.extend((text.len() as u64).to_le_bytes());
            bytes.extend(text);
        }
    }
}

/// A float that is whole is written as the integer that it equals, if there is one.
fn encode_number(number: Number, bytes: &mut Vec<u8>) {
    let whole = number.whole();
    if Number::Integer(whole).order(number).is_eq() {
        bytes.push(1);
        bytes.extend(whole.to_le_bytes());
    } else {
        bytes.push(2);
        bytes.extend(number.float().to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(value: Value<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(value, Case::Observed, &mut bytes);
        bytes
    }

    #[test]
    fn numbers_have_the_same_bytes_if_they_are_equal() {
        let numbers = [
            Number::Integer(0),
            Number::Float(-0.0),
            Number::Integer(1),
            Number::Float(1.0),
            Number::Float(1.5),
            Number::Integer(i64::MAX),
            Number::Integer(i64::MIN),
            Number::Float(-9_223_372_036_854_775_808.0),
            Number::Float(9_223_372_036_854_775_808.0),
            Number::Integer(9_007_199_254_740_993),
            Number::Float(9_007_199_254_740_992.0),
            Number::Float(1e300),
        ];
        for a in numbers {
            for b in numbers {
                let same = encoded(Value::Number(a)) == encoded(Value::Number(b));
                assert_eq!(same, a.order(b).is_eq(), "{a:?} {b:?}");
            }
        }
    }
}
