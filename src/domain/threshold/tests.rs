use rstest::rstest;

use super::*;

#[rstest]
#[case("20%", Unit::Percent, 20.0)]
#[case(" 2.5 % ", Unit::Percent, 2.5)]
#[case("100", Unit::Requests, 100.0)]
#[case("$2.50", Unit::Dollars, 2.5)]
#[case("2h", Unit::Seconds, 7200.0)]
#[case("1h 30m", Unit::Seconds, 5400.0)]
fn the_unit_tells_what_is_judged(#[case] text: &str, #[case] unit: Unit, #[case] least: f64) {
    let threshold = Threshold { unit, least };
    assert_eq!(Threshold::parse(text), Ok(threshold));
    assert_eq!(Threshold::parse(&threshold.to_string()), Ok(threshold), "{threshold}");
}

#[rstest]
#[case(None, None, "20%", "5%")]
#[case(Some("3%"), None, "3%", "0%")]
#[case(None, Some("30%"), "30%", "30%")]
#[case(Some("100"), None, "100", "5%")]
fn what_is_not_given_gives_way(
    #[case] low: Option<&str>,
    #[case] critical: Option<&str>,
    #[case] expected_low: &str,
    #[case] expected_critical: &str,
) {
    let read = |text: Option<&str>| text.map(|text| Threshold::parse(text).unwrap());
    let all = Thresholds::default().with(read(low), read(critical));
    assert_eq!((all.low.to_string().as_str(), all.critical.to_string().as_str()), (expected_low, expected_critical));
}

#[rstest]
fn anything_else_is_refused(
    #[values("", "%", "-1%", "101%", "nan", "inf", "-3", "$", "$-2", "soon", "2 h x")] text: &str,
) {
    assert!(Threshold::parse(text).is_err());
}
