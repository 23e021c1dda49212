//! The keys `low` and `critical` of the configuration file, for all credentials or for one.

use super::document::Entry;
use super::{ConfigError, ConfigFile, KeyTable, Origin, Placed};
use crate::domain::threshold::{Rules, Threshold, Thresholds};

/// What counts as low, as far as it is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// Less than this is low.
    pub low: Option<Placed<Threshold>>,
    /// Less than this is critical.
    pub critical: Option<Placed<Threshold>>,
}

impl Levels {
    /// Takes in one of the two keys.
    pub(super) fn take(&mut self, entry: &Entry<'_>) -> Result<(), ConfigError> {
        let level = if entry.key == "low" { &mut self.low } else { &mut self.critical };
        *level = entry.of(threshold)?;
        Ok(())
    }

    /// These, and `others` where nothing is said.
    fn over(&self, others: &Self) -> Self {
        Self {
            low: self.low.clone().or(others.low.clone()),
            critical: self.critical.clone().or(others.critical.clone()),
        }
    }

    fn thresholds(&self) -> Thresholds {
        let value = |level: &Option<Placed<Threshold>>| level.as_ref().map(|placed| placed.value);
        Thresholds::said(value(&self.low), value(&self.critical))
    }
}

impl ConfigFile {
    /// What counts as low for whom: as a table says, or else the file, or else the program.
    #[must_use]
    pub fn rules(&self) -> Rules {
        let of_table = |table: &KeyTable| (table.label.clone(), table.levels.over(&self.levels).thresholds());
        Rules::new(self.levels.thresholds(), self.credentials.iter().map(of_table))
    }

    /// What counts as low where no table says anything else, each with where that is from.
    #[must_use]
    pub fn levels_in_force(&self) -> [(&'static str, Threshold, Origin); 2] {
        let Thresholds { low, critical } = self.levels.thresholds();
        let origin = |level: &Option<Placed<Threshold>>| {
            level.as_ref().map_or(Origin::Default, |placed| self.origin(placed.line))
        };
        [("low", low, origin(&self.levels.low)), ("critical", critical, origin(&self.levels.critical))]
    }

    /// Refuses what would never be low before it is critical.
    pub(super) fn refuse_upside_down(&self) -> Result<(), ConfigError> {
        self.refuse(&self.levels, "")?;
        self.credentials.iter().try_for_each(|table: &KeyTable| {
            if table.levels == Levels::default() { Ok(()) } else { self.refuse(&table.levels, &table.label) }
        })
    }

    fn refuse(&self, said: &Levels, label: &str) -> Result<(), ConfigError> {
        let thresholds = said.over(&self.levels).thresholds();
        if !thresholds.is_upside_down() {
            return Ok(());
        }
        let Thresholds { low, critical } = thresholds;
        let of = if label.is_empty() { String::new() } else { format!(" of {label}") };
        let (key, placed, reason) = match &said.critical {
            Some(placed) => ("critical", Some(placed), format!("{critical}{of} is above low, which is {low}")),
            None => ("low", said.low.as_ref(), format!("{low}{of} is below critical, which is {critical}")),
        };
        let line = placed.map_or(0, |placed| placed.line);
        Err(ConfigError::new(&format!("{}: {key}", self.origin(line)), reason))
    }
}

fn threshold(entry: &Entry<'_>) -> Result<Threshold, ConfigError> {
    // A bare number is one of requests.
    let text = match entry.integer() {
        Some(number) => number.to_string(),
        None => entry.text("what is left at least, such as \"20%\", 100 (requests), \"$2\", or \"2h\"")?.to_owned(),
    };
    Threshold::parse(&text).map_err(|reason| entry.error(reason))
}

#[cfg(test)]
mod tests;
