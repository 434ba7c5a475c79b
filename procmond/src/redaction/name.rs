//! Whether a name is that of a secret.

/// Last words of names of secrets.
const SECRET: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pass",
    "pw",
    "secret",
    "token",
    "apikey",
    "psk",
    "authkey",
    "accesskey",
    "secretkey",
    "privatekey",
];
/// Words before `key` that make it a secret; before other words keys are of a map, or of a file.
const KEYS: &[&str] = &[
    "api",
    "access",
    "secret",
    "private",
    "auth",
    "account",
    "encryption",
    "signing",
    "master",
    "shared",
    "preshared",
    "license",
    "client",
    "deploy",
];
/// With one of these a name says what to do about a secret, and not which it is.
const ABOUT: &[&str] = &[
    "no", "ask", "prompt", "skip", "disable", "enable", "show", "hide", "without", "require",
    "requires", "use", "change", "expire", "min", "max", "is", "has", "allow",
];
/// The longest name that is looked at, bytes.
const MAX_BYTES: usize = 128;

/// The name in front of a value: of a flag, a variable, a key.
pub(super) fn is_secret(name: &str) -> bool {
    if name.len() > MAX_BYTES {
        return false;
    }
    let words = words(name);
    let Some((last, before)) = words.split_last() else { return false };
    if before.iter().any(|word| ABOUT.contains(&word.as_str())) {
        return false;
    }
    match last.as_str() {
        // Alone it is the working directory.
        "pwd" => before.last().is_some_and(|word| word != "old"),
        "id" => before.last().is_some_and(|word| word == "secret"),
        "key" => before.last().is_some_and(|word| KEYS.contains(&word.as_str())),
        last => SECRET.contains(&last),
    }
}

/// The name of a variable: besides, one that ends with `_KEY`.
pub(super) fn is_secret_variable(name: &str) -> bool {
    let is_upper = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    is_secret(name) || name.ends_with("_KEY") && name.bytes().all(is_upper)
}

/// `keyStorePassword`, `key-store-password` and `KEY_STORE_PASSWORD` are the same three words.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = '-';
    for letter in name.chars() {
        let begins = !before.is_ascii_alphanumeric()
            || before.is_ascii_lowercase() && letter.is_ascii_uppercase();
        if letter.is_ascii_alphanumeric() {
            match words.last_mut().filter(|_| !begins) {
                Some(word) => word.push(letter.to_ascii_lowercase()),
                None => words.push(letter.to_ascii_lowercase().to_string()),
            }
        }
        before = letter;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_told_from_names_about_secrets() {
        let secret = [
            "--password",
            "-password",
            "PASSWORD",
            "DB_PASSWORD",
            "keyStorePassword",
            "api-key",
            "apiKey",
            "X-Api-Key",
            "AWS_SECRET_ACCESS_KEY",
            "MYSQL_PWD",
            "client_secret",
            "secret-id",
            "spring.datasource.password",
            "AccountKey",
            "_authToken",
            "--pw",
        ];
        let other = [
            "--password-file",
            "--password-stdin",
            "--no-password",
            "--ask-become-pass",
            "PWD",
            "OLDPWD",
            "--pwd",
            "max_tokens",
            "--key",
            "primary-key",
            "compass",
            "BYPASS",
            "tokenizer",
            "passes",
            "",
            "--id",
            "--public-key",
        ];
        secret.iter().for_each(|name| assert!(is_secret(name), "{name}"));
        other.iter().for_each(|name| assert!(!is_secret(name), "{name}"));
    }

    #[test]
    fn a_variable_may_be_any_key() {
        assert!(is_secret_variable("STRIPE_KEY"));
        for name in ["KEY", "stripe_key", "--sort_KEY", "KEYS"] {
            assert!(!is_secret_variable(name), "{name}");
        }
    }
}
