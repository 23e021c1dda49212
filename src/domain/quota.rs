//! The daily request quota: how much there is, how much of it is used.

use crate::domain::tier::Tier;

/// The daily limit of a credential, in requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quota {
    /// So many requests a UTC day. The server's number is a 64-bit integer and kept exact.
    Finite(u64),
    /// No daily limit: a free or invoiced account.
    Unlimited,
}

/// A quota and what is used of it, as the server said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuotaUsage {
    quota: Quota,
    used: Option<f64>,
}

/// How close to empty a quota is. The order is by urgency: the most urgent is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Headroom {
    /// There is no daily limit.
    Unlimited,
    /// No request is included (quota 0), so there is nothing to run out of.
    NoQuota,
    /// Enough is left.
    Ok,
    /// The server does not know what is used.
    Unknown,
    /// Less than is low for the credential (20 %, unless configured) is left.
    Low,
    /// Less than is critical for the credential (5 %, unless configured) is left.
    NearlyOut,
    /// Nothing is left until the reset.
    Exhausted,
}

impl QuotaUsage {
    /// A quota and its use in requests. A `used` that is not a finite number is unknown.
    #[must_use]
    pub fn new(quota: Quota, used: Option<f64>) -> Self {
        Self { quota, used: used.filter(|used| used.is_finite()) }
    }

    /// The limit.
    #[must_use]
    pub fn quota(&self) -> Quota {
        self.quota
    }

    /// The limit in requests; `None` when there is none.
    #[must_use]
    pub fn limit(&self) -> Option<u64> {
        match self.quota {
            Quota::Finite(limit) => Some(limit),
            Quota::Unlimited => None,
        }
    }

    /// Requests used, exactly as the server said: it may be fractional (a repeated request counts a
    /// tenth), above the limit, or (never seen) negative. `None` is unknown.
    #[must_use]
    pub fn used(&self) -> Option<f64> {
        self.used
    }

    /// Requests left, held to 0..=limit. `None` when unlimited or unknown.
    #[must_use]
    pub fn remaining(&self) -> Option<f64> {
        let limit = as_f64(self.limit()?);
        Some((limit - self.used?).clamp(0.0, limit))
    }

    /// The part left, within 0.0..=1.0; 0 when the limit is 0. `None` when unlimited or unknown.
    #[must_use]
    pub fn remaining_fraction(&self) -> Option<f64> {
        let limit = as_f64(self.limit()?);
        let remaining = self.remaining()?;
        Some(if limit > 0.0 { (remaining / limit).clamp(0.0, 1.0) } else { 0.0 })
    }

    /// The tier that the limit belongs to.
    #[must_use]
    pub fn tier(&self) -> Tier {
        Tier::from_quota(self.quota)
    }

    /// Whether there is anything to run out of, and anything left of it. What is low is for
    /// [`crate::domain::threshold::Thresholds`] to say.
    #[must_use]
    pub fn headroom(&self) -> Headroom {
        match (self.quota, self.remaining_fraction()) {
            (Quota::Unlimited, _) => Headroom::Unlimited,
            (Quota::Finite(0), _) => Headroom::NoQuota,
            (_, None) => Headroom::Unknown,
            (_, Some(left)) if left <= 0.0 => Headroom::Exhausted,
            (_, Some(_)) => Headroom::Ok,
        }
    }
}

/// A count as a float, for arithmetic. Above 2^53 the nearest float, which is why limits themselves
/// are kept and shown as integers.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "no conversion that keeps 64 bits in a float exists")]
pub fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain(Quota::Finite(2000), Some(12.3), Some(1987.7), Some(0.99385), Headroom::Ok)]
    #[case::full(Quota::Finite(300), Some(0.0), Some(300.0), Some(1.0), Headroom::Ok)]
    #[case::a_fifth(Quota::Finite(100), Some(80.0), Some(20.0), Some(0.2), Headroom::Ok)]
    #[case::nearly(Quota::Finite(100), Some(96.0), Some(4.0), Some(0.04), Headroom::Ok)]
    #[case::exact(Quota::Finite(300), Some(300.0), Some(0.0), Some(0.0), Headroom::Exhausted)]
    #[case::over(Quota::Finite(300), Some(300.9), Some(0.0), Some(0.0), Headroom::Exhausted)]
    #[case::negative(Quota::Finite(300), Some(-5.0), Some(300.0), Some(1.0), Headroom::Ok)]
    #[case::zero(Quota::Finite(0), Some(0.0), Some(0.0), Some(0.0), Headroom::NoQuota)]
    #[case::unknown(Quota::Finite(2000), None, None, None, Headroom::Unknown)]
    #[case::not_a_number(Quota::Finite(2000), Some(f64::NAN), None, None, Headroom::Unknown)]
    #[case::unlimited(Quota::Unlimited, Some(0.0), None, None, Headroom::Unlimited)]
    fn each_answer_has_one_meaning(
        #[case] quota: Quota,
        #[case] used: Option<f64>,
        #[case] remaining: Option<f64>,
        #[case] fraction: Option<f64>,
        #[case] headroom: Headroom,
    ) {
        let usage = QuotaUsage::new(quota, used);
        assert_eq!(usage.remaining(), remaining);
        assert_eq!(usage.remaining_fraction(), fraction);
        assert_eq!(usage.headroom(), headroom);
    }

    #[test]
    fn a_64_bit_limit_is_exact() {
        let usage = QuotaUsage::new(Quota::Finite(9_007_199_254_740_993), Some(0.0));
        assert_eq!(usage.limit(), Some(9_007_199_254_740_993));
    }

    proptest! {
        #[test]
        fn nothing_leaves_its_bounds(limit in any::<u64>(), used in any::<f64>()) {
            let usage = QuotaUsage::new(Quota::Finite(limit), Some(used));
            if let (Some(remaining), Some(fraction)) = (usage.remaining(), usage.remaining_fraction()) {
                prop_assert!((0.0..=as_f64(limit)).contains(&remaining));
                prop_assert!((0.0..=1.0).contains(&fraction));
            } else {
                prop_assert!(!used.is_finite());
            }
        }
    }
}
