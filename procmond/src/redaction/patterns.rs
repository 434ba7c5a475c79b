//! Secrets that are known by what is around them or by their own form, wherever they stand.

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use super::Place;
use super::name::is_secret;

/// The most that one compiled expression may take, bytes.
const SIZE_LIMIT: usize = 1 << 20;

/// Group `secret` is the secret; if there is a group `name`, only when it names one.
const BUILT_IN: &[&str] = &[
    // scheme://user:SECRET@host; RFC 3986, section 3.2.1
    r#"(?i)(?-u:\b)[a-z][a-z0-9+.-]*://[^\s/?\#'"@:]*:(?<secret>[^\s/?\#'"]+)@"#,
    // name=SECRET, also in a query and in options
    r#"(?<name>[A-Za-z_][A-Za-z0-9_.-]*)=(?:\\?"(?<secret>[^"\\\s][^"\\]*)|\\?'(?<secret2>[^'\\\s][^'\\]*)|(?<secret3>[^\s&;,"'`)}\]|<>\\]+))"#,
    // "name": "SECRET", as JSON and YAML have it
    r#"(?<name>[A-Za-z_][A-Za-z0-9_.-]*)\\?["']?\s*:\s*\\?(?:"(?<secret>[^"\\]+)|'(?<secret2>[^'\\]+))"#,
    // Authorization: Scheme SECRET; RFC 9110, section 11.6.2
    r#"(?i)(?-u:\b)authorization\\?["']?\s*[:=]\s*\\?["']?(?:(?:bearer|basic|digest|token|negotiate|apikey|bot)\s+)?(?<secret>[^\r\n"'\\]+)"#,
    r"(?i)(?-u:\b)bearer\s+(?<secret>[a-z0-9._~+/=-]{8,})",
    // Name: SECRET, as headers are written
    r#"(?i)(?-u:\b)(?<name>(?:x|private|job|deploy)-[a-z-]+|api-?key)\s*:\s*(?<secret>[^\s"']+)"#,
    r#"(?i)(?-u:\b)cookie\s*:\s*(?<secret>[^\r\n"']+)"#,
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?<secret>(?s:.+?))(?:-----END|\z)",
    // Key ids of AWS, as its documentation on identifiers lists them
    r"(?-u:\b)(?<secret>(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16})(?-u:\b)",
    // Tokens that say what they are: GitHub, GitLab, Slack, Stripe, Google, npm, Vault, PyPI, JWT
    r"(?-u:\b)(?<secret>gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})",
    r"(?-u:\b)(?<secret>glpat-[A-Za-z0-9_-]{20,}|xox[abeprs]-[A-Za-z0-9-]{10,})",
    r"(?-u:\b)(?<secret>[rs]k_(?:live|test)_[A-Za-z0-9]{16,}|AIza[A-Za-z0-9_-]{35})",
    r"(?-u:\b)(?<secret>npm_[A-Za-z0-9]{36}|hv[sbr]\.[A-Za-z0-9_-]{20,}|pypi-[A-Za-z0-9_-]{50,})",
    r"(?-u:\b)(?<secret>eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+)",
];

/// A key id of AWS makes words of this form suspect that stand beside it.
const AWS_ID: &str = r"(?-u:\b)(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?-u:\b)";
const AWS_SECRET: &str = r"(?:^|[^A-Za-z0-9/+=])(?<secret>[A-Za-z0-9/+]{40})(?:$|[^A-Za-z0-9/+=])";

const GROUPS: [&str; 3] = ["secret", "secret2", "secret3"];

/// Why an expression is not used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// It is none, or too large when compiled.
    #[error("redaction pattern {expression:?}: {cause}")]
    Expression {
        /// As it was given.
        expression: String,
        /// What is wrong with it.
        cause: Box<regex::Error>,
    },
}

/// Expressions, ready to search.
pub(super) struct Patterns {
    /// The same expressions, asked at once which of them match at all.
    any: RegexSet,
    each: Vec<Regex>,
    aws_id: Regex,
    aws_secret: Regex,
}

impl Patterns {
    /// The built-in ones and these.
    pub(super) fn new(expressions: &[String]) -> Result<Self, PatternError> {
        let all = BUILT_IN.iter().copied().chain(expressions.iter().map(String::as_str));
        let each = all.clone().map(compile).collect::<Result<Vec<_>, _>>()?;
        let size = SIZE_LIMIT * each.len();
        let any = RegexSetBuilder::new(all).size_limit(size).build();
        let any = any.map_err(|cause| error(&expressions.join(" "), cause))?;
        Ok(Patterns { any, each, aws_id: compile(AWS_ID)?, aws_secret: compile(AWS_SECRET)? })
    }

    /// Adds the places of all secrets.
    pub(super) fn find(&self, arguments: &[String], places: &mut Vec<Place>) {
        let mut has_aws_id = false;
        for (argument, text) in arguments.iter().enumerate() {
            for number in self.any.matches(text) {
                search(&self.each[number], argument, text, places);
            }
            has_aws_id |= self.aws_id.is_match(text);
        }
        if has_aws_id {
            for (argument, text) in arguments.iter().enumerate() {
                search(&self.aws_secret, argument, text, places);
            }
        }
    }
}

fn search(expression: &Regex, argument: usize, text: &str, places: &mut Vec<Place>) {
    for found in expression.captures_iter(text) {
        if found.name("name").is_some_and(|name| !is_secret(name.as_str())) {
            continue;
        }
        let named = GROUPS.iter().find_map(|group| found.name(group));
        let secret = named.or_else(|| found.get(1)).or_else(|| found.get(0));
        places.extend(secret.map(|secret| Place { argument, bytes: secret.range() }));
    }
}

fn compile(expression: &str) -> Result<Regex, PatternError> {
    let compiled = RegexBuilder::new(expression).size_limit(SIZE_LIMIT).build();
    compiled.map_err(|cause| error(expression, cause))
}

fn error(expression: &str, cause: regex::Error) -> PatternError {
    PatternError::Expression { expression: expression.to_owned(), cause: Box::new(cause) }
}
