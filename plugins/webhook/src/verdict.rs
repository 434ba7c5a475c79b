//! What an answer means for an alert.

/// What becomes of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The server has it.
    Delivered,
    /// Not now; others may pass.
    Retry(String),
    /// Not now, and no other either: the server asks for peace.
    Pause(String),
    /// Never.
    Rejected(String),
}

/// By the status, and by where a redirect points to (RFC 9110, section 15).
pub fn of_status(status: u16, location: Option<&str>) -> Verdict {
    match status {
        200..=299 => Verdict::Delivered,
        300..=399 => {
            let target = location.map_or("nowhere".to_owned(), |target| format!("{target:?}"));
            Verdict::Rejected(format!("status {status}: redirect to {target} is not followed"))
        }
        429 | 503 => Verdict::Pause(format!("status {status}")),
        408 | 425 | 500..=599 => Verdict::Retry(format!("status {status}")),
        _ => Verdict::Rejected(format!("status {status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_is_delivered_trouble_is_tried_again_and_a_refusal_is_final() {
        type Expected = fn(&Verdict) -> bool;
        let table: [(&[u16], Expected); 4] = [
            (&[200, 201, 202, 204, 299], |v| *v == Verdict::Delivered),
            (&[408, 425, 500, 502, 504, 599], |v| matches!(v, Verdict::Retry(_))),
            (&[429, 503], |v| matches!(v, Verdict::Pause(_))),
            (&[100, 199, 301, 302, 304, 307, 308, 400, 401, 403, 404, 410, 413, 422, 600], |v| {
                matches!(v, Verdict::Rejected(_))
            }),
        ];
        for (statuses, expected) in table {
            for status in statuses {
                assert!(expected(&of_status(*status, None)), "{status}");
            }
        }
    }

    #[test]
    fn a_redirect_names_its_target() {
        let Verdict::Rejected(why) = of_status(307, Some("https://evil.example.org/")) else {
            panic!("a redirect is never followed");
        };
        assert_eq!(why, "status 307: redirect to \"https://evil.example.org/\" is not followed");
    }
}
