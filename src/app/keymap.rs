//! The keys: one table that the handling, the footer and the help read, so that they cannot drift.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What has the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The screen that says how to set a key.
    Welcome,
    /// A key is being typed there: what is not bound is part of it.
    Key,
    /// The gauges.
    List,
    /// Everything known of one credential.
    Details,
    /// The help, over any other.
    Help,
    /// The filter is being edited: a key that is not bound is text.
    Filter,
}

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Leave the program.
    Quit,
    /// Close what is in front, or clear the filter.
    Back,
    /// Open or close the help.
    ToggleHelp,
    /// Move the selection, or scroll.
    Move(Motion),
    /// Show the details of the credential before the selected one.
    Previous,
    /// Show the details of the credential after the selected one.
    Next,
    /// Show the details of the selected credential.
    OpenDetails,
    /// Ask for the selected credential now.
    Refresh,
    /// Ask for every credential now.
    RefreshAll,
    /// Pause or resume polling.
    TogglePause,
    /// Poll less often.
    LongerInterval,
    /// Poll more often.
    ShorterInterval,
    /// Go to the next sort key.
    NextSort,
    /// Turn the order round.
    ReverseSort,
    /// Go to the next quick filter.
    NextQuickFilter,
    /// Start to edit the filter.
    EditFilter,
    /// Stop editing and keep the filter.
    KeepFilter,
    /// Stop editing and clear the text of the filter.
    DropFilter,
    /// Show what is used, or what remains.
    ToggleRemaining,
    /// Show resets as a countdown, or by the clock.
    ToggleClock,
    /// Show names, or numbers instead of them.
    ToggleMask,
    /// Lay the credentials out in the next way.
    NextLayout,
    /// Draw in the colours of the next theme.
    NextTheme,
    /// Look further back, or, from the furthest, the least far.
    NextSpan,
    /// Look at the next window of the selected credential.
    NextWindow,
    /// Copy the selected row.
    CopyRow,
    /// Start the demo.
    StartDemo,
    /// Begin to type a key.
    TypeKey,
    /// Test the key that was typed, and keep it.
    TryKey,
    /// Delete what was typed.
    ClearKey,
    /// Give it up.
    DropKey,
    /// Redraw the screen.
    Redraw,
    /// Suspend to the shell.
    Suspend,
}

/// A movement of the selection, or of the text of help and details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Motion {
    /// A row up.
    Up,
    /// A row down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the first row.
    First,
    /// To the last row.
    Last,
}

/// One key, with or without Ctrl. Shift is part of the character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    /// The key.
    pub code: KeyCode,
    /// Whether Ctrl is held.
    pub ctrl: bool,
}

/// What some keys do, and where.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// The keys as they are written, apart by a space: `R Ctrl-R`.
    pub keys: &'static str,
    /// What they do, for the help.
    pub does: &'static str,
    /// The same in a word, for the footer; empty: not in the footer.
    pub short: &'static str,
    /// What they ask for.
    pub action: Action,
    /// The keys as they come in.
    pub chords: &'static [Chord],
    /// Where they do it.
    pub modes: &'static [Mode],
}

impl Binding {
    /// The first of the keys, for the footer: `R`.
    #[must_use]
    pub fn key(&self) -> &'static str {
        self.keys.split(' ').next().unwrap_or(self.keys)
    }
}

const fn key(code: KeyCode) -> Chord {
    Chord { code, ctrl: false }
}

const fn char(c: char) -> Chord {
    key(KeyCode::Char(c))
}

const fn ctrl(c: char) -> Chord {
    Chord { code: KeyCode::Char(c), ctrl: true }
}

const EVERYWHERE: &[Mode] = &[Mode::Welcome, Mode::Key, Mode::List, Mode::Details, Mode::Help, Mode::Filter];
const WELCOME: &[Mode] = &[Mode::Welcome];
const KEY: &[Mode] = &[Mode::Key];
const NOT_TYPING: &[Mode] = &[Mode::Welcome, Mode::List, Mode::Details, Mode::Help];
const MOVING: &[Mode] = &[Mode::List, Mode::Details, Mode::Help];
const CREDENTIALS: &[Mode] = &[Mode::List, Mode::Details];
const LIST: &[Mode] = &[Mode::List];
const DETAILS: &[Mode] = &[Mode::Details];
const FILTER: &[Mode] = &[Mode::Filter];

/// A binding, on one line of the table below.
const fn bind(
    keys: &'static str,
    chords: &'static [Chord],
    action: Action,
    modes: &'static [Mode],
    short: &'static str,
    does: &'static str,
) -> Binding {
    Binding { keys, does, short, action, chords, modes }
}

/// Every key of the dashboard, in the order of the footer and the help.
pub static BINDINGS: &[Binding] = &[
    bind("Enter", &[key(KeyCode::Enter)], Action::TypeKey, WELCOME, "key", "type a key, or paste one"),
    bind("d", &[char('d')], Action::StartDemo, WELCOME, "demo", "start the demo"),
    bind("Enter", &[key(KeyCode::Enter)], Action::TryKey, KEY, "test and keep", "test the key and keep it"),
    bind("Esc", &[key(KeyCode::Esc)], Action::DropKey, KEY, "cancel", "do without"),
    bind("Ctrl-U", &[ctrl('u')], Action::ClearKey, KEY, "clear", "take back what was typed"),
    bind("Enter", &[key(KeyCode::Enter)], Action::KeepFilter, FILTER, "keep", "keep the filter and stop editing"),
    bind("Esc", &[key(KeyCode::Esc)], Action::DropFilter, FILTER, "clear", "clear the text and stop editing"),
    bind("Up", &[key(KeyCode::Up)], Action::Move(Motion::Up), FILTER, "", "a row up"),
    bind("Down", &[key(KeyCode::Down)], Action::Move(Motion::Down), FILTER, "", "a row down"),
    bind("PgUp", &[key(KeyCode::PageUp)], Action::Move(Motion::PageUp), FILTER, "", "a page up"),
    bind("PgDn", &[key(KeyCode::PageDown)], Action::Move(Motion::PageDown), FILTER, "", "a page down"),
    bind("/", &[char('/')], Action::EditFilter, LIST, "filter", "filter by name, tier or state"),
    bind("f", &[char('f')], Action::NextQuickFilter, LIST, "show", "show all, low, exhausted, failed"),
    bind("s", &[char('s')], Action::NextSort, LIST, "sort", "sort by the next key"),
    bind("S", &[char('S')], Action::ReverseSort, LIST, "", "turn the order round"),
    bind("r", &[char('r')], Action::Refresh, CREDENTIALS, "refresh", "refresh this key"),
    bind("R Ctrl-R", &[char('R'), ctrl('r')], Action::RefreshAll, CREDENTIALS, "all", "refresh every key"),
    bind("Enter", &[key(KeyCode::Enter)], Action::OpenDetails, LIST, "details", "details of this key"),
    bind("Esc", &[key(KeyCode::Esc)], Action::Back, LIST, "", "clear the filter"),
    bind("Esc", &[key(KeyCode::Esc)], Action::Back, DETAILS, "back", "back to the list"),
    bind("Esc", &[key(KeyCode::Esc)], Action::Back, &[Mode::Help], "close", "close the help"),
    bind("Left", &[key(KeyCode::Left)], Action::Previous, DETAILS, "", "the key before"),
    bind("Right", &[key(KeyCode::Right)], Action::Next, DETAILS, "", "the key after"),
    bind("Up k", &[key(KeyCode::Up), char('k')], Action::Move(Motion::Up), MOVING, "", "a row up"),
    bind("Down j", &[key(KeyCode::Down), char('j')], Action::Move(Motion::Down), MOVING, "", "a row down"),
    bind("PgUp", &[key(KeyCode::PageUp)], Action::Move(Motion::PageUp), MOVING, "", "a page up"),
    bind("PgDn", &[key(KeyCode::PageDown)], Action::Move(Motion::PageDown), MOVING, "", "a page down"),
    bind("g Home", &[char('g'), key(KeyCode::Home)], Action::Move(Motion::First), MOVING, "", "to the first row"),
    bind("G End", &[char('G'), key(KeyCode::End)], Action::Move(Motion::Last), MOVING, "", "to the last row"),
    bind("w", &[char('w')], Action::NextSpan, DETAILS, "span", "the past of 4h, 24h, 7d, 30d"),
    bind("Tab", &[key(KeyCode::Tab)], Action::NextWindow, DETAILS, "window", "the past of the next window"),
    bind("p", &[char('p')], Action::TogglePause, CREDENTIALS, "pause", "pause or resume polling"),
    bind("+ =", &[char('+'), char('=')], Action::LongerInterval, CREDENTIALS, "", "poll less often"),
    bind("-", &[char('-')], Action::ShorterInterval, CREDENTIALS, "", "poll more often"),
    bind("u", &[char('u')], Action::ToggleRemaining, CREDENTIALS, "", "what is used, or what remains"),
    bind("c", &[char('c')], Action::ToggleClock, CREDENTIALS, "", "countdown, or clock time of the reset"),
    bind("v", &[char('v')], Action::NextLayout, LIST, "", "layout: full, compact, line, big"),
    bind("x", &[char('x')], Action::ToggleMask, CREDENTIALS, "", "mask the names, for screen sharing"),
    bind("t", &[char('t')], Action::NextTheme, NOT_TYPING, "", "draw in the next theme"),
    bind("y", &[char('y')], Action::CopyRow, CREDENTIALS, "", "copy this row, without anything of the key"),
    bind("?", &[char('?')], Action::ToggleHelp, NOT_TYPING, "help", "this help"),
    bind("F1", &[key(KeyCode::F(1))], Action::ToggleHelp, EVERYWHERE, "", "this help"),
    bind("Ctrl-L", &[ctrl('l')], Action::Redraw, EVERYWHERE, "", "draw the screen anew"),
    bind("Ctrl-Z", &[ctrl('z')], Action::Suspend, EVERYWHERE, "", "suspend to the shell"),
    bind("q", &[char('q')], Action::Quit, NOT_TYPING, "quit", "quit"),
    bind("Ctrl-C", &[ctrl('c')], Action::Quit, EVERYWHERE, "", "quit"),
];

/// The bindings of a mode, in the order of the footer and the help.
pub fn bindings(mode: Mode) -> impl Iterator<Item = &'static Binding> {
    BINDINGS.iter().filter(move |binding| binding.modes.contains(&mode))
}

/// What a key asks for in a mode; `None`: it is not bound there.
#[must_use]
pub fn action(mode: Mode, event: KeyEvent) -> Option<Action> {
    let chord = Chord::of(event)?;
    bindings(mode).find(|binding| binding.chords.contains(&chord)).map(|binding| binding.action)
}

impl Chord {
    /// The chord that a key event stands for. None is bound with Alt or Super, nor with `AltGr`, which
    /// some terminals report as Ctrl and Alt.
    ///
    /// A terminal that reports every modifier says Shift with `R`, or with `r`; both are `R` here.
    /// With Ctrl the case means nothing.
    fn of(event: KeyEvent) -> Option<Self> {
        let modifiers = event.modifiers;
        if modifiers.intersects(!(KeyModifiers::CONTROL | KeyModifiers::SHIFT)) {
            return None;
        }
        let ctrl = modifiers.contains(KeyModifiers::CONTROL);
        let code = match event.code {
            KeyCode::Char(c) if ctrl => KeyCode::Char(c.to_ascii_lowercase()),
            KeyCode::Char(c) if modifiers.contains(KeyModifiers::SHIFT) => KeyCode::Char(c.to_ascii_uppercase()),
            other => other,
        };
        Some(Self { code, ctrl })
    }
}
