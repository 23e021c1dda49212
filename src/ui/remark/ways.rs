//! A remark, in as many ways as there may be room for.

use crate::ui::cells;

/// The ways to say a remark, from the longest.
#[derive(Clone, Debug, Default)]
pub(in crate::ui) struct Remark(pub(super) Vec<String>);

impl Remark {
    /// The longest way that is no wider than `width`, or else the shortest.
    pub(in crate::ui) fn fitting(&self, width: u16) -> &str {
        let fits = self.0.iter().find(|text| cells::width(text) <= width);
        fits.or(self.0.last()).map_or("", String::as_str)
    }

    /// The longest way.
    pub(in crate::ui) fn longest(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }
}

impl From<String> for Remark {
    fn from(text: String) -> Self {
        Self(vec![text])
    }
}

impl From<Vec<String>> for Remark {
    fn from(forms: Vec<String>) -> Self {
        Self(forms)
    }
}

impl<const N: usize> From<[&str; N]> for Remark {
    fn from(forms: [&str; N]) -> Self {
        Self(forms.map(str::to_owned).to_vec())
    }
}
