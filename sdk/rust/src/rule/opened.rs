//! A batch as rules read it: whether its texts are texts has been looked at once, for all of them.

use std::ops::Deref;

use crate::rules::Batch;

/// An open batch. Its texts lie in one string, so that reading one is no more than cutting it out.
#[derive(Debug)]
pub struct Opened {
    /// Without the bytes.
    batch: Batch,
    text: String,
}

impl From<Batch> for Opened {
    /// # Panics
    /// If its bytes are no UTF-8, which the agent has checked.
    fn from(mut batch: Batch) -> Self {
        let text = String::from_utf8(std::mem::take(&mut batch.bytes));
        Opened { batch, text: text.expect("the agent hands over UTF-8") }
    }
}

impl Deref for Opened {
    type Target = Batch;

    fn deref(&self) -> &Batch {
        &self.batch
    }
}

impl Opened {
    /// The text of a row, if the column of this number is one of texts and the row has a value.
    pub(super) fn text_of(&self, column: usize, row: usize) -> Option<&str> {
        self.text.get(self.batch.text(column)?.range(row)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Column;

    #[test]
    fn a_text_is_that_of_its_row_and_a_number_is_none() {
        let texts = ["é", ""].map(|text| Some(text.to_owned())).to_vec();
        let columns =
            vec![Column::Text(vec![None, Some("ls".into())]), Column::Text(texts), Column::Absent];
        let opened = Opened::from(Batch::new(2, columns));
        let rows = |column| [0, 1, 2].map(|row| opened.text_of(column, row));
        assert_eq!(rows(0), [None, Some("ls"), None]);
        assert_eq!(rows(1), [Some("é"), Some(""), None]);
        assert_eq!((rows(2), rows(3)), ([None; 3], [None; 3]));
    }
}
