//! What the window promises.

use proptest::prelude::*;

use super::*;

const POLICY: Policy = Policy { strikes: 3, ..Policy::DEFAULT };

fn queue(numbers: impl IntoIterator<Item = u64>) -> Queue {
    let mut queue = Queue::new(POLICY);
    for number in numbers {
        queue.add(number, Parcel { id: number.to_string(), json: "{}".to_owned() });
    }
    queue
}

fn fault() -> Fault {
    Fault::Trapped("unreachable".to_owned())
}

fn retry() -> Receipt {
    Receipt::Retry("busy".to_owned())
}

/// Offers what is next to a sink that answers each alert so; the verdicts by number.
fn offer(queue: &mut Queue, now: Instant, answer: impl Fn(u64) -> Receipt) -> Vec<(u64, Verdict)> {
    let group = queue.next(now);
    let receipts = group.iter().map(|number| answer(*number)).collect();
    let outcome = queue.settle(&group, Ok(receipts), now, 1.0);
    outcome.settled.into_iter().map(|(number, _, verdict)| (number, verdict)).collect()
}

#[test]
fn alerts_are_offered_by_age_in_groups_and_each_is_settled_once() {
    let (mut queue, now) = (queue((1..=100).rev()), Instant::now());
    let first = offer(&mut queue, now, |_| Receipt::Delivered);
    let numbers: Vec<u64> = first.into_iter().map(|(number, _)| number).collect();
    assert_eq!(numbers, (1..=64).collect::<Vec<_>>());
    assert_eq!(queue.next(now), (65..=100).collect::<Vec<_>>());
}

#[test]
fn a_call_carries_as_many_bytes_as_it_may_and_one_alert_however_large_it_is() {
    let policy = Policy { group_bytes: 100, ..POLICY };
    let next = |sizes: &[usize]| {
        let mut queue = Queue::new(policy);
        for (number, size) in (1..).zip(sizes) {
            queue.add(number, Parcel { id: number.to_string(), json: "x".repeat(*size) });
        }
        queue.next(Instant::now())
    };
    assert_eq!(next(&[40, 60, 1]), [1, 2], "obeyed to the byte");
    assert_eq!(next(&[40, 61, 1]), [1], "one more byte waits for the next call");
    assert_eq!(next(&[500, 1]), [1]);
}

#[test]
fn what_is_rejected_is_dead_at_once_and_a_sign_of_life() {
    let (mut queue, now) = (queue([1]), Instant::now());
    let receipts = vec![Receipt::Rejected("no such channel".to_owned())];
    let outcome = queue.settle(&[1], Ok(receipts), now, 1.0);
    let dead = Verdict::Dead { tries: 1, why: "no such channel".to_owned() };
    assert_eq!(outcome.settled, [(1, "1".to_owned(), dead)]);
    assert_eq!((outcome.sign, queue.is_empty()), (Sign::Works, true));
}

#[test]
fn while_a_sink_takes_nothing_no_alert_dies_and_none_waits_for_itself() {
    let (mut queue, now) = (queue(1..=3), Instant::now());
    for _ in 0..100 {
        assert_eq!(queue.next(now), [1, 2, 3]);
        let outcome = queue.settle(&[1, 2, 3], Ok(vec![retry(); 3]), now, 1.0);
        assert_eq!((outcome.sign, outcome.retried), (Sign::Fails, 3));
    }
    assert_eq!(queue.len(), 3);
}

#[test]
fn an_alert_that_fails_while_others_are_taken_pauses_longer_each_time_and_dies_at_the_limit() {
    let (mut queue, mut now) = (queue([1]), Instant::now());
    for strike in 1..=POLICY.strikes {
        let number = u64::from(strike) + 1;
        queue.add(number, Parcel { id: number.to_string(), json: "{}".to_owned() });
        let answer = |number| if number == 1 { retry() } else { Receipt::Delivered };
        let settled = offer(&mut queue, now, answer);
        if strike < POLICY.strikes {
            assert_eq!(settled, [(number, Verdict::Delivered)]);
            let due = now + POLICY.pause(strike, 1.0);
            assert_eq!((queue.next(now), queue.due()), (vec![], Some(due)));
            assert_eq!((queue.ready(now), queue.ready(due), queue.len()), (0, 1, 1));
            now = due;
        } else {
            let why = "tried 3 times while others were taken; at last: busy".to_owned();
            let dead = (1, Verdict::Dead { tries: 3, why });
            assert_eq!(settled, [dead, (number, Verdict::Delivered)]);
        }
    }
    assert!(queue.is_empty());
}

#[test]
fn an_alert_that_makes_the_sink_fault_is_found_and_costs_the_others_nothing() {
    let (mut queue, mut now) = (queue(1..=100), Instant::now());
    let (mut delivered, mut dead) = (Vec::new(), Vec::new());
    for _ in 0..200 {
        let group = queue.next(now);
        let poisoned = group.contains(&37);
        let answer =
            if poisoned { Err(fault()) } else { Ok(vec![Receipt::Delivered; group.len()]) };
        for (number, _, verdict) in queue.settle(&group, answer, now, 1.0).settled {
            match verdict {
                Verdict::Delivered => delivered.push(number),
                Verdict::Dead { .. } => dead.push(number),
            }
        }
        // Alerts go on coming, so that what fails while others are taken can be told.
        let number = 100 + delivered.len() as u64;
        queue.add(number, Parcel { id: number.to_string(), json: "{}".to_owned() });
        now += POLICY.last_pause;
    }
    assert_eq!(dead, [37]);
    assert!((1..=100).filter(|number| *number != 37).all(|number| delivered.contains(&number)));
}

#[test]
fn probes_go_round_so_that_no_alert_keeps_the_others_waiting() {
    let (mut queue, now) = (queue(1..=3), Instant::now());
    let mut probed = Vec::new();
    for _ in 0..6 {
        let probe = queue.probe();
        queue.settle(&probe, Err(fault()), now, 1.0);
        probed.extend(probe);
    }
    assert_eq!(probed, [1, 2, 3, 1, 2, 3]);
    queue.forgive();
    assert_eq!(queue.next(now), [1, 2], "by age again, but for the one that failed just now");
}

proptest! {
    /// Answers: 0 delivered, 1 rejected, 2 retry; 3 faults the whole call.
    #[test]
    fn whatever_a_sink_answers_each_alert_is_waiting_or_settled_and_never_both(
        count in 1u64..80,
        answers in prop::collection::vec(prop::collection::vec(0u8..4, 64), 1..40),
    ) {
        let (mut queue, mut now) = (queue(1..=count), Instant::now());
        let mut settled = std::collections::BTreeSet::new();
        for answer in answers {
            let group = queue.next(now);
            prop_assert!(group.is_sorted() && group.len() <= POLICY.group);
            prop_assert_eq!(queue.parcels(&group).len(), group.len());
            let receipt = |answer: &u8| match answer {
                0 => Receipt::Delivered,
                1 => Receipt::Rejected("no".to_owned()),
                _ => retry(),
            };
            let receipts = answer[..group.len()].iter().map(receipt).collect();
            let fault = if answer[0] == 3 { Err(fault()) } else { Ok(receipts) };
            for (number, id, _) in queue.settle(&group, fault, now, 0.5).settled {
                prop_assert_eq!(id, number.to_string());
                prop_assert!(settled.insert(number), "{} is settled twice", number);
            }
            prop_assert_eq!(settled.len() + queue.len(), count as usize);
            prop_assert_eq!(queue.bytes(), 2 * queue.len());
            now += POLICY.first_pause;
        }
    }
}
