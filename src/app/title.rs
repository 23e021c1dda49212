//! What the terminal's title says: the credential with the least left.

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::domain::quota::Headroom;
use crate::domain::text;
use crate::domain::usage::CredentialUsage;

/// What follows it, and is the whole title while nothing is known.
const PROGRAM: &str = "chutes-top";

impl App {
    /// The title of the terminal: `batch 14 % left - chutes-top`. It names the worst credential: of those that are
    /// as low by their thresholds, the one whose window that binds has the least left; where none is low and one cannot be read, that one.
    #[must_use]
    pub fn title(&self, now: DateTime<Utc>) -> String {
        let entries = self.usage.credentials();
        let known = entries.iter().filter_map(|entry| Some((entry, left(entry, now)?)));
        let least = known
            .min_by(|(a, left), (b, other)| b.headroom(now).cmp(&a.headroom(now)).then_with(|| left.total_cmp(other)));
        let failed =
            || entries.iter().find_map(|entry| Some((entry, entry.failure().filter(|_| entry.usage(now).is_none())?)));
        let name = |entry: &CredentialUsage| self.name(entry.identity().id);
        match least {
            Some((entry, _)) if let Some(state) = entry.used_up_chute(now) => {
                format!("{} {} used up - {PROGRAM}", name(entry), self.window_name(&state.window.kind))
            }
            Some((entry, left)) if left <= 0.0 => format!("{} used up - {PROGRAM}", name(entry)),
            Some((entry, left)) if entry.headroom(now) >= Headroom::Low => {
                match entry.reached(now).and_then(|reached| reached.words(now)) {
                    Some(meant) => format!("{} {meant} - {PROGRAM}", name(entry)),
                    None => told(&name(entry), left),
                }
            }
            least => match (failed(), least) {
                (Some((entry, failed)), _) => {
                    format!("{} {} - {PROGRAM}", name(entry), failed.failure.short_summary())
                }
                (None, Some((entry, left))) => told(&name(entry), left),
                (None, None) => PROGRAM.to_owned(),
            },
        }
    }
}

fn told(name: &str, left: f64) -> String {
    format!("{name} {} left - {PROGRAM}", text::percent(left))
}

/// The part left of the window that binds, if that is known.
fn left(entry: &CredentialUsage, now: DateTime<Utc>) -> Option<f64> {
    entry.usage(now)?;
    entry.binding(now)?.window.remaining_fraction()
}
