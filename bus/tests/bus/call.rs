//! Calls, both ways.

use std::time::Duration;

use daemoneye_bus::broker::CallError;
use daemoneye_bus::client::ClientError;
use daemoneye_bus::frame::MAX_FRAME_BYTES;
use daemoneye_bus::message::{ClientMessage, Payload, ServerMessage};

use crate::harness::{Bus, soon, text};

const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn the_agent_answers_a_client() {
    let bus = Bus::start();
    let mut calls = bus.handle.serve("control.agent", 4).expect("a topic");
    tokio::spawn(async move {
        while let Some(call) = calls.recv().await {
            assert_eq!(call.client, "cli");
            let answer = if call.payload == text("why") {
                Err("because".to_owned())
            } else {
                Ok(call.payload)
            };
            call.reply.send(answer).expect("the caller waits");
        }
    });
    let client = bus.client("cli").await;
    assert_eq!(
        client.call("control.agent", text("echo"), LIMIT).await.expect("answered"),
        text("echo")
    );
    let refused = client.call("control.agent", text("why"), LIMIT).await;
    assert!(matches!(&refused, Err(ClientError::Refused(why)) if why == "because"), "{refused:?}");
}

#[tokio::test]
async fn a_client_answers_the_agent_and_another_client() {
    let bus = Bus::start();
    let server = bus.client("procmond").await;
    let topic = "control.other";
    let mut service = server.serve(topic).await.expect("granted");
    tokio::spawn(async move {
        while let Some(call) = service.next().await {
            let answer = call.payload().clone();
            call.reply(Ok(answer)).await.expect("open");
        }
    });
    assert_eq!(
        bus.handle.call(topic, text("agent"), LIMIT).await.expect("answered"),
        text("agent")
    );
    let client = bus.client("cli").await;
    assert_eq!(client.call(topic, text("cli"), LIMIT).await.expect("answered"), text("cli"));
}

#[tokio::test]
async fn a_call_that_nobody_can_answer_fails_by_cause() {
    let bus = Bus::start();
    let nobody = bus.handle.call("control.nobody", Payload::Empty, LIMIT).await;
    assert!(matches!(nobody, Err(CallError::NoService { .. })), "{nobody:?}");
    let none = bus.handle.call("no topic", Payload::Empty, LIMIT).await;
    assert!(matches!(none, Err(CallError::Topic(_))), "{none:?}");
    let client = bus.client("cli").await;
    let nobody = client.call("control.nobody", Payload::Empty, LIMIT).await;
    let said = nobody.expect_err("nobody serves it").to_string();
    assert_eq!(said, "nobody serves topic control.nobody");
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_at_its_limit_on_both_sides() {
    let bus = Bus::start();
    let server = bus.client("mute").await;
    let mut service = server.serve("control.mute").await.expect("granted");
    let _calls = bus.handle.serve("control.agent", 4).expect("a topic");
    let late = bus.handle.call("control.mute", Payload::Empty, LIMIT).await;
    assert!(matches!(late, Err(CallError::TimedOut { limit: LIMIT, .. })), "{late:?}");
    let late = server.call("control.agent", Payload::Empty, LIMIT).await;
    assert!(matches!(late, Err(ClientError::TimedOut { limit: LIMIT, .. })), "{late:?}");
    let too_late = service.next().await.expect("the call came");
    too_late.reply(Ok(Payload::Empty)).await.expect("an answer to nobody is no error");
}

#[tokio::test]
async fn a_server_that_leaves_ends_its_calls_and_frees_its_topic() {
    let bus = Bus::start();
    let mut departures = bus.handle.departures();
    let mut server = bus.greeted("first").await;
    server.say(&ClientMessage::Serve { id: 1, topic: "control.service".to_owned() }).await;
    server.hear().await.expect("a receipt");
    let handle = bus.handle.clone();
    let calling =
        tokio::spawn(async move { handle.call("control.service", Payload::Empty, LIMIT).await });
    assert!(matches!(server.hear().await, Some(ServerMessage::Call { .. })));
    let rival = bus.client("second").await;
    let taken = rival.serve("control.service").await.expect_err("served already");
    assert_eq!(taken.to_string(), "topic control.service is served by first already");
    drop(server);
    assert!(matches!(soon(calling).await.expect("no panic"), Err(CallError::Gone { .. })));
    assert_eq!(soon(departures.recv()).await.expect("a departure"), "first");
    rival.serve("control.service").await.expect("free");
}

#[tokio::test]
async fn a_client_that_came_again_takes_its_topic_over() {
    let bus = Bus::start();
    let mut departures = bus.handle.departures();
    let before = bus.client("procmond").await;
    let service = before.serve("control.collector.procmond").await.expect("granted");
    let after = bus.client("procmond").await;
    let mut successor = after.serve("control.collector.procmond").await.expect("granted");
    drop((before, service));
    let (answer, ()) =
        tokio::join!(bus.handle.call("control.collector.procmond", Payload::Empty, LIMIT), async {
            let call = successor.next().await.expect("a call");
            call.reply(Ok(text("here"))).await.expect("open");
        });
    assert_eq!(answer.expect("answered"), text("here"));
    drop((after, successor));
    assert_eq!(soon(departures.recv()).await.expect("a departure"), "procmond");
    departures.try_recv().expect_err("the name left once");
}

#[tokio::test]
async fn a_call_that_is_dropped_is_answered_so() {
    let bus = Bus::start();
    let server = bus.client("server").await;
    let mut service = server.serve("control.service").await.expect("granted");
    let (answer, ()) =
        tokio::join!(bus.handle.call("control.service", Payload::Empty, LIMIT), async {
            drop(service.next().await.expect("a call"));
        });
    let said = answer.expect_err("dropped").to_string();
    assert_eq!(said, "the call was not answered");
    let again = server.serve("control.service").await;
    assert!(matches!(again, Err(ClientError::Served { .. })), "{again:?}");
    drop(service);
    let answer = bus.handle.call("control.service", Payload::Empty, LIMIT).await;
    assert_eq!(answer.expect_err("dropped").to_string(), "the topic is no longer served");
}

#[tokio::test]
async fn an_answer_that_is_too_large_becomes_an_error_of_the_call() {
    let bus = Bus::start();
    let mut calls = bus.handle.serve("control.agent", 4).expect("a topic");
    let client = bus.client("cli").await;
    let (answer, ()) = tokio::join!(client.call("control.agent", Payload::Empty, LIMIT), async {
        let call = calls.recv().await.expect("a call");
        call.reply.send(Ok(text("x".repeat(MAX_FRAME_BYTES)))).expect("the caller waits");
    });
    let said = answer.expect_err("too large").to_string();
    assert!(said.contains("frame of 1677"), "{said}");
}
