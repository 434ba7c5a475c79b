//! Packs as a table.

use daemoneye_bus::control::PackEntry;

use super::table::{self, lines};
use super::words::count;
use crate::terminal::Look;

/// The table.
pub(crate) fn table(packs: &[PackEntry], look: &Look) -> String {
    if packs.is_empty() {
        return "no packs\n".to_owned();
    }
    let labels =
        ["state", "pack", "release", "rules", "review by", "signed by, or why not in force"];
    let mut table = table::table(&labels, 2..4, look);
    for pack in packs {
        let or_dash = |text: Option<&str>| text.unwrap_or("-").to_owned();
        let signer = || pack.signer.as_deref().unwrap_or("UNSIGNED");
        let cells = [
            pack.state.name().to_owned(),
            // Of what is not even known to be a pack, its place.
            pack.id.clone().unwrap_or_else(|| pack.place.clone()),
            pack.release.map_or("-".to_owned(), |release| release.to_string()),
            pack.rules.map_or("-".to_owned(), count),
            or_dash(pack.review_by.as_deref()),
            pack.why.clone().unwrap_or_else(|| signer().to_owned()),
        ];
        table.add_row(cells.iter().map(|cell| table::text(cell)).collect::<Vec<_>>());
    }
    lines(&table, look)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{HOSTILE, assert_fits, look};
    use daemoneye_bus::control::PackState;

    fn active() -> PackEntry {
        PackEntry {
            id: Some("linux".to_owned()),
            release: Some(3),
            state: PackState::Active,
            why: None,
            rules: Some(1_040),
            signer: Some("k1".to_owned()),
            review_by: Some("2027-01-31".to_owned()),
            place: "/packs/linux.pack".to_owned(),
        }
    }

    fn refused(why: &str) -> PackEntry {
        PackEntry {
            id: None,
            release: None,
            state: PackState::Refused,
            why: Some(why.to_owned()),
            rules: None,
            signer: None,
            review_by: None,
            place: "/packs/x.pack".to_owned(),
        }
    }

    #[test]
    fn each_pack_says_whether_it_judges_and_why_not() {
        let expected = "\
STATE    PACK           RELEASE  RULES  REVIEW BY   SIGNED BY, OR WHY NOT IN FORCE
active   linux                3  1,040  2027-01-31  k1
refused  /packs/x.pack        -      -  -           not signed
";
        assert_eq!(table(&[active(), refused("not signed")], &look(120)), expected);
        assert_eq!(table(&[], &look(100)), "no packs\n");
    }

    #[test]
    fn the_table_fits_and_hostile_text_is_harmless_at_any_width() {
        for width in [70, 80, 200] {
            let mut hostile = active();
            (hostile.id, hostile.signer) = (Some(HOSTILE.to_owned()), Some(HOSTILE.to_owned()));
            hostile.review_by = Some(HOSTILE.to_owned());
            let packs = [hostile, PackEntry { place: HOSTILE.to_owned(), ..refused(HOSTILE) }];
            assert_fits(&table(&packs, &look(width)), width);
        }
    }
}
