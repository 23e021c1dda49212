//! The tier: which plan a daily quota belongs to.

use crate::domain::quota::Quota;

/// A plan, told from the daily quota.
///
/// The quotas are those of the server's `api/config/__init__.py`: base 300, plus 2000, pro 5000;
/// 200 is the legacy plan. One more than a plan's quota is that plan's custom form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// The plan.
    pub name: TierName,
    /// Whether it is the custom form of the plan.
    pub custom: bool,
}

/// The plans, from the smallest daily quota to none at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TierName {
    /// No request is included: quota 0.
    PayAsYouGo,
    /// 200 requests a day.
    Legacy,
    /// 300 requests a day.
    Base,
    /// 2,000 requests a day.
    Plus,
    /// 5,000 requests a day.
    Pro,
    /// No daily limit: a free or invoiced account.
    Unlimited,
    /// Any other quota, or none known.
    Unknown,
}

impl Tier {
    /// Of a credential of which no quota is known.
    pub const UNKNOWN: Self = Self { name: TierName::Unknown, custom: false };

    /// The tier that a daily quota belongs to.
    #[must_use]
    pub fn from_quota(quota: Quota) -> Self {
        let (name, custom) = match quota {
            Quota::Unlimited => (TierName::Unlimited, false),
            Quota::Finite(0) => (TierName::PayAsYouGo, false),
            Quota::Finite(n @ (200 | 201)) => (TierName::Legacy, n == 201),
            Quota::Finite(n @ (300 | 301)) => (TierName::Base, n == 301),
            Quota::Finite(n @ (2000 | 2001)) => (TierName::Plus, n == 2001),
            Quota::Finite(n @ (5000 | 5001)) => (TierName::Pro, n == 5001),
            Quota::Finite(_) => (TierName::Unknown, false),
        };
        Self { name, custom }
    }

    /// The tier as the screen names it: `pro custom`, `pay as you go`, `?`.
    #[must_use]
    pub fn label(self) -> &'static str {
        match (self.name, self.custom) {
            (TierName::PayAsYouGo, _) => "pay as you go",
            (TierName::Legacy, false) => "legacy",
            (TierName::Legacy, true) => "legacy custom",
            (TierName::Base, false) => "base",
            (TierName::Base, true) => "base custom",
            (TierName::Plus, false) => "plus",
            (TierName::Plus, true) => "plus custom",
            (TierName::Pro, false) => "pro",
            (TierName::Pro, true) => "pro custom",
            (TierName::Unlimited, _) => "unlimited",
            (TierName::Unknown, _) => "?",
        }
    }
}

impl Tier {
    /// The label where there is little room: `payg` for `pay as you go`, as the filter knows it.
    #[must_use]
    pub fn short_label(self) -> &'static str {
        if self.name == TierName::PayAsYouGo { "payg" } else { self.label() }
    }
}

impl TierName {
    /// The name in JSON and in filters: `pay_as_you_go`, `unknown`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PayAsYouGo => "pay_as_you_go",
            Self::Legacy => "legacy",
            Self::Base => "base",
            Self::Plus => "plus",
            Self::Pro => "pro",
            Self::Unlimited => "unlimited",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Quota::Finite(0), TierName::PayAsYouGo, false)]
    #[case(Quota::Finite(1), TierName::Unknown, false)]
    #[case(Quota::Finite(199), TierName::Unknown, false)]
    #[case(Quota::Finite(200), TierName::Legacy, false)]
    #[case(Quota::Finite(201), TierName::Legacy, true)]
    #[case(Quota::Finite(202), TierName::Unknown, false)]
    #[case(Quota::Finite(300), TierName::Base, false)]
    #[case(Quota::Finite(301), TierName::Base, true)]
    #[case(Quota::Finite(2000), TierName::Plus, false)]
    #[case(Quota::Finite(2001), TierName::Plus, true)]
    #[case(Quota::Finite(5000), TierName::Pro, false)]
    #[case(Quota::Finite(5001), TierName::Pro, true)]
    #[case(Quota::Finite(5002), TierName::Unknown, false)]
    #[case(Quota::Finite(u64::MAX), TierName::Unknown, false)]
    #[case(Quota::Unlimited, TierName::Unlimited, false)]
    fn each_quota_has_one_tier(#[case] quota: Quota, #[case] name: TierName, #[case] custom: bool) {
        assert_eq!(Tier::from_quota(quota), Tier { name, custom });
    }
}
