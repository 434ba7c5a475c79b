//! What a client may not do, and how often it may do what it may.

use std::num::NonZeroU32;
use std::time::Duration;

use daemoneye_bus::client::ClientError;
use daemoneye_bus::message::{ClientMessage, Payload, Receipt, ServerMessage};

use crate::harness::{Bus, soon, text};

const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_collector_is_called_by_the_agent_and_by_nobody_else() {
    let bus = Bus::start();
    let server = bus.client("procmond").await;
    let topic = "control.collector.procmond";
    let mut service = server.serve(topic).await.expect("granted");
    tokio::spawn(async move {
        while let Some(call) = service.next().await {
            call.reply(Ok(text("done"))).await.expect("open");
        }
    });
    let client = bus.client("cli").await;
    let refused = client.call(topic, Payload::Empty, LIMIT).await;
    let why = "only the agent may call topic control.collector.procmond";
    assert!(matches!(&refused, Err(ClientError::Refused(said)) if said == why), "{refused:?}");
    let answer = bus.handle.call(topic, Payload::Empty, LIMIT).await;
    assert_eq!(answer.expect("answered"), text("done"));
}

#[tokio::test]
async fn what_the_agent_says_of_collectors_nobody_else_can_say() {
    let bus = Bus::start();
    let client = bus.client("liar").await;
    let mut heard = bus.client("cli").await.subscribe("#").await.expect("granted");
    for topic in ["events.collector.procmond", "control.rpc.response"] {
        let receipt = soon(client.publish(topic, text("lie"))).await.expect("connected");
        let why = format!("only the agent may publish on topic {topic}");
        assert_eq!(receipt, Receipt::Refused(why));
        bus.handle.publish(topic, &text("truth")).expect("a topic");
        let said = soon(heard.next()).await.expect("a delivery");
        assert_eq!(said, (topic.to_owned(), text("truth")));
    }
}

#[tokio::test]
async fn who_asks_too_often_is_refused_with_the_rate_and_counted() {
    let bus = Bus::with(|config| config.rate = NonZeroU32::new(5));
    let mut peer = bus.greeted("flood").await;
    let mut answers = Vec::new();
    for id in 0..20 {
        let (topic, payload) = ("a".to_owned(), Payload::Empty);
        peer.say(&ClientMessage::Publish { id, topic, payload }).await;
        answers.push(peer.hear().await.expect("an answer"));
    }
    let limited = |receipt: &Receipt| *receipt == Receipt::Limited(5);
    let receipt = |answer: &ServerMessage| match answer {
        ServerMessage::Receipt { receipt, .. } => receipt.clone(),
        other => panic!("{other:?}"),
    };
    let receipts: Vec<Receipt> = answers.iter().map(receipt).collect();
    assert!(receipts[..5].iter().all(|receipt| *receipt == Receipt::Done), "{receipts:?}");
    let refused = receipts.iter().filter(|receipt| limited(receipt)).count() as u64;
    assert!(refused >= 10, "{receipts:?}");
    peer.say(&ClientMessage::Call { id: 99, topic: "a".to_owned(), payload: Payload::Empty }).await;
    match peer.hear().await {
        Some(ServerMessage::Reply { result: Err(why), .. }) => {
            assert_eq!(why, "more than 5 messages a second");
        }
        other => panic!("{other:?}"),
    }
    let traffic = bus.handle.traffic();
    assert_eq!((traffic.limited, traffic.clients[0].limited), (refused + 1, refused + 1));
    drop(peer);
    let mut departures = bus.handle.departures();
    if bus.handle.counters().departed == 0 {
        soon(departures.recv()).await.expect("a departure");
    }
    assert_eq!(bus.handle.traffic().limited, refused + 1, "it outlives the client");
}

#[tokio::test]
async fn a_flood_of_one_client_takes_nothing_from_the_allowance_of_another() {
    let bus = Bus::with(|config| config.rate = NonZeroU32::new(200));
    let flood = bus.client("flood").await;
    let mut flooding = Vec::new();
    for _ in 0..2_000 {
        flooding.push(soon(flood.send("a", Payload::Empty)).await.expect("connected"));
    }
    let sensor = bus.client("procmond").await;
    for _ in 0..100 {
        let receipt = soon(sensor.publish("events.process.exec", Payload::Empty)).await;
        assert_eq!(receipt.expect("connected"), Receipt::Done);
    }
    for publication in flooding {
        soon(publication.receipt()).await.expect("a receipt for each");
    }
    let clients = bus.handle.clients();
    let limited = |name: &str| clients.iter().find(|c| c.client == name).expect(name).limited;
    assert!(limited("flood") > 1_000 && limited("procmond") == 0, "{clients:?}");
}
