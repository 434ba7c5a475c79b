//! The functions of a plan: THE LIST, with the least and the most arguments of each.
//!
//! A function of SQLite's does what SQLite's does; NULL in makes NULL out unless the list says
//! otherwise. None of them looks at a clock, at chance or at anything outside the row.

use serde::{Deserialize, Serialize};

/// The arguments of a function that takes any number of them.
const ANY: usize = usize::MAX;

macro_rules! functions {
    ($($variant:ident $least:tt $most:tt $doc:literal)*) => {
        /// A function of values.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Function {
            $(#[doc = $doc] $variant,)*
        }

        impl Function {
            /// Every function, in the order of the list.
            pub const ALL: &'static [Function] = &[$(Function::$variant,)*];

            /// The least and the most arguments that it takes.
            pub fn arity(self) -> (usize, usize) {
                match self { $(Function::$variant => ($least, $most),)* }
            }

            /// What it does, one sentence.
            pub fn description(self) -> &'static str {
                match self { $(Function::$variant => $doc,)* }
            }
        }
    };
}

functions! {
    Case 2 ANY "The value behind the first condition that holds, else the last argument if their number is odd, else NULL: condition, value, condition, value, .., otherwise."
    NullIf 2 2 "The first argument, and NULL where both are equal."
    Negate 1 1 "The number with the other sign."
    Add 2 2 "The sum; an integer unless a side is a float or the sum does not fit."
    Subtract 2 2 "The difference, of the same type as a sum."
    Multiply 2 2 "The product, of the same type as a sum."
    Divide 2 2 "The quotient, without its fraction if both are integers; NULL for a divisor of 0."
    Modulo 2 2 "The remainder of both as integers, with the sign of the first; NULL for a divisor of 0."
    Concat 2 2 "Both as text, one after the other: `||`."
    CastInteger 1 1 "The integer that the value begins with, else 0."
    CastFloat 1 1 "The float that the value begins with, else 0.0."
    CastText 1 1 "The value as text."
    Abs 1 1 "The number without its sign; 0.0 for text that is no number."
    Minimum 2 ANY "The least argument; NULL if any is NULL."
    Maximum 2 ANY "The greatest argument; NULL if any is NULL."
    Length 1 1 "Characters of the text."
    Lower 1 1 "The text with its ASCII letters in lower case."
    Upper 1 1 "The text with its ASCII letters in upper case."
    Substring 2 3 "From the given character on, counted from 1 or, if negative, from the end; the third argument says how many, if negative those before."
    Position 2 2 "The character, counted from 1, where the second text first occurs in the first; 0 if it does not."
    Replace 3 3 "The first text with each copy of the second replaced by the third."
    Trim 1 2 "Without the second argument's characters (spaces, if there is none) at both ends."
    TrimLeft 1 2 "Without the second argument's characters (spaces, if there is none) at the start."
    TrimRight 1 2 "Without the second argument's characters (spaces, if there is none) at the end."
    Hex 1 1 "The bytes of the text in upper-case hexadecimal; the empty text for NULL."
    Date 1 ANY "YYYY-MM-DD of a time and modifiers."
    Time 1 ANY "HH:MM:SS of a time and modifiers."
    DateTime 1 ANY "YYYY-MM-DD HH:MM:SS of a time and modifiers."
    UnixTime 1 ANY "Whole seconds since the Unix epoch of a time and modifiers."
    FormatTime 2 ANY "The format (strftime) filled with a time and modifiers."
    BaseName 1 1 "What follows the last `/` or `\\` of a path."
    DirectoryName 1 1 "What precedes the last `/` or `\\` of a path; the root keeps it; the empty text if there is none."
    HasAncestor 2 2 "1 if in the column `ancestry` (first argument) a name or path fits the LIKE pattern (second), else 0."
    AncestorName 2 2 "The name of the n-th (second argument, 1 is the parent) process of the column `ancestry` (first); NULL if there is none."
    AncestorPath 2 2 "Its path."
    AncestorPid 2 2 "Its process id."
    RegexpExtract 2 3 "What the expression (second argument, a literal) first finds in the text, or its group of the number in the third; NULL if nothing."
    CidrMatch 2 2 "1 if the address (first argument) lies in the network (second), such as 10.0.0.0/8 or fe80::/10, else 0; NULL if the first is no address."
    Entropy 1 1 "Shannon entropy of the text's bytes, in bits per byte, 0.0 to 8.0."
}

impl Function {
    /// Whether it takes so many arguments.
    pub fn takes(self, arguments: usize) -> bool {
        let (least, most) = self.arity();
        (least..=most).contains(&arguments)
    }
}
