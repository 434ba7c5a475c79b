//! Orders and answers, as bytes and back.

use daemoneye_bus::control::{
    Abilities, AgentAct, Answered, Asked, CollectorMessage, Denial, FileHash, Order, Outcome,
    Setting, Task,
};
use daemoneye_bus::event::{Batch, Event, Kind};
use daemoneye_bus::frame::{HEADER_BYTES, Header, encode};
use daemoneye_bus::message::Payload;
use proptest::prelude::*;

fn setting() -> impl Strategy<Value = Setting> {
    (".*", ".*").prop_map(|(key, value)| Setting { key, value })
}

fn task() -> impl Strategy<Value = Task> {
    prop_oneof![
        Just(Task::Enumerate),
        any::<u32>().prop_map(|pid| Task::Process { pid }),
        any::<u32>().prop_map(|pid| Task::Tree { pid }),
        any::<u32>().prop_map(|pid| Task::HashOf { pid }),
        ".*".prop_map(|path| Task::HashFile { path }),
    ]
}

fn order() -> impl Strategy<Value = Order> {
    prop_oneof![
        Just(Order::Capabilities),
        prop::collection::vec(setting(), 0..4).prop_map(Order::Configure),
        any::<u64>().prop_map(|milliseconds| Order::AdjustInterval { milliseconds }),
        Just(Order::Pause),
        Just(Order::Resume),
        task().prop_map(Order::Execute),
        any::<bool>().prop_map(|forced| Order::Shutdown { forced }),
        (".*", ".*").prop_map(|(name, detail)| Order::Record(AgentAct { name, detail })),
    ]
}

fn denial() -> impl Strategy<Value = Denial> {
    prop_oneof![
        (".*", ".*").prop_map(|(key, known)| Denial::UnknownSetting { key, known }),
        (".*", ".*", ".*").prop_map(|(key, value, expected)| Denial::BadSetting {
            key,
            value,
            expected
        }),
        any::<u32>().prop_map(|pid| Denial::NoProcess { pid }),
        (".*", ".*").prop_map(|(path, cause)| Denial::NoFile { path, cause }),
        any::<(u64, u64)>().prop_map(|(bytes, limit)| Denial::TooLarge { bytes, limit }),
        any::<u32>().prop_map(|limit_ms| Denial::TooLate { limit_ms }),
        any::<u32>().prop_map(|waiting| Denial::Busy { waiting }),
        ".*".prop_map(|cause| Denial::Unrecorded { cause }),
    ]
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let event = any::<i64>().prop_map(|time| Event::new(Kind::Snapshot, time));
    let batch = prop::collection::vec(event, 1..4)
        .prop_map(|events| Batch::from_events(&events).expect("events"));
    let words = prop::collection::vec(".*", 0..3);
    prop_oneof![
        (words.clone(), words, prop::collection::vec(setting(), 0..4)).prop_map(
            |(capabilities, tasks, settings)| {
                Outcome::Abilities(Abilities { capabilities, tasks, settings })
            }
        ),
        prop::collection::vec(setting(), 0..4).prop_map(Outcome::Settings),
        prop::collection::vec(batch, 0..3).prop_map(Outcome::Processes),
        (".*", any::<u64>(), ".*")
            .prop_map(|(path, bytes, sha256)| { Outcome::Hash(FileHash { path, bytes, sha256 }) }),
        Just(Outcome::Done),
        any::<u64>().prop_map(Outcome::Counted),
    ]
}

fn read_back(message: &CollectorMessage) -> CollectorMessage {
    let frame = encode(&Payload::Collector(message.clone())).expect("fits");
    let (header, payload) = frame.split_at(HEADER_BYTES);
    let header = Header::decode(header.try_into().expect("a header")).expect("a header");
    match header.message(payload).expect("a message") {
        Payload::Collector(message) => message,
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn every_order_and_every_answer_is_read_back(
        order in order(),
        result in prop_oneof![outcome().prop_map(Ok), denial().prop_map(Err)],
        numbers: (u64, u32, u32), name in ".*",
    ) {
        let (correlation, limit_ms, max_bytes) = numbers;
        let asked = Asked { correlation, by: name.clone(), limit_ms, max_bytes, order };
        let asked = CollectorMessage::Ask(Box::new(asked));
        prop_assert_eq!(&read_back(&asked), &asked);
        let answered = Answered { correlation, collector: name, result };
        let answered = CollectorMessage::Answer(Box::new(answered));
        prop_assert_eq!(&read_back(&answered), &answered);
    }
}

/// Numbers of variants are what the bus writes: they are only ever appended.
#[test]
fn wire_forms_stay_what_they_are() {
    let first = |message: CollectorMessage| encode(&message).expect("fits")[HEADER_BYTES];
    assert_eq!(first(CollectorMessage::Shutdown), 4);
    let asked =
        |order| Asked { correlation: 1, by: String::new(), limit_ms: 2, max_bytes: 3, order };
    assert_eq!(first(CollectorMessage::Ask(Box::new(asked(Order::Pause)))), 7);
    let table: [(Order, &[u8]); 8] = [
        (Order::Capabilities, &[0]),
        (Order::Configure(Vec::new()), &[1, 0]),
        (Order::AdjustInterval { milliseconds: 5 }, &[2, 5]),
        (Order::Pause, &[3]),
        (Order::Resume, &[4]),
        (Order::Execute(Task::Tree { pid: 9 }), &[5, 2, 9]),
        (Order::Shutdown { forced: true }, &[6, 1]),
        (Order::Record(AgentAct { name: "a".to_owned(), detail: String::new() }), &[7, 1, b'a', 0]),
    ];
    for (order, bytes) in table {
        let frame = encode(&asked(order.clone())).expect("fits");
        assert_eq!(&frame[HEADER_BYTES..], [&[1, 0, 2, 3], bytes].concat(), "{order:?}");
    }
}
