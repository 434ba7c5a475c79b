//! Batches: what goes in comes out, and forged columns do not get in.

use daemoneye_bus::event::{
    Batch, BatchBuilder, BatchError, Column, Event, Field, FieldType, JsonError, MAX_ROWS,
    Validity, Value, from_json, to_json, write_json,
};
use proptest::prelude::*;

fn value(field: Field) -> BoxedStrategy<Value> {
    match field.field_type() {
        FieldType::Integer => any::<i64>().prop_map(Value::Integer).boxed(),
        FieldType::Float => any::<f64>()
            .prop_filter("JSON has no others", |f| f.is_finite())
            .prop_map(Value::Float)
            .boxed(),
        FieldType::Text => any::<String>().prop_map(Value::Text).boxed(),
    }
}

fn event() -> impl Strategy<Value = Event> {
    let field = prop::sample::select(Field::ALL);
    let pair = field.prop_flat_map(|field| (Just(field), value(field)));
    prop::collection::vec(pair, 0..8).prop_map(|pairs| {
        pairs.into_iter().fold(Event::default(), |event, (field, value)| event.with(field, value))
    })
}

proptest! {
    #[test]
    fn events_come_out_of_a_batch_and_of_its_bytes(
        events in prop::collection::vec(event(), 1..40),
    ) {
        let batch = Batch::from_events(&events).expect("events");
        prop_assert_eq!(batch.events().collect::<Vec<_>>(), &events[..]);
        let bytes = postcard::to_stdvec(&batch).expect("written");
        let read: Batch = postcard::from_bytes(&bytes).expect("read");
        prop_assert_eq!(read, batch);
    }

    #[test]
    fn events_come_out_of_their_json(event in event()) {
        let json = serde_json::to_string(&to_json(&event)).expect("text keys");
        prop_assert_eq!(from_json(&json).expect("our own"), event.clone());
        let mut written = Vec::new();
        write_json(&event, &mut written).expect("memory");
        let written: serde_json::Value = serde_json::from_slice(&written).expect("JSON");
        prop_assert_eq!(written, serde_json::Value::Object(to_json(&event)));
    }

    #[test]
    fn a_column_has_a_value_where_its_row_does(events in prop::collection::vec(event(), 1..40)) {
        let batch = Batch::from_events(&events).expect("events");
        for (row, event) in events.iter().enumerate() {
            for field in Field::ALL {
                let expected = event.get(*field);
                prop_assert_eq!(batch.value(*field, row), expected.cloned());
                prop_assert_eq!(batch.text(*field, row), event.text(*field));
                prop_assert_eq!(batch.integer(*field, row), event.integer(*field));
            }
        }
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes: Vec<u8>) {
        let _ = postcard::from_bytes::<Batch>(&bytes);
    }

    #[test]
    fn what_is_read_from_damaged_bytes_is_whole(
        events in prop::collection::vec(event(), 1..10),
        at: prop::sample::Index,
        flip in 1_u8..,
    ) {
        let batch = Batch::from_events(&events).expect("events");
        let mut bytes = postcard::to_stdvec(&batch).expect("written");
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Ok(read) = postcard::from_bytes::<Batch>(&bytes) {
            prop_assert_eq!(read.events().count(), read.rows());
            let columns = read.columns().to_vec();
            prop_assert_eq!(Batch::from_columns(read.rows(), columns), Ok(read));
        }
    }
}

fn integers(rows: usize) -> Column {
    Column::Integers { validity: Validity::default(), values: vec![0; rows] }
}

fn texts(offsets: &[u32], bytes: &[u8]) -> Column {
    let (offsets, bytes) = (offsets.to_vec(), bytes.to_vec());
    Column::Text { validity: Validity::default(), offsets, bytes }
}

fn with_validity(bytes: usize, rows: usize) -> Column {
    Column::Integers { validity: Validity(vec![0xff; bytes]), values: vec![0; rows] }
}

/// What it is, rows, columns, and what becomes of them.
type Case = (&'static str, usize, Vec<(Field, Column)>, Result<(), BatchError>);

#[test]
fn forged_columns_are_refused_by_cause_and_field() {
    use Field::{Name, Pid, Time};
    let table: Vec<Case> = vec![
        ("no rows", 0, vec![], Err(BatchError::Rows(0))),
        ("no column", 1, vec![], Ok(())),
        ("the most rows", MAX_ROWS, vec![(Pid, integers(MAX_ROWS))], Ok(())),
        ("a row more", MAX_ROWS + 1, vec![], Err(BatchError::Rows(MAX_ROWS + 1))),
        ("ascending", 2, vec![(Time, integers(2)), (Pid, integers(2))], Ok(())),
        (
            "descending",
            2,
            vec![(Pid, integers(2)), (Time, integers(2))],
            Err(BatchError::Order(Time)),
        ),
        ("twice", 2, vec![(Pid, integers(2)), (Pid, integers(2))], Err(BatchError::Order(Pid))),
        ("integers for text", 1, vec![(Name, integers(1))], Err(BatchError::Type(Name))),
        ("text for integers", 1, vec![(Pid, texts(&[0, 0], b""))], Err(BatchError::Type(Pid))),
        ("too short", 2, vec![(Pid, integers(1))], Err(BatchError::Length(Pid))),
        ("too long", 2, vec![(Pid, integers(3))], Err(BatchError::Length(Pid))),
        ("validity fits", 9, vec![(Pid, with_validity(2, 9))], Ok(())),
        ("validity short", 9, vec![(Pid, with_validity(1, 9))], Err(BatchError::Length(Pid))),
        ("validity long", 9, vec![(Pid, with_validity(3, 9))], Err(BatchError::Length(Pid))),
        ("no offsets", 1, vec![(Name, texts(&[], b""))], Err(BatchError::Length(Name))),
        ("too few offsets", 1, vec![(Name, texts(&[0], b""))], Err(BatchError::Length(Name))),
        ("good offsets", 2, vec![(Name, texts(&[0, 1, 3], b"abc"))], Ok(())),
        ("starts late", 2, vec![(Name, texts(&[1, 1, 3], b"abc"))], Err(BatchError::Offsets(Name))),
        ("decreases", 2, vec![(Name, texts(&[0, 4, 3], b"abc"))], Err(BatchError::Offsets(Name))),
        (
            "leaves the bytes",
            2,
            vec![(Name, texts(&[0, 1, 4], b"abc"))],
            Err(BatchError::Offsets(Name)),
        ),
        (
            "leaves bytes out",
            2,
            vec![(Name, texts(&[0, 1, 2], b"abc"))],
            Err(BatchError::Offsets(Name)),
        ),
        ("not UTF-8", 1, vec![(Name, texts(&[0, 1], b"\xff"))], Err(BatchError::Utf8(Name))),
        (
            "a cut character",
            2,
            vec![(Name, texts(&[0, 1, 2], "é".as_bytes()))],
            Err(BatchError::Utf8(Name)),
        ),
    ];
    for (what, rows, columns, expected) in table {
        assert_eq!(Batch::from_columns(rows, columns).map(|_| ()), expected, "{what}");
    }
}

#[test]
fn forged_bytes_are_refused_like_forged_columns() {
    let unknown = u8::try_from(Field::ALL.len()).expect("fewer than 256 fields");
    let forged = [
        (1_u32, vec![(unknown, integers(1))]),
        (0, vec![]),
        (2, vec![(Field::Pid.number(), integers(1))]),
    ];
    for forged in forged {
        let bytes = postcard::to_stdvec(&forged).expect("written");
        postcard::from_bytes::<Batch>(&bytes).expect_err("forged");
    }
    let genuine = (1_u32, vec![(Field::Pid.number(), integers(1))]);
    let bytes = postcard::to_stdvec(&genuine).expect("written");
    assert_eq!(
        postcard::from_bytes::<Batch>(&bytes).expect("genuine").integer(Field::Pid, 0),
        Some(0)
    );
}

#[test]
fn absence_is_not_an_empty_text() {
    let events = [
        Event::default().with(Field::Name, ""),
        Event::default(),
        Event::default().with(Field::Pid, 0),
    ];
    let batch = Batch::from_events(&events).expect("events");
    assert_eq!((batch.text(Field::Name, 0), batch.text(Field::Name, 1)), (Some(""), None));
    assert_eq!((batch.integer(Field::Pid, 0), batch.integer(Field::Pid, 2)), (None, Some(0)));
    assert_eq!(batch.columns().len(), 2, "only fields that have a value somewhere");
}

#[test]
fn a_builder_is_full_by_rows_or_by_bytes_and_empty_after_it_finished() {
    let mut builder = BatchBuilder::default();
    assert!(builder.finish().is_none());
    (0..MAX_ROWS - 1).for_each(|_| builder.push(&Event::default()));
    assert!(!builder.is_full());
    builder.push(&Event::default());
    assert!(builder.is_full());
    assert_eq!(builder.finish().expect("rows").rows(), MAX_ROWS);
    assert_eq!(builder.rows(), 0);
    builder.push(&Event::default().with(Field::CommandLine, "x".repeat(1 << 20)));
    assert!(builder.is_full());
}

#[test]
fn json_that_is_no_event_is_refused_by_cause() {
    assert!(matches!(from_json("{"), Err(JsonError::Syntax(_))));
    assert!(matches!(from_json("[]"), Err(JsonError::NotAnObject)));
    assert!(matches!(from_json(r#"{"nope":1}"#), Err(JsonError::UnknownField(f)) if f == "nope"));
    for (json, wanted) in [
        (r#"{"pid":"7"}"#, "integer"),
        (r#"{"pid":7.5}"#, "integer"),
        (r#"{"name":7}"#, "text"),
        (r#"{"cpu_usage":"1"}"#, "number"),
    ] {
        match from_json(json) {
            Err(JsonError::Type { expected, .. }) => assert_eq!(expected, wanted, "{json}"),
            other => panic!("{json}: {other:?}"),
        }
    }
    let event = from_json(r#"{"CommandLine":"ls","uid":0,"cwd":null}"#).expect("aliases and null");
    assert_eq!(event.text(Field::CommandLine), Some("ls"));
    assert_eq!(event.integer(Field::UserId), Some(0));
    assert_eq!(event.get(Field::WorkingDirectory), None);
}
