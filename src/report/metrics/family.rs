//! A metric family: one name, its help and unit, and its series.

use std::fmt;

use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;
use prometheus_client::registry;

/// The labels of a series, in order.
pub(super) type Labels = Vec<(&'static str, String)>;

/// The unit of a family, which ends its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    None,
    Seconds,
    Ratio,
    Requests,
    Dollars,
}

impl Unit {
    fn registered(self) -> Option<registry::Unit> {
        match self {
            Self::None => None,
            Self::Seconds => Some(registry::Unit::Seconds),
            // Prometheus says `ratio`, where the crate's own unit says `ratios`.
            Self::Ratio => Some(registry::Unit::Other("ratio".to_owned())),
            Self::Requests => Some(registry::Unit::Other("requests".to_owned())),
            Self::Dollars => Some(registry::Unit::Other("dollars".to_owned())),
        }
    }
}

/// One name, and its series.
#[derive(Clone, Debug)]
pub(super) struct Family {
    name: &'static str,
    help: &'static str,
    unit: Unit,
    series: Series,
}

#[derive(Clone, Debug)]
enum Series {
    Gauges(Vec<(Labels, f64)>),
    /// Facts in labels; the value is always 1.
    Infos(Vec<Labels>),
}

impl Family {
    pub(super) fn gauge(
        name: &'static str,
        help: &'static str,
        unit: Unit,
        series: impl IntoIterator<Item = (Labels, f64)>,
    ) -> Self {
        Self { name, help, unit, series: Series::Gauges(series.into_iter().collect()) }
    }

    pub(super) fn info(name: &'static str, help: &'static str, series: impl IntoIterator<Item = Labels>) -> Self {
        Self { name, help, unit: Unit::None, series: Series::Infos(series.into_iter().collect()) }
    }

    /// Writes it, unless there is no series of it.
    pub(super) fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let unit = self.unit.registered();
        match &self.series {
            Series::Gauges(gauges) if !gauges.is_empty() => {
                let mut family = encoder.encode_descriptor(self.name, self.help, unit.as_ref(), MetricType::Gauge)?;
                gauges.iter().try_for_each(|(labels, value)| family.encode_family(labels)?.encode_gauge(value))
            }
            Series::Infos(infos) if !infos.is_empty() => {
                let mut family = encoder.encode_descriptor(self.name, self.help, None, MetricType::Info)?;
                infos.iter().try_for_each(|labels| family.encode_info(labels))
            }
            Series::Gauges(_) | Series::Infos(_) => Ok(()),
        }
    }
}
