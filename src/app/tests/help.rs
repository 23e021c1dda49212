//! What the help says.

use pretty_assertions::assert_eq;
use rstest::rstest;

use super::*;
use crate::app::help::{HelpRow, Sign};
use crate::domain::threshold::{Threshold, Thresholds};

fn thresholds(low: &str, critical: &str) -> Thresholds {
    Thresholds { low: Threshold::parse(low).unwrap(), critical: Threshold::parse(critical).unwrap() }
}

/// What the signs of a low and of a critical key mean, by the help of two keys with these thresholds.
fn levels(of_each: [Thresholds; 2]) -> [String; 2] {
    let mut app = app_with(&["work", "batch"]);
    let mut identities = identities(&["work", "batch"]);
    identities.iter_mut().zip(of_each).for_each(|(identity, of_it)| identity.thresholds = of_it);
    app.usage = UsageManager::new(identities);
    let _effect = press(&mut app, "?");
    let rows = app.help_rows();
    [Sign::Low, Sign::NearlyOut].map(|wanted| {
        let meaning = |row: &HelpRow| match row {
            HelpRow::Sign(sign, meaning) if *sign == wanted => Some(meaning.clone().into_owned()),
            _ => None,
        };
        rows.iter().find_map(meaning).unwrap()
    })
}

#[rstest]
#[case("20%", "5%", "low: under 20 % left", "critical: under 5 % left")]
#[case("12.5%", "100", "low: under 12.5 % left", "critical: under 100 requests left today")]
#[case("2h", "$2.50", "low: empty in under 2h", "critical: under $2.50 left")]
fn low_is_what_is_set(#[case] low: &str, #[case] critical: &str, #[case] says: &str, #[case] critically: &str) {
    assert_eq!(levels([thresholds(low, critical); 2]), [says, critically].map(str::to_owned));
}

#[test]
fn where_the_keys_differ_no_number_is_stated() {
    let differ = levels([thresholds("20%", "5%"), thresholds("30%", "5%")]);
    assert_eq!(differ, ["low: as set for the key", "critical: as set for the key"].map(str::to_owned));
}
