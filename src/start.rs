//! What the files and the dashboard have to do with each other: the settings that it starts with, how they are read
//! again, and where what was changed is kept. Here, because no room knows both.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;
use std::sync::Arc;

use crate::app::configured::{Kept, View as AppView};
use crate::app::filter::QuickFilter;
use crate::app::layout::Shape;
use crate::app::list::{Sort, SortKey};
use crate::app::themes::Themes;
use crate::cli::{Cli, LayoutName, SortBy};
use crate::config::{ConfigFile, Files, Settings, State, View, file, state};
use crate::credentials::{self, Found, Store};
use crate::environment::Environment;
use crate::runtime::Keep;
use crate::runtime::first_key::{KeepKey, KeptKey};
use crate::runtime::reload::{Configuration, Find, Live, Read};

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
            quick: kept.quick.map(QuickFilter::state),
            layout: kept.shape.map(layout_name),
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

/// How a key that is typed on the first screen is kept: as `credentials add` does it, under the first label that is
/// nobody's. `None` without a home directory.
pub(crate) fn keep_key(environment: &Environment, config: &ConfigFile) -> Option<KeepKey> {
    Store::of(environment)?;
    let variables = environment.iter().filter_map(|(name, _)| credentials::label_of_variable(name));
    // What stands there and holds no usable key would win over what is kept, or is not ours to replace.
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

/// The configuration as it is watched. `None` when there is no place for one.
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
        view: app_view(view),
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

/// How the app sorts, filters and lays out at the start.
pub(crate) fn app_view(view: &View) -> AppView {
    AppView {
        sort: Sort { key: sort_key(view.sort), reversed: view.reverse },
        filter: view.filter.clone(),
        quick: QuickFilter::of(view.quick),
        shape: shape(view.layout),
    }
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

/// Each layout, as the app and as the files call it.
const LAYOUTS: [(Shape, LayoutName); 4] = [
    (Shape::Full, LayoutName::Full),
    (Shape::Compact, LayoutName::Compact),
    (Shape::Line, LayoutName::Line),
    (Shape::Big, LayoutName::Big),
];

fn shape(layout: LayoutName) -> Shape {
    LAYOUTS.iter().find(|(_, known)| *known == layout).map(|(shape, _)| *shape).unwrap_or_default()
}

fn layout_name(shape: Shape) -> LayoutName {
    LAYOUTS.iter().find(|(known, _)| *known == shape).map(|(_, name)| *name).unwrap_or_default()
}
