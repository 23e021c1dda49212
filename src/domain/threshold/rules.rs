//! What counts as low for whom.

use super::Thresholds;

/// What counts as low, for all credentials and for those of some labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    all: Thresholds,
    of: Vec<(String, Thresholds)>,
}

impl Rules {
    /// `all`, but for the labels that have thresholds of their own.
    #[must_use]
    pub fn new(all: Thresholds, of: impl IntoIterator<Item = (String, Thresholds)>) -> Self {
        let of = of.into_iter().map(|(label, thresholds)| (label.to_lowercase(), thresholds)).collect();
        Self { all, of }
    }

    /// What counts as low for a credential of these labels: what the first of them has of its own, or else what holds
    /// for all.
    #[must_use]
    pub fn of(&self, labels: &[String]) -> Thresholds {
        let own = |label: &String| {
            let label = label.to_lowercase();
            self.of.iter().find(|(known, _)| *known == label).map(|(_, thresholds)| *thresholds)
        };
        labels.iter().find_map(own).unwrap_or(self.all)
    }
}
