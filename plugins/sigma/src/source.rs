//! Where a rule's events come from, and whether this host has them.

use crate::diagnostic::Refusals;
use crate::yaml::Node;

/// The only category of events that there is.
const CATEGORY: &str = "process_creation";

/// `logsource` of a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Source {
    category: Option<String>,
    product: Option<String>,
    service: Option<String>,
}

impl Source {
    pub(crate) fn read(document: &Node, refused: &mut Refusals) -> Self {
        let Some(node) = document.get("logsource") else {
            let help = "write logsource: {category: process_creation, product: linux}";
            refused.add(document.at, "a rule without logsource", help);
            return Source::default();
        };
        if node.pairs().is_empty() {
            let message = format!("logsource with {}", node.noun());
            refused.add(node.at, message, "it is a map of category, product and service");
        }
        let mut text = |key| node.text(key, refused).map(str::to_lowercase);
        Source { category: text("category"), product: text("product"), service: text("service") }
    }

    /// Whether only starts of processes are meant, not all that happens to them.
    pub(crate) fn is_creation(&self) -> bool {
        self.category.as_deref() == Some(CATEGORY)
    }

    /// Why no event here is meant, if none is. Recorded events may come from any platform.
    pub(crate) fn absent(&self, platform: Option<&str>) -> Option<String> {
        let Source { category, product, service } = self;
        let other = category.as_ref().filter(|category| *category != CATEGORY);
        if let Some(category) = other {
            return Some(format!(
                "needs the source category {category}, which the sensor here does not provide"
            ));
        }
        if let Some(service) = service {
            return Some(format!(
                "needs the source service {service}, which the sensor here does not provide"
            ));
        }
        let (product, platform) = (product.as_ref()?, platform?);
        (product != platform).then(|| format!("is for {product}, this host is {platform}"))
    }
}
