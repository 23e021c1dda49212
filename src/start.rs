//! What the files and the dashboard have to do with each other: the settings that it starts with, how they are read
//! again, and where what was changed is kept. Here, because no room knows both.

use std::path::PathBuf;
use std::sync::Arc;

use crate::app::configured::{Kept, View as AppView};
use crate::app::list::{Sort, SortKey};
use crate::app::themes::Themes;
use crate::cli::{Cli, SortBy};
use crate::config::{Files, Settings, State, View, file, state};
use crate::environment::Environment;
use crate::runtime::Keep;
use crate::runtime::reload::{Configuration, Live, Read};

/// Reads what the dashboard was left with into `files`, and gives where it is kept. The demo has nothing of the kind.
pub(crate) fn state(args: &Cli, environment: &Environment, files: &mut Files) -> Option<PathBuf> {
    let path = state::path(environment).filter(|_| !args.global.demo)?;
    match State::read(&path, environment) {
        Ok(state) => files.state = state,
        Err(said) => files.config.notices.push(said),
    }
    Some(path)
}

/// Keeps what was changed in the file at `path`, over what is there.
pub(crate) fn keep(path: PathBuf) -> Keep {
    Keep(Arc::new(move |kept: Kept| {
        let state = State {
            interval: kept.interval,
            order: kept.sort.map(|sort| (sort_by(sort.key), sort.reversed)),
            filter: kept.filter,
            theme: kept.theme,
        };
        if state == State::default() {
            return;
        }
        // Read anew: another instance may have ended since.
        let earlier = State::read(&path, &Environment::default()).unwrap_or_default();
        if let Err(error) = state.over(earlier).write(&path) {
            tracing::warn!(%error, "what was changed cannot be kept");
        }
    }))
}

/// The configuration as it is watched. `None` when there is no place for one.
pub(crate) fn configuration(
    args: &Cli,
    environment: &Environment,
    files: Files,
    settings: &Settings,
    view: &View,
) -> Option<Configuration> {
    let path = args.global.config.clone().or_else(|| file::default_path(environment))?;
    let at_start = live(&files, settings, view);
    let (global, dashboard, environment, state) =
        (args.global.clone(), args.dashboard.clone(), environment.clone(), files.state);
    let read: Read = Arc::new(move || {
        let files =
            Files { state: state.clone(), ..Files::read(&global, &environment).map_err(|error| error.to_string())? };
        let settings = Settings::resolve(&global, &environment, &files).map_err(|error| error.to_string())?;
        let view = View::resolve(&dashboard, &environment, &files).map_err(|error| error.to_string())?;
        Ok(live(&files, &settings, &view))
    });
    Some(Configuration { path, live: at_start, read })
}

/// The settings as they are now.
fn live(files: &Files, settings: &Settings, view: &View) -> Live {
    let config = &files.config;
    let log =
        (config.log_file.as_ref().map(|placed| &placed.value), config.log_level.as_ref().map(|placed| placed.value));
    // Without their lines, which change when anything above them does.
    let credentials: Vec<_> = config.credentials.iter().map(|table| (&table.label, &table.source)).collect();
    Live {
        interval: settings.interval,
        masked: view.masked,
        view: app_view(view),
        themes: themes(view),
        later: vec![
            ("api_url", settings.api_base.to_string()),
            ("max_requests_per_minute", format!("{:?}", settings.requests_per_minute)),
            ("history", format!("{:?}", settings.history)),
            ("ascii", view.ascii.to_string()),
            ("log_file or log_level", format!("{log:?}")),
            ("credentials", format!("{credentials:?}")),
        ],
        notices: config.notices.clone(),
    }
}

/// How the app sorts and filters at the start.
pub(crate) fn app_view(view: &View) -> AppView {
    AppView { sort: Sort { key: sort_key(view.sort), reversed: view.reverse }, filter: view.filter.clone() }
}

/// The themes that there are, and the one to start with.
pub(crate) fn themes(view: &View) -> Themes {
    Themes::new(view.themes.clone(), &view.theme, view.depth)
}

/// Each way to sort by, as the app and as the files call it.
const SORTS: [(SortKey, SortBy); 5] = [
    (SortKey::Configured, SortBy::Configured),
    (SortKey::Name, SortBy::Name),
    (SortKey::Tier, SortBy::Tier),
    (SortKey::Left, SortBy::Left),
    (SortKey::Age, SortBy::Age),
];

fn sort_key(by: SortBy) -> SortKey {
    SORTS.iter().find(|(_, known)| *known == by).map(|(key, _)| *key).unwrap_or_default()
}

fn sort_by(key: SortKey) -> SortBy {
    SORTS.iter().find(|(known, _)| *known == key).map_or(SortBy::Configured, |(_, by)| *by)
}
