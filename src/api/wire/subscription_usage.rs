//! `GET /users/me/subscription_usage`: the plan, and its caps in dollars.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::api::wire::object::Object;
use crate::api::wire::timestamp;
use crate::domain::account::{Cap, Capping, Subscription};
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
    #[serde(default, deserialize_with = "timestamp::optional")]
    effective_date: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "timestamp::optional")]
    updated_at: Option<DateTime<Utc>>,
    four_hour: Option<Object<WireCap>>,
    monthly: Option<Object<WireCap>>,
}

/// A cap, or `{"uncapped":true}`: a custom plan has no monthly one. Nothing else says that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "CapFields")]
struct WireCap(Capping);

#[derive(Deserialize)]
struct CapFields {
    usage: Option<f64>,
    cap: Option<f64>,
    #[serde(default, deserialize_with = "timestamp::optional")]
    reset_at: Option<DateTime<Utc>>,
    uncapped: Option<bool>,
}

impl TryFrom<CapFields> for WireCap {
    type Error = &'static str;

    /// A cap of less than nothing is one of nothing.
    fn try_from(fields: CapFields) -> Result<Self, Self::Error> {
        match (fields.usage, fields.cap, fields.uncapped) {
            (Some(usage), Some(cap), None | Some(false)) => {
                Ok(Self(Capping::Capped(Cap { usage, cap: cap.max(0.0), reset_at: fields.reset_at })))
            }
            (None, None, Some(true)) => Ok(Self(Capping::Uncapped)),
            _ => Err("a cap that is neither a number with its usage nor said to be none"),
        }
    }
}

impl SubscriptionUsage {
    /// Where it is asked for.
    pub const PATH: &str = "/users/me/subscription_usage";
}

impl WireCap {
    /// What the answer says of a cap; where it has no such field, that it does not say.
    fn told(wire: Option<Object<Self>>) -> Capping {
        wire.map_or(Capping::NotTold, |Object(Self(capping))| capping)
    }
}

impl From<SubscriptionUsage> for Option<Subscription> {
    fn from(wire: SubscriptionUsage) -> Self {
        if !wire.subscription {
            return None;
        }
        // The server derives its anchor in the same way.
        let anchor = wire.anchor_date.or(wire.effective_date).or(wire.updated_at);
        let monthly = WireCap::told(wire.monthly);
        Some(Subscription {
            price: wire.monthly_price,
            custom: wire.custom,
            anchor,
            four_hour: WireCap::told(wire.four_hour),
            renews_at: monthly.cap().and_then(|cap| cap.reset_at).or_else(|| month_after(anchor?)),
            monthly,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
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
        assert_eq!(plan.four_hour, Capping::Capped(Cap { usage: 0.3, cap: 1.25, reset_at: None }));
        assert_eq!((plan.price, plan.renews_at), (None, None));
        assert_eq!(plan.monthly, Capping::NotTold);
    }

    #[rstest]
    #[case::left_out(r#"{"subscription":true}"#)]
    #[case::null(r#"{"subscription":true,"custom":true,"four_hour":null,"monthly":null}"#)]
    fn a_cap_that_is_not_told_is_not_taken_for_none(#[case] text: &str) {
        let plan = parse(text).unwrap().unwrap();
        assert_eq!((plan.four_hour, plan.monthly), (Capping::NotTold, Capping::NotTold));
    }

    #[test]
    fn a_custom_plan_has_no_monthly_cap_and_renews_a_month_after_its_anchor() {
        let text = r#"{"subscription":true,"custom":true,"monthly_price":20.0,"anchor_date":"2026-10-31T09:30:15",
            "four_hour":{"usage":3.3,"cap":8.3},"monthly":{"uncapped":true}}"#;
        let plan = parse(text).unwrap().unwrap();
        assert_eq!(plan.monthly, Capping::Uncapped);
        assert_eq!(plan.renews_at, Some("2026-11-30T09:30:15Z".parse().unwrap()));
    }

    #[rstest]
    #[case::anchor(r#""anchor_date":"2026-10-31T00:00:00","effective_date":"2026-09-01T00:00:00""#)]
    #[case::effective(
        r#""anchor_date":null,"effective_date":"2026-10-31T00:00:00","updated_at":"2026-09-01T00:00:00""#
    )]
    #[case::updated(r#""effective_date":null,"updated_at":"2026-10-31T00:00:00""#)]
    fn an_anchor_that_is_not_told_is_reckoned_as_the_server_does(#[case] dates: &str) {
        let plan =
            parse(&format!(r#"{{"subscription":true,"monthly":{{"uncapped":true}},{dates}}}"#)).unwrap().unwrap();
        assert_eq!(plan.anchor, Some("2026-10-31T00:00:00Z".parse().unwrap()));
        assert_eq!(plan.renews_at, Some("2026-11-30T00:00:00Z".parse().unwrap()));
    }

    #[rstest]
    #[case("{}")]
    #[case(r#"{"subscription":"yes"}"#)]
    #[case(r#"{"subscription":true,"four_hour":{"usage":1.0}}"#)]
    #[case(r#"{"subscription":true,"four_hour":{"usage":"1","cap":2}}"#)]
    #[case(r#"{"subscription":true,"four_hour":{"usage":null,"cap":2}}"#)]
    #[case(r#"{"subscription":true,"monthly":{"usage":1,"cap":2,"reset_at":"soon"}}"#)]
    #[case(r#"{"subscription":true,"monthly":7}"#)]
    #[case(r#"{"subscription":true,"monthly":[1.0,2.0]}"#)]
    #[case(r#"{"subscription":true,"monthly":{}}"#)]
    #[case(r#"{"subscription":true,"monthly":{"uncapped":false}}"#)]
    #[case(r#"{"subscription":true,"monthly":{"uncapped":"true"}}"#)]
    #[case(r#"{"subscription":true,"monthly":{"uncapped":true,"usage":1,"cap":2}}"#)]
    #[case(r#"{"subscription":true,"monthly":{"usage":1,"cap":2,"reset_at":"+99999-01-01T00:00:00"}}"#)]
    #[case("[true,false,3.0]")]
    #[case(r#"{"detail":"Not now"}"#)]
    fn what_is_not_understood(#[case] text: &str) {
        assert!(parse(text).is_err(), "{text}");
    }

    proptest! {
        #[test]
        fn nothing_panics(body in any::<Vec<u8>>(), usage in any::<f64>(), cap in any::<f64>(), year in 0..99_999) {
            let _either_way = parse_object::<SubscriptionUsage>(&body);
            let text = serde_json::json!({
                "subscription": true,
                "anchor_date": format!("{year:04}-12-31T00:00:00"),
                "monthly": { "usage": usage, "cap": cap },
            });
            if let Ok(Some(plan)) = parse(&text.to_string()) {
                prop_assert!(plan.monthly.cap().is_some_and(|cap| cap.cap >= 0.0));
            }
        }
    }
}
