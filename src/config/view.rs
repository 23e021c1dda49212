//! How the dashboard starts: what is sorted, filtered, masked, how it is laid out, and with which signs and colours it
//! is drawn.

use super::file::Quick;
use super::origin::{Chosen, Origin};
use super::{ConfigError, ConfigFile, Files, colours};
use crate::cli::{DashboardArgs, LayoutName, SortBy};
use crate::environment::Environment;
use crate::palette::{AUTO, Depth, Palette, built_in};

/// How the dashboard starts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, each with a key of its own")]
pub struct View {
    /// Whether names and balances are masked.
    pub masked: bool,
    /// Whether only ASCII signs are drawn; by default where the locale knows no others.
    pub ascii: bool,
    /// Whether the mouse is listened to.
    pub mouse: bool,
    /// How the credentials are laid out.
    pub layout: LayoutName,
    /// What rows are sorted by.
    pub sort: SortBy,
    /// Whether the other way round.
    pub reverse: bool,
    /// The filter; empty: every row.
    pub filter: String,
    /// Which rows the key `f` shows.
    pub quick: Quick,
    /// Whether the terminal's title tells the worst credential.
    pub title: bool,
    /// The name of the theme, one of `themes`.
    pub theme: String,
    /// Every theme: those of the program, then those of the configuration file.
    pub themes: Vec<Palette>,
    /// How many colours are to be seen.
    pub depth: Depth,
    /// Where each of these comes from, by its key in the configuration file.
    origins: [(&'static str, Origin); 10],
}

impl View {
    /// What is asked for: the arguments win, then the configuration file, then what was last changed in the
    /// dashboard. What the file says of the order it says as a whole: a `sort` there leaves nothing to the state.
    ///
    /// # Errors
    ///
    /// When there is no theme of the name that the arguments or the configuration file give.
    pub fn resolve(args: &DashboardArgs, environment: &Environment, files: &Files) -> Result<Self, ConfigError> {
        let Files { config, state } = files;
        let is_plain = colours::is_dumb(environment) || !environment.is_utf8();
        let masked = switch(config, args.mask, "--mask", config.mask.as_ref(), false);
        let ascii = switch(config, args.ascii, "--ascii", config.ascii.as_ref(), is_plain);
        let mouse = switch(config, args.mouse, "--mouse", config.mouse.as_ref(), false);
        let layout = layout(args.layout, files);
        let themes: Vec<Palette> = built_in().into_iter().chain(config.themes.iter().cloned()).collect();
        let theme = theme(args, files, &themes)?;
        let left = |value| Chosen { value, origin: Origin::State };
        let is_ordered = config.sort.is_some() || config.reverse.is_some();
        let kept = state.order.filter(|_| !is_ordered);
        let sort = config
            .chosen(config.sort.as_ref())
            .or_else(|| kept.map(|(value, _)| Chosen { value, origin: Origin::State }));
        let sort = sort.unwrap_or(Chosen { value: SortBy::Configured, origin: Origin::Default });
        let reverse = config
            .chosen(config.reverse.as_ref())
            .or_else(|| kept.map(|(_, value)| Chosen { value, origin: Origin::State }));
        let reverse = reverse.unwrap_or_default();
        let filter = config.chosen(config.filter.as_ref()).or_else(|| state.filter.clone().map(left));
        let filter = filter.unwrap_or_default();
        let quick = config
            .chosen(config.quick.as_ref())
            .or_else(|| state.quick.map(|value| Chosen { value, origin: Origin::State }));
        let quick = quick.unwrap_or_default();
        let title = if args.no_title {
            Chosen { value: false, origin: Origin::Flag("--no-title") }
        } else {
            config.chosen(config.title.as_ref()).unwrap_or(Chosen { value: true, origin: Origin::Default })
        };
        Ok(Self {
            depth: colours::depth(environment, args.theme.is_some()),
            theme: theme.value,
            themes,
            masked: masked.value,
            ascii: ascii.value,
            mouse: mouse.value,
            layout: layout.value,
            sort: sort.value,
            reverse: reverse.value,
            filter: filter.value,
            quick: quick.value,
            title: title.value,
            origins: [
                ("mask", masked.origin),
                ("ascii", ascii.origin),
                ("mouse", mouse.origin),
                ("layout", layout.origin),
                ("sort", sort.origin),
                ("reverse", reverse.origin),
                ("filter", filter.origin),
                ("quick", quick.origin),
                ("theme", theme.origin),
                ("title", title.origin),
            ],
        })
    }

    /// Where the value of a key of the configuration file comes from; `None` for a key that is not settled here.
    #[must_use]
    pub fn origin(&self, key: &str) -> Option<&Origin> {
        self.origins.iter().find(|(known, _)| *known == key).map(|(_, origin)| origin)
    }
}

fn layout(flag: Option<LayoutName>, Files { config, state }: &Files) -> Chosen<LayoutName> {
    let flag = flag.map(|value| Chosen { value, origin: Origin::Flag("--layout") });
    let left = state.layout.map(|value| Chosen { value, origin: Origin::State });
    flag.or_else(|| config.chosen(config.layout.as_ref())).or(left).unwrap_or_default()
}

/// The theme that the flag names, or else the configuration file, or else the one that the dashboard was left with if it
/// is still there, or else the terminal's own colours.
fn theme(args: &DashboardArgs, files: &Files, themes: &[Palette]) -> Result<Chosen<String>, ConfigError> {
    let is_there = |name: &str| themes.iter().any(|theme| theme.name == name);
    let among = |chosen: Chosen<String>, source: String| {
        if is_there(&chosen.value) {
            return Ok(chosen);
        }
        let names: Vec<&str> = themes.iter().map(|theme| theme.name.as_str()).collect();
        Err(ConfigError::new(&source, format!("expected one of {}", names.join(", "))))
    };
    if let Some(name) = &args.theme {
        let origin = Origin::Flag("--theme");
        return among(Chosen { value: name.clone(), origin: origin.clone() }, origin.to_string());
    }
    if let Some(chosen) = files.config.chosen(files.config.theme.as_ref()) {
        let source = format!("{}: theme", chosen.origin);
        return among(chosen, source);
    }
    let left = files.state.theme.clone().filter(|name| is_there(name));
    let left = left.map(|value| Chosen { value, origin: Origin::State });
    Ok(left.unwrap_or(Chosen { value: AUTO.to_owned(), origin: Origin::Default }))
}

/// A flag that can only switch on, or else the file, or else `value`.
fn switch(
    config: &ConfigFile,
    flag: bool,
    name: &'static str,
    written: Option<&super::file::Placed<bool>>,
    value: bool,
) -> Chosen<bool> {
    if flag {
        return Chosen { value: true, origin: Origin::Flag(name) };
    }
    config.chosen(written).unwrap_or(Chosen { value, origin: Origin::Default })
}
