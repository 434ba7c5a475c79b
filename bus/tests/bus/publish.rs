//! Publishing: receipts, back-pressure, deliveries, and what is shed.

use daemoneye_bus::broker::Delivery;
use daemoneye_bus::client::ClientError;
use daemoneye_bus::frame::MAX_FRAME_BYTES;
use daemoneye_bus::message::{ClientMessage, Payload, Receipt};

use crate::harness::{Bus, soon, text};

#[tokio::test]
async fn the_publisher_gets_the_receipt_that_the_intake_gives() {
    let bus = Bus::start();
    let mut intake = bus.handle.intake("events.#", 4).expect("a pattern");
    let client = bus.client("sensor").await;
    let receipts =
        [Receipt::Done, Receipt::Busy("full".to_owned()), Receipt::Refused("no".to_owned())];
    for expected in receipts {
        let publishing = client.send("events.process", text("one")).await.expect("open");
        let Delivery { client, topic, payload, receipt } =
            soon(intake.recv()).await.expect("a delivery");
        assert_eq!(
            (client.as_str(), topic.as_str(), payload),
            ("sensor", "events.process", text("one"))
        );
        receipt.send(expected.clone()).expect("the publisher waits");
        assert_eq!(soon(publishing.receipt()).await.expect("open"), expected);
    }
}

#[tokio::test]
async fn a_dropped_receipt_and_a_closed_intake_mean_busy() {
    let bus = Bus::start();
    let mut intake = bus.handle.intake("events.#", 4).expect("a pattern");
    let client = bus.client("sensor").await;
    let publishing = client.send("events.process", Payload::Empty).await.expect("open");
    drop(soon(intake.recv()).await.expect("a delivery").receipt);
    assert!(matches!(soon(publishing.receipt()).await, Ok(Receipt::Busy(_))));
    drop(intake);
    let after = soon(client.publish("events.process", Payload::Empty)).await;
    assert!(matches!(after, Ok(Receipt::Busy(_))), "{after:?}");
    let mut successor = bus.handle.intake("events.#", 4).expect("a pattern");
    let publishing = client.send("events.process", Payload::Empty).await.expect("open");
    let delivery = soon(successor.recv()).await.expect("a delivery");
    delivery.receipt.send(Receipt::Done).expect("the publisher waits");
    assert_eq!(soon(publishing.receipt()).await.expect("open"), Receipt::Done);
}

#[tokio::test]
async fn what_nobody_takes_in_is_done_and_what_has_no_topic_is_refused() {
    let bus = Bus::start();
    let _intake = bus.handle.intake("events.#", 4).expect("a pattern");
    let client = bus.client("sensor").await;
    assert_eq!(
        soon(client.publish("other.topic", Payload::Empty)).await.expect("open"),
        Receipt::Done
    );
    match soon(client.publish("No Topic", Payload::Empty)).await.expect("open") {
        Receipt::Refused(reason) => assert!(reason.contains("No Topic"), "{reason}"),
        other => panic!("not refused: {other:?}"),
    }
    bus.handle.intake("#.#", 1).expect_err("no pattern");
}

#[tokio::test]
async fn a_full_intake_holds_back_its_publisher_and_nobody_else() {
    let bus = Bus::start();
    let mut intake = bus.handle.intake("events.#", 1).expect("a pattern");
    let (busy, other) = (bus.client("busy").await, bus.client("other").await);
    let mut publishing = Vec::new();
    for number in 0..10 {
        publishing.push(busy.send("events.a", text(number.to_string())).await.expect("open"));
    }
    // The broker has one in the intake's queue and one in hand, and reads no further.
    for _ in 0..100 {
        let receipt = soon(other.publish("news", Payload::Empty)).await.expect("open");
        assert_eq!(receipt, Receipt::Done);
    }
    assert!(bus.handle.clients()[0].frames_in <= 3, "{:?}", bus.handle.clients());
    for (number, publishing) in publishing.into_iter().enumerate() {
        let delivery = soon(intake.recv()).await.expect("a delivery");
        assert_eq!(delivery.payload, text(number.to_string()), "in the order of publication");
        delivery.receipt.send(Receipt::Done).expect("the publisher waits");
        assert_eq!(soon(publishing.receipt()).await.expect("open"), Receipt::Done);
    }
}

#[tokio::test]
async fn many_publications_are_in_flight_and_receipts_come_in_any_order() {
    let bus = Bus::start();
    let mut intake = bus.handle.intake("events.#", 16).expect("a pattern");
    let client = bus.client("sensor").await;
    let mut publishing = Vec::new();
    for number in 0..8 {
        publishing.push(client.send("events.a", text(number.to_string())).await.expect("open"));
    }
    let mut deliveries = Vec::new();
    for _ in 0..8 {
        deliveries.push(soon(intake.recv()).await.expect("a delivery"));
    }
    for delivery in deliveries.into_iter().rev() {
        let Payload::Response(daemoneye_bus::control::Response::Error(text)) = delivery.payload
        else {
            panic!("another payload")
        };
        delivery.receipt.send(Receipt::Busy(text)).expect("the publisher waits");
    }
    for (number, publishing) in publishing.into_iter().enumerate() {
        let receipt = soon(publishing.receipt()).await.expect("open");
        assert_eq!(receipt, Receipt::Busy(number.to_string()));
    }
}

#[tokio::test]
async fn a_subscriber_gets_what_matches_once_and_in_order() {
    let bus = Bus::start();
    let (sender, receiver) = (bus.client("sender").await, bus.client("receiver").await);
    let mut all = receiver.subscribe("news.#").await.expect("granted");
    let mut local = receiver.subscribe("news.+.local").await.expect("granted");
    for topic in ["news.a.local", "old.a.local", "news.b"] {
        let receipt = soon(sender.publish(topic, text(topic))).await.expect("open");
        assert_eq!(receipt, Receipt::Done);
    }
    bus.handle.publish("news.agent.local", &text("news.agent.local")).expect("a topic");
    for topic in ["news.a.local", "news.b", "news.agent.local"] {
        assert_eq!(soon(all.next()).await, Some((topic.to_owned(), text(topic))));
    }
    for topic in ["news.a.local", "news.agent.local"] {
        assert_eq!(soon(local.next()).await, Some((topic.to_owned(), text(topic))));
    }
    assert_eq!(bus.handle.clients()[1].delivered, 3, "one delivery for two patterns");
    assert_eq!((all.missed(), local.missed()), (0, 0));
}

#[tokio::test]
async fn a_client_that_never_reads_loses_deliveries_and_delays_nobody() {
    let bus = Bus::with(|config| config.queue = 4);
    let mut deaf = bus.greeted("deaf").await;
    deaf.say(&ClientMessage::Subscribe { id: 1, pattern: "#".to_owned() }).await;
    deaf.hear().await.expect("a receipt");
    let reader = bus.client("reader").await;
    let mut subscription = reader.subscribe("news").await.expect("granted");
    let payload = text("x".repeat(64 << 10));
    for _ in 0..100 {
        bus.handle.publish("news", &payload).expect("a topic");
        assert_eq!(soon(subscription.next()).await.expect("open").1, payload);
    }
    let [deaf_now, reader_now] = &bus.handle.clients()[..] else { panic!("two clients") };
    assert_eq!((reader_now.delivered, reader_now.shed), (100, 0));
    assert!(deaf_now.shed > 50, "{deaf_now:?}");
    assert!(deaf_now.delivered + deaf_now.shed + 5 >= 100, "{deaf_now:?}");
    let shed = deaf_now.shed;
    drop(deaf);
    let mut departures = bus.handle.departures();
    while bus.handle.counters().connected == 2 {
        soon(departures.recv()).await.expect("a departure");
    }
    assert_eq!(bus.handle.counters().shed, shed, "not forgotten with the client");
}

#[tokio::test]
async fn memory_for_a_client_that_does_not_read_is_bounded_in_bytes() {
    let bus = Bus::with(|config| config.queue = 1_000);
    let mut deaf = bus.greeted("deaf").await;
    deaf.say(&ClientMessage::Subscribe { id: 1, pattern: "#".to_owned() }).await;
    deaf.hear().await.expect("a receipt");
    let payload = text("x".repeat(MAX_FRAME_BYTES / 4));
    let queued: usize = (0..16).map(|_| bus.handle.publish("news", &payload).expect("fits")).sum();
    assert!((4..=8).contains(&queued), "{queued} of 4 MiB each");
}

#[tokio::test]
async fn what_does_not_fit_into_a_frame_is_an_error_of_the_sender() {
    let bus = Bus::start();
    let client = bus.client("sensor").await;
    let huge = text("x".repeat(MAX_FRAME_BYTES));
    let refused = soon(client.publish("news", huge)).await;
    assert!(matches!(refused, Err(ClientError::Frame(_))), "{refused:?}");
    assert_eq!(soon(client.publish("news", Payload::Empty)).await.expect("open"), Receipt::Done);
}
