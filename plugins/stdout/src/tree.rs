//! The process and its ancestors, the oldest first, each below its parent.

use daemoneye_format::{Alert, Ancestor, safe_in};

/// Most levels that are drawn; of more, the ones in the middle are left out.
const MAX_LEVELS: usize = 8;

/// The lines of the tree, each at most `columns` wide; none if no ancestor is known.
pub(crate) fn lines(alert: &Alert, columns: usize) -> Vec<String> {
    let ancestors = alert.ancestry();
    if ancestors.is_empty() {
        return Vec::new();
    }
    let mut levels: Vec<String> = ancestors.into_iter().rev().map(label).collect();
    levels.push(own_label(alert));
    let hidden = levels.len().saturating_sub(MAX_LEVELS);
    if hidden > 0 {
        levels.splice(1..=hidden + 1, [format!("({} more)", hidden + 1)]);
    }
    let line =
        |(level, label): (usize, String)| branch(level) + &safe_in(&label, columns - 3 * level);
    levels.into_iter().enumerate().map(line).collect()
}

fn branch(level: usize) -> String {
    match level {
        0 => String::new(),
        level => format!("{}└─ ", "   ".repeat(level - 1)),
    }
}

fn label(ancestor: Ancestor) -> String {
    let what = ancestor.path.filter(|path| !path.is_empty()).or(ancestor.name);
    format!("{} {}", ancestor.pid, what.unwrap_or_else(|| "?".to_owned()))
}

fn own_label(alert: &Alert) -> String {
    let field = |name| alert.field(name);
    let what = field("executable_path").or_else(|| field("name"));
    let pid = field("pid").unwrap_or_else(|| "?".to_owned());
    format!("{pid} {}", what.unwrap_or_else(|| "?".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::human::tests::alert;

    #[test]
    fn the_oldest_is_first_and_each_is_below_its_parent() {
        let ancestry =
            r#"[{"pid":812,"name":"nginx","path":"/usr/sbin/nginx"},{"pid":1,"name":"init"}]"#;
        let alert =
            alert([("ancestry", ancestry.into()), ("pid", 9.into()), ("name", "sh".into())]);
        assert_eq!(lines(&alert, 80), ["1 init", "└─ 812 /usr/sbin/nginx", "   └─ 9 sh"]);
    }

    #[test]
    fn a_long_line_of_ancestors_is_cut_in_the_middle() {
        let ancestors: Vec<_> =
            (1..=16).rev().map(|pid| format!(r#"{{"pid":{pid},"name":"p"}}"#)).collect();
        let ancestry = format!("[{}]", ancestors.join(","));
        let alert =
            alert([("ancestry", ancestry.into()), ("pid", 17.into()), ("name", "q".into())]);
        let lines = lines(&alert, 80);
        assert_eq!(lines.len(), MAX_LEVELS);
        assert_eq!(lines[..3], ["1 p", "└─ (10 more)", "   └─ 12 p"]);
        assert!(lines[7].ends_with("└─ 17 q"));
    }

    #[test]
    fn without_ancestors_there_is_no_tree() {
        assert!(lines(&alert([("pid", 9.into())]), 80).is_empty());
        assert!(lines(&alert([("ancestry", "[".into())]), 80).is_empty());
    }
}
