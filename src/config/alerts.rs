//! The table `[alerts]` of the configuration file: how the user is alerted when a threshold is crossed.

use chrono::NaiveTime;

use super::ConfigError;
use super::document::Entry;

/// Every key of the table, in the order of the example.
pub const ALERT_KEYS: [&str; 5] = ["bell", "osc", "desktop", "command", "quiet"];

/// Whether this program can have the desktop show notifications.
const HAS_DESKTOP: bool = cfg!(feature = "desktop");

/// How the user is alerted when a threshold is crossed. By default not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alerts {
    /// Whether the terminal's bell rings.
    pub bell: bool,
    /// The escape sequence by which the terminal shows a notification.
    pub osc: Option<Osc>,
    /// Whether the desktop shows a notification; never in a program that was built without the feature `desktop`.
    pub desktop: bool,
    /// A program that is run, and its arguments; empty: none.
    pub command: Vec<String>,
    /// When no alert is given.
    pub quiet: Option<Quiet>,
}

impl Alerts {
    /// Whether anything is done at all.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.bell || self.osc.is_some() || self.desktop || !self.command.is_empty()
    }
}

/// An escape sequence by which terminals show notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Osc {
    /// OSC 9: iTerm2, `WezTerm`, Ghostty, Windows Terminal and others.
    Nine,
    /// OSC 777: urxvt, foot, Ghostty and others.
    SevenSevenSeven,
    /// OSC 99: kitty.
    NinetyNine,
}

/// The sequences, as they are written in files.
pub const OSCS: [(&str, Osc); 3] = [("9", Osc::Nine), ("777", Osc::SevenSevenSeven), ("99", Osc::NinetyNine)];

/// A part of the day, by the reader's clock. It may go past midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet {
    /// Its first moment.
    pub from: NaiveTime,
    /// The first moment after it.
    pub to: NaiveTime,
}

impl Quiet {
    /// The part of the day in `text`, such as `22:00-07:00`.
    fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('-')?;
        let time = |text: &str| NaiveTime::parse_from_str(text.trim(), "%H:%M").ok();
        Some(Self { from: time(from)?, to: time(to)? }).filter(|quiet| quiet.from != quiet.to)
    }

    /// Whether a time of the day is in it.
    #[must_use]
    pub fn holds(self, time: NaiveTime) -> bool {
        let Self { from, to } = self;
        if from < to { (from..to).contains(&time) } else { time >= from || time < to }
    }
}

impl std::fmt::Display for Quiet {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}-{}", self.from.format("%H:%M"), self.to.format("%H:%M"))
    }
}

pub(super) fn read(table: &Entry<'_>, notices: &mut Vec<String>) -> Result<Alerts, ConfigError> {
    let mut alerts = Alerts::default();
    for entry in table.table("a table: [alerts]")? {
        match entry.key {
            "bell" => alerts.bell = entry.switch()?,
            "osc" => alerts.osc = if entry.is_off() { None } else { Some(entry.choice(&OSCS)?) },
            "desktop" => {
                let is_wanted = entry.switch()?;
                alerts.desktop = is_wanted && HAS_DESKTOP;
                if is_wanted && !HAS_DESKTOP {
                    notices.push(format!(
                        "{}: desktop: this program was built without the feature desktop",
                        entry.place()
                    ));
                }
            }
            "command" => {
                alerts.command = entry.texts("a list of a program and its arguments, such as [\"alert\", \"-v\"]")?;
            }
            "quiet" => {
                const EXPECTED: &str = "a part of the day such as \"22:00-07:00\"";
                let quiet = Quiet::parse(entry.text(EXPECTED)?);
                alerts.quiet = Some(quiet.ok_or_else(|| entry.error(format!("expected {EXPECTED}")))?);
            }
            _ => notices.push(entry.unknown()),
        }
    }
    Ok(alerts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_may_go_past_midnight() {
        let at = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
        let night = Quiet::parse("22:00-07:00").unwrap();
        assert_eq!(night.to_string(), "22:00-07:00");
        let held = [(21, 59), (22, 0), (23, 30), (0, 0), (6, 59), (7, 0)].map(|(h, m)| night.holds(at(h, m)));
        assert_eq!(held, [false, true, true, true, true, false]);
        let lunch = Quiet::parse("12:00 - 13:00").unwrap();
        assert_eq!([(11, 59), (12, 0), (13, 0)].map(|(h, m)| lunch.holds(at(h, m))), [false, true, false]);
        for text in ["", "22:00", "22-7", "25:00-07:00", "07:00-07:00"] {
            assert_eq!(Quiet::parse(text), None, "{text}");
        }
    }
}
