//! The traffic of the bus as two tables.

use daemoneye_bus::control::Traffic;

use super::table::{self, lines, number};
use super::words::count;
use crate::terminal::Look;

/// A sentence about all, then clients and topics.
pub(crate) fn page(traffic: &Traffic, look: &Look) -> String {
    let Traffic { departed, refused, frames_in, delivered, shed, clients, topics, limited } =
        traffic;
    let mut text = format!(
        "{} clients, {} have left, {} were refused\n{} frames came, {} deliveries went, {} were \
         dropped\n{} messages were refused, as a client was over its rate\n\n",
        count(clients.len() as u64),
        count(*departed),
        count(*refused),
        count(*frames_in),
        count(*delivered),
        count(*shed),
        count(*limited)
    );
    let mut table =
        table::table(&["came", "delivered", "dropped", "over rate", "client"], 0..4, look);
    for client in clients {
        let numbers = [client.frames_in, client.delivered, client.shed, client.limited];
        let numbers = numbers.map(number);
        table.add_row(numbers.into_iter().chain([table::text(&client.client)]));
    }
    text += &lines(&table, look);
    let mut table = table::table(&["published", "queued", "dropped", "topic"], 0..3, look);
    for topic in topics {
        let numbers = [topic.published, topic.queued, topic.shed].map(number);
        table.add_row(numbers.into_iter().chain([table::text(&topic.topic)]));
    }
    text + "\n" + &lines(&table, look)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{HOSTILE, assert_fits, look};
    use daemoneye_bus::control::{ClientTraffic, TopicTraffic};

    fn traffic(name: &str) -> Traffic {
        let (client, topic) = (name.to_owned(), name.to_owned());
        Traffic {
            departed: 3,
            refused: 1,
            frames_in: 12_345,
            delivered: 10,
            shed: 2,
            clients: vec![ClientTraffic {
                client,
                frames_in: 12_345,
                delivered: 10,
                shed: 2,
                limited: 4,
            }],
            topics: vec![TopicTraffic { topic, published: 1_000, queued: 10, shed: 2 }],
            limited: 9,
        }
    }

    #[test]
    fn what_came_what_went_and_what_was_dropped_is_told_of_each() {
        let expected = "\
1 clients, 3 have left, 1 were refused
12,345 frames came, 10 deliveries went, 2 were dropped
9 messages were refused, as a client was over its rate

  CAME  DELIVERED  DROPPED  OVER RATE  CLIENT
12,345         10        2          4  x

PUBLISHED  QUEUED  DROPPED  TOPIC
    1,000      10        2  x
";
        assert_eq!(page(&traffic("x"), &look(80)), expected);
    }

    #[test]
    fn the_page_fits_and_hostile_text_is_harmless_at_any_width() {
        for width in [60, 80, 200] {
            assert_fits(&page(&traffic(HOSTILE), &look(width)), width);
        }
    }
}
