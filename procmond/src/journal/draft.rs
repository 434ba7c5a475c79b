//! One batch as the write-ahead log and the ledger have it. Pure.

use daemoneye_bus::event::Field;
use daemoneye_bus::frame::{self, FrameError, HEADER_BYTES, Header};
use daemoneye_bus::message::SourceBatch;
use daemoneye_ledger::{BatchFact, Fact, Hash};

/// The bytes of a record: a frame with the topic and the batch.
pub(super) fn encode(topic: &str, batch: &SourceBatch) -> Result<Vec<u8>, FrameError> {
    frame::encode(&(topic, batch))
}

/// The topic and the batch of a record.
pub(super) fn decode(record: &[u8]) -> Result<(String, SourceBatch), FrameError> {
    let (header, payload) = record.split_first_chunk::<HEADER_BYTES>().ok_or(FrameError::Torn)?;
    Header::decode(*header)?.message(payload)
}

/// What the ledger says of a batch that is in this record. The hash is that of the batch alone, as
/// postcard writes it, so that whoever has the batch can compare.
pub(super) fn fact(record: u64, batch: &SourceBatch) -> Result<Fact, FrameError> {
    let bytes = frame::encode(&batch.batch)?;
    Ok(Fact::Batch(BatchFact {
        source: batch.source.clone(),
        number: batch.number,
        first: sequences(batch).min().unwrap_or(0),
        last: sequences(batch).max().unwrap_or(0),
        record,
        hash: Hash::of(&bytes[HEADER_BYTES..]),
    }))
}

fn sequences(batch: &SourceBatch) -> impl Iterator<Item = i64> {
    let batch = &batch.batch;
    (0..batch.rows()).filter_map(|row| batch.integer(Field::Sequence, row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use daemoneye_bus::event::{Batch, Event, Kind};

    #[test]
    fn a_record_is_read_back_and_a_damaged_one_is_not() {
        let events = [4, 9].map(|at: i64| Event::new(Kind::Exec, 1).with(Field::Sequence, at));
        let batch = Batch::from_events(&events).expect("two events");
        let batch = SourceBatch { source: "s".to_owned(), number: 3, lost: 1, batch };
        let record = encode("events.process.exec", &batch).expect("small");
        let again = decode(&record).expect("whole");
        assert_eq!(again, ("events.process.exec".to_owned(), batch.clone()));
        let Ok(Fact::Batch(fact)) = fact(7, &batch) else { panic!("a batch") };
        assert_eq!((fact.number, fact.first, fact.last, fact.record), (3, 4, 9, 7));
        for torn in 0..record.len() {
            assert!(decode(&record[..torn]).is_err(), "{torn}");
        }
    }
}
