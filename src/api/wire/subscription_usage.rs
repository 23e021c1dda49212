//! `GET /users/me/subscription_usage`: the plan, and its caps in dollars.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::api::wire::timestamp;
use crate::domain::account::{Cap, Subscription};
use crate::domain::window::month_after;

/// `{"subscription":false}`, or the plan. Only the caps' `usage` and `cap` are required: older servers left
/// the rest out.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct SubscriptionUsage {
    subscription: bool,
    custom: Option<bool>,
    monthly_price: Option<f64>,
    #[serde(default, deserialize_with = "timestamp::optional")]
    anchor_date: Option<DateTime<Utc>>,
    four_hour: Option<WireCap>,
    monthly: Option<WireCap>,
}

/// A cap, or `{"uncapped":true}`: a custom plan has no monthly one.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum WireCap {
    Capped {
        usage: f64,
        cap: f64,
        #[serde(default, deserialize_with = "timestamp::optional")]
        reset_at: Option<DateTime<Utc>>,
    },
    Uncapped {
        #[serde(rename = "uncapped")]
        _uncapped: bool,
    },
}

impl SubscriptionUsage {
    /// Where it is asked for.
    pub const PATH: &str = "/users/me/subscription_usage";
}

impl WireCap {
    /// The cap, where there is one. A cap of less than nothing is one of nothing.
    fn cap(self) -> Option<Cap> {
        match self {
            Self::Capped { usage, cap, reset_at } => Some(Cap { usage, cap: cap.max(0.0), reset_at }),
            Self::Uncapped { .. } => None,
        }
    }
}

impl From<SubscriptionUsage> for Option<Subscription> {
    fn from(wire: SubscriptionUsage) -> Self {
        if !wire.subscription {
            return None;
        }
        let monthly = wire.monthly.and_then(WireCap::cap);
        Some(Subscription {
            price: wire.monthly_price,
            custom: wire.custom,
            anchor: wire.anchor_date,
            four_hour: wire.four_hour.and_then(WireCap::cap),
            renews_at: monthly.and_then(|cap| cap.reset_at).or_else(|| month_after(wire.anchor_date?)),
            monthly,
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::api::wire::parse_object;

    fn parse(text: &str) -> Result<Option<Subscription>, String> {
        parse_object::<SubscriptionUsage>(text.as_bytes()).map(Into::into)
    }

    #[test]
    fn no_subscription_is_no_error() {
        assert_eq!(parse(r#"{"subscription":false}"#), Ok(None));
    }

    #[test]
    fn only_usage_and_cap_are_required() {
        let plan = parse(r#"{"subscription":true,"four_hour":{"usage":0.3,"cap":1.25}}"#).unwrap().unwrap();
        assert_eq!(plan.four_hour, Some(Cap { usage: 0.3, cap: 1.25, reset_at: None }));
        assert_eq!((plan.price, plan.monthly, plan.renews_at), (None, None, None));
    }

    #[test]
    fn a_custom_plan_has_no_monthly_cap_and_renews_a_month_after_its_anchor() {
        let text = r#"{"subscription":true,"custom":true,"monthly_price":20.0,"anchor_date":"2026-10-31T09:30:15",
            "four_hour":{"usage":3.3,"cap":8.3},"monthly":{"uncapped":true}}"#;
        let plan = parse(text).unwrap().unwrap();
        assert_eq!(plan.monthly, None);
        assert_eq!(plan.renews_at, Some("2026-11-30T09:30:15Z".parse().unwrap()));
    }

    #[rstest]
    #[case("{}")]
    #[case(r#"{"subscription":"yes"}"#)]
    #[case(r#"{"subscription":true,"four_hour":{"usage":1.0}}"#)]
    #[case(r#"{"subscription":true,"four_hour":{"usage":"1","cap":2}}"#)]
    #[case(r#"{"subscription":true,"four_hour":{"usage":null,"cap":2}}"#)]
    #[case(r#"{"subscription":true,"monthly":{"usage":1,"cap":2,"reset_at":"soon"}}"#)]
    #[case(r#"{"subscription":true,"monthly":7}"#)]
    fn what_is_not_understood(#[case] text: &str) {
        assert!(parse(text).is_err(), "{text}");
    }
}
