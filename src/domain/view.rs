//! How the credentials are shown: in which order, which of them, and in which layout. The command line and the
//! configuration file name these, the dashboard's keys change them.

use std::time::Duration;

use crate::domain::filter::State;

/// What the rows are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub enum SortKey {
    /// The order of the configuration.
    #[default]
    Configured,
    /// The name, without regard to case; numbers in it count as numbers.
    Name,
    /// The tier, from the smallest quota to none.
    Tier,
    /// The part that is left of the window that binds, the least first.
    Left,
    /// The age of the numbers, the oldest first.
    Age,
}

impl SortKey {
    /// All of them, in the order of the key `s`.
    pub const ALL: [Self; 5] = [Self::Configured, Self::Name, Self::Tier, Self::Left, Self::Age];

    /// Its name on the screen and in files.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Configured => "configured",
            Self::Name => "name",
            Self::Tier => "tier",
            Self::Left => "left",
            Self::Age => "age",
        }
    }

    /// The next one; after the last, the first.
    #[must_use]
    pub fn next(self) -> Self {
        following(&Self::ALL, self)
    }
}

/// How the rows are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Sort {
    /// By what.
    pub key: SortKey,
    /// Whether in reverse.
    pub reversed: bool,
}

/// The filters that the key `f` goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub enum QuickFilter {
    /// Every row.
    #[default]
    All,
    /// `is:low`.
    Low,
    /// `is:exhausted`.
    Exhausted,
    /// `is:error`.
    Error,
}

impl QuickFilter {
    /// All of them, in the order of the key `f`.
    pub const ALL: [Self; 4] = [Self::All, Self::Low, Self::Exhausted, Self::Error];

    /// Its name on the screen and in files.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Low => "low",
            Self::Exhausted => "exhausted",
            Self::Error => "error",
        }
    }

    /// The next one; after the last, the first.
    #[must_use]
    pub fn next(self) -> Self {
        following(&Self::ALL, self)
    }

    /// The state of the rows that it shows; `None`: every row.
    #[must_use]
    pub fn state(self) -> Option<State> {
        match self {
            Self::All => None,
            Self::Low => Some(State::Low),
            Self::Exhausted => Some(State::Exhausted),
            Self::Error => Some(State::Error),
        }
    }
}

/// How the credentials are laid out, where there is room for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub enum Shape {
    /// A table, with all there is room for.
    #[default]
    Full,
    /// A short line a credential, without titles and rules.
    Compact,
    /// One row for the whole program.
    Line,
    /// One credential, to be read from across the room.
    Big,
}

impl Shape {
    /// All of them, in the order of the key `v`.
    pub const ALL: [Self; 4] = [Self::Full, Self::Compact, Self::Line, Self::Big];

    /// Its name on the screen, on the command line and in files.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Compact => "compact",
            Self::Line => "line",
            Self::Big => "big",
        }
    }

    /// The next one; after the last, the first.
    #[must_use]
    pub fn next(self) -> Self {
        following(&Self::ALL, self)
    }
}

/// How rows are sorted, which are shown, and how they are laid out.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct View {
    /// How rows are sorted.
    pub sort: Sort,
    /// The text of the filter; empty: every row.
    pub filter: String,
    /// The quick filter.
    pub quick: QuickFilter,
    /// How they are laid out.
    pub shape: Shape,
}

/// What the user changed in the dashboard, kept for its next start; `None`: unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Kept {
    /// The poll interval.
    pub interval: Option<Duration>,
    /// How rows are sorted.
    pub sort: Option<Sort>,
    /// The text of the filter; empty: every row.
    pub filter: Option<String>,
    /// The quick filter.
    pub quick: Option<QuickFilter>,
    /// How the credentials are laid out.
    pub shape: Option<Shape>,
    /// The name of the theme.
    pub theme: Option<String>,
}

impl Kept {
    /// These changes over earlier ones.
    #[must_use]
    pub fn over(self, earlier: Self) -> Self {
        Self {
            interval: self.interval.or(earlier.interval),
            sort: self.sort.or(earlier.sort),
            filter: self.filter.or(earlier.filter),
            quick: self.quick.or(earlier.quick),
            shape: self.shape.or(earlier.shape),
            theme: self.theme.or(earlier.theme),
        }
    }
}

/// The one of `all` after `current`; after the last, the first.
fn following<T: Copy + PartialEq>(all: &[T], current: T) -> T {
    let next = all.iter().position(|one| *one == current).map_or(0, |place| place + 1);
    all.get(next).or(all.first()).copied().unwrap_or(current)
}
