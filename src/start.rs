//! Joins the configuration to the dashboard: the settings it starts with, how they are read again, and where changes
//! are stored. It is here because no other module knows both.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;
use std::sync::Arc;

use crate::app::themes::Themes;
use crate::cli::Cli;
use crate::config::{ConfigFile, Files, Settings, View, file, state};
use crate::credentials::{self, Found, Store};
use crate::domain::view::Kept;
use crate::environment::Environment;
use crate::runtime::Keep;
use crate::runtime::first_key::{KeepKey, KeptKey};
use crate::runtime::reload::{Configuration, Find, Live, Read};

/// Stores changes in the file at `path`, over those that it holds.
pub(crate) fn keep(path: PathBuf) -> Keep {
    Keep(Arc::new(move |kept: Kept| {
        if kept == Kept::default() {
            return;
        }
        // Read again: another instance may have ended since.
        let earlier = state::read(&path, &Environment::default()).unwrap_or_default();
        if let Err(error) = state::write(&kept.over(earlier), &path) {
            tracing::warn!(%error, "what was changed cannot be kept");
        }
    }))
}

/// Stores a key that is typed on the first screen, as `credentials add` does, under the first free label. `None`
/// without a home directory.
pub(crate) fn keep_key(environment: &Environment, config: &ConfigFile) -> Option<KeepKey> {
    Store::of(environment)?;
    let variables = environment.iter().filter_map(|(name, _)| credentials::label_of_variable(name));
    // A label that is taken there without a usable key would still win over a stored key, or is not ours to replace.
    let taken: BTreeSet<String> =
        variables.chain(config.credentials.iter().map(|table| table.label.to_lowercase())).collect();
    let environment = environment.clone();
    Some(KeepKey(Arc::new(move |key| {
        let store = Store::of(&environment).ok_or("there is no home directory")?;
        let kept = store.labels().map_err(|error| error.to_string())?;
        let is_free = |label: &String| !taken.contains(label) && !kept.iter().any(|(known, _)| known == label);
        let numbered = (2..).map(|number| format!("key{number}"));
        let label = std::iter::once("default".to_owned()).chain(numbered).find(is_free).unwrap_or_default();
        let place = match store.add(&label, key, false)?.kept {
            credentials::Kept::Keyring => "the keyring",
            credentials::Kept::File => &store.shown_from_home(&environment),
        };
        // So short that 80 columns have room for it, and 40 for what matters.
        Ok(KeptKey { notice: format!("{label}: kept in {place}"), label })
    })))
}

/// The configuration to watch. `None` when there is no place for one.
pub(crate) fn configuration(
    args: &Cli,
    environment: &Environment,
    files: Files,
    settings: &Settings,
    view: &View,
    found: &Found,
) -> Option<Configuration> {
    let path = args.global.config.clone().or_else(|| file::default_path(environment))?;
    let at_start = live(&files, settings, view);
    let find = find(args, environment);
    let (global, dashboard, environment, state) =
        (args.global.clone(), args.dashboard.clone(), environment.clone(), files.state);
    let read: Read = Arc::new(move || {
        let files =
            Files { state: state.clone(), ..Files::read(&global, &environment).map_err(|error| error.to_string())? };
        let settings = Settings::resolve(&global, &environment, &files).map_err(|error| error.to_string())?;
        let view = View::resolve(&dashboard, &environment, &files).map_err(|error| error.to_string())?;
        Ok(live(&files, &settings, &view))
    });
    Some(Configuration { path, live: at_start, read, find, is_short: !found.missing.is_empty() })
}

/// How the keys are found again.
fn find(args: &Cli, environment: &Environment) -> Find {
    let (global, environment) = (args.global.clone(), environment.clone());
    Arc::new(move || {
        let file = ConfigFile::read(global.config.as_deref(), &environment).map_err(|error| error.to_string())?;
        credentials::find(global.env_file.as_deref(), &file, &environment).map_err(|error| error.to_string())
    })
}

/// The settings as they are now.
fn live(files: &Files, settings: &Settings, view: &View) -> Live {
    let config = &files.config;
    let log =
        (config.log_file.as_ref().map(|placed| &placed.value), config.log_level.as_ref().map(|placed| placed.value));
    // Without their lines, which change when anything above them does.
    let credentials: Vec<_> = config.credentials.iter().map(|table| (&table.label, &table.source)).collect();
    let mut hasher = DefaultHasher::new();
    format!("{credentials:?}").hash(&mut hasher);
    Live {
        interval: settings.interval,
        masked: view.masked,
        view: view.shown.clone(),
        themes: themes(view),
        rules: settings.rules.clone(),
        credentials: hasher.finish(),
        later: vec![
            ("api_url", settings.api_base.to_string()),
            ("max_requests_per_minute", format!("{:?}", settings.requests_per_minute)),
            ("history", format!("{:?}", settings.history)),
            ("ascii", view.ascii.to_string()),
            ("mouse", view.mouse.to_string()),
            ("log_file or log_level", format!("{log:?}")),
            ("title", view.title.to_string()),
            ("alerts", format!("{:?}", config.alerts)),
        ],
        notices: config.notices.clone(),
    }
}

/// The themes that there are, and the one to start with.
pub(crate) fn themes(view: &View) -> Themes {
    Themes::new(view.themes.clone(), &view.theme, view.depth)
}
