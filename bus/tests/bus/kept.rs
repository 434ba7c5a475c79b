//! Who comes late, and who counts.

use daemoneye_bus::message::Payload;

use crate::harness::{Bus, soon, text};

#[tokio::test]
async fn who_subscribes_late_gets_the_last_of_each_topic_that_is_kept_and_no_other() {
    let bus = Bus::start();
    for (topic, said) in [("state.a", "old"), ("state.a", "new"), ("state.b", "b"), ("other", "x")]
    {
        bus.handle.publish_and_keep(topic, &text(said)).expect("a topic");
    }
    bus.handle.publish("state.c", &text("not kept")).expect("a topic");
    let client = bus.client("late").await;
    let mut states = soon(client.subscribe("state.+")).await.expect("granted");
    for (topic, said) in [("state.a", "new"), ("state.b", "b")] {
        assert_eq!(soon(states.next()).await, Some((topic.to_owned(), text(said))));
    }
    bus.handle.publish_and_keep("state.a", &text("newer")).expect("a topic");
    assert_eq!(soon(states.next()).await, Some(("state.a".to_owned(), text("newer"))));
}

#[tokio::test]
async fn each_publication_is_counted_by_its_topic_and_each_client_by_its_name() {
    let bus = Bus::start();
    let (reader, writer) = (bus.client("reader").await, bus.client("writer").await);
    let mut subscription = soon(reader.subscribe("a.#")).await.expect("granted");
    for topic in ["a.b", "a.b", "c"] {
        soon(writer.publish(topic, Payload::Empty)).await.expect("open");
    }
    for _ in 0..2 {
        soon(subscription.next()).await.expect("delivered");
    }
    let traffic = bus.handle.traffic();
    let topics: Vec<_> =
        traffic.topics.iter().map(|t| (t.topic.as_str(), t.published, t.queued, t.shed)).collect();
    assert_eq!(topics, [("a.b", 2, 2, 0), ("c", 1, 0, 0)]);
    let came: Vec<_> = traffic.clients.iter().map(|c| (c.client.as_str(), c.frames_in)).collect();
    assert_eq!(came, [("reader", 1), ("writer", 3)]);
}

#[tokio::test]
async fn what_a_client_does_not_read_is_counted_for_it_and_for_the_topic() {
    let bus = Bus::with(|config| config.queue = 1);
    let mut deaf = bus.greeted("deaf").await;
    deaf.say(&daemoneye_bus::message::ClientMessage::Subscribe { id: 1, pattern: "a".to_owned() })
        .await;
    deaf.hear().await.expect("a receipt");
    let large = text("x".repeat(1 << 20));
    // The socket's own buffer takes a few.
    let shed = std::iter::repeat_with(|| bus.handle.publish("a", &large).expect("a topic"))
        .take(64)
        .filter(|queued| *queued == 0)
        .count() as u64;
    let traffic = bus.handle.traffic();
    assert!(shed > 0);
    assert_eq!(traffic.topics[0].shed, shed);
    assert_eq!(traffic.topics[0].published, 64);
    assert_eq!(traffic.topics[0].queued + shed, 64);
    assert_eq!((traffic.clients[0].shed, traffic.shed), (shed, shed));
}
