//! Some of the events, for peers that would take all day.

use super::Product;

impl Product {
    /// About so many events, evenly over all of them, and what should be found in those.
    pub fn sample(&self, count: usize) -> Product {
        let every = self.events.len().div_ceil(count.max(1)).max(1);
        let events = self.events.iter().step_by(every).cloned().collect();
        let kept =
            |(rule, event): &(usize, usize)| (event % every == 0).then_some((*rule, event / every));
        let expected = self.expected.as_ref().map(|all| all.iter().filter_map(kept).collect());
        Product { events, expected, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::{Product, Recorded};

    #[test]
    fn a_sample_is_spread_and_expects_what_is_found_in_it() {
        let event = |line| Recorded::made_up(line, "{}".to_owned(), "linux");
        let product = Product {
            name: "linux".to_owned(),
            rules: Vec::new(),
            events: (0..10).map(event).collect(),
            expected: Some(HashSet::from([(0, 3), (0, 4), (1, 9)])),
        };
        let sample = product.sample(4);
        let lines: Vec<_> = sample.events.iter().map(|event| event.line).collect();
        assert_eq!(lines, [0, 3, 6, 9]);
        assert_eq!(sample.expected, Some(HashSet::from([(0, 1), (1, 3)])));
    }
}
