//! How the dashboard starts: what is sorted, filtered, masked, how it is laid out, and with which signs and colours it
//! is drawn.

use super::origin::{Chosen, Origin};
use super::{ConfigError, Files, colours};
use crate::cli::DashboardArgs;
use crate::domain::view::{self, Sort};
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
    /// How rows are sorted, which are shown, and how they are laid out.
    pub shown: view::View,
    /// Whether the terminal's title names the worst credential.
    pub title: bool,
    /// The name of the theme, one of `themes`.
    pub theme: String,
    /// Every theme: those of the program, then those of the configuration file.
    pub themes: Vec<Palette>,
    /// How many colours to use.
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
        let themes: Vec<Palette> = built_in().into_iter().chain(config.themes.iter().cloned()).collect();
        let theme = theme(args, files, &themes)?;
        let mask = args.mask.then(|| Chosen::flag(true, "--mask"));
        let mask = mask.or_else(|| config.chosen(config.mask.as_ref())).unwrap_or_default();
        let ascii = args.ascii.then(|| Chosen::flag(true, "--ascii"));
        let ascii = ascii.or_else(|| config.chosen(config.ascii.as_ref())).unwrap_or(Chosen::by_default(is_plain));
        let mouse = args.mouse.then(|| Chosen::flag(true, "--mouse"));
        let mouse = mouse.or_else(|| config.chosen(config.mouse.as_ref())).unwrap_or_default();
        let title = args.no_title.then(|| Chosen::flag(false, "--no-title"));
        let title = title.or_else(|| config.chosen(config.title.as_ref())).unwrap_or(Chosen::by_default(true));
        let is_ordered = config.sort.is_some() || config.reverse.is_some();
        let order = state.sort.filter(|_| !is_ordered);
        let sort = config.or_kept(config.sort.as_ref(), order.map(|sort| sort.key));
        let reverse = config.or_kept(config.reverse.as_ref(), order.map(|sort| sort.reversed));
        let filter = config.or_kept(config.filter.as_ref(), state.filter.clone());
        let quick = config.or_kept(config.quick.as_ref(), state.quick);
        let layout = args.layout.map(|shape| Chosen::flag(shape, "--layout"));
        let layout = layout.unwrap_or_else(|| config.or_kept(config.layout.as_ref(), state.shape));
        Ok(Self {
            depth: colours::depth(environment, args.theme.is_some()),
            theme: theme.value,
            themes,
            masked: mask.value,
            ascii: ascii.value,
            mouse: mouse.value,
            title: title.value,
            shown: view::View {
                sort: Sort { key: sort.value, reversed: reverse.value },
                filter: filter.value,
                quick: quick.value,
                shape: layout.value,
            },
            origins: [
                ("mask", mask.origin),
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

/// The theme: from the flag, the configuration file, the dashboard's last one if it still exists, or else the
/// terminal's own colours.
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
        return among(Chosen::flag(name.clone(), "--theme"), "--theme".to_owned());
    }
    if let Some(chosen) = files.config.chosen(files.config.theme.as_ref()) {
        let source = format!("{}: theme", chosen.origin);
        return among(chosen, source);
    }
    let kept = files.state.theme.clone().filter(|name| is_there(name));
    Ok(kept.map_or_else(|| Chosen::by_default(AUTO.to_owned()), Chosen::kept))
}
