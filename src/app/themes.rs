//! The themes, and which of them is in use.

use crate::app::App;
use crate::palette::{AUTO, Depth, Palette, built_in};

/// The themes, and which of them is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Themes {
    all: Vec<Palette>,
    front: Palette,
    /// The name of the one that the configuration wants.
    told: String,
    depth: Depth,
}

impl Themes {
    /// These themes, using the one of this name, or else the terminal's own colours; `depth` is what the terminal can
    /// show.
    #[must_use]
    pub fn new(all: Vec<Palette>, chosen: &str, depth: Depth) -> Self {
        let front = named(&all, chosen).cloned().unwrap_or_default();
        Self { told: front.name.clone(), all, front, depth }
    }

    /// The one in front.
    #[must_use]
    pub fn front(&self) -> &Palette {
        &self.front
    }

    /// The name of the one in front, where the user has changed it.
    pub(super) fn changed(&self) -> Option<String> {
        (self.front.name != self.told).then(|| self.front.name.clone())
    }

    fn next(&mut self) {
        let place = self.all.iter().position(|palette| palette.name == self.front.name);
        let next = place.and_then(|place| self.all.get(place + 1)).or_else(|| self.all.first());
        self.front = next.cloned().unwrap_or_default();
    }

    /// These themes after an edit of the configuration. The user's choice stays unless the edit chooses another theme.
    pub(super) fn edited(&self, edited: &Self) -> Self {
        let kept = (edited.told == self.told).then(|| named(&edited.all, &self.front.name)).flatten();
        Self { front: kept.unwrap_or(&edited.front).clone(), ..edited.clone() }
    }
}

fn named<'a>(all: &'a [Palette], name: &str) -> Option<&'a Palette> {
    all.iter().find(|palette| palette.name == name)
}

/// Those that the program brings.
impl Default for Themes {
    fn default() -> Self {
        Self::new(built_in(), AUTO, Depth::True)
    }
}

impl App {
    /// Starts with these themes.
    #[must_use]
    pub fn with_themes(self, themes: Themes) -> Self {
        Self { themes, ..self }
    }

    /// The colours to draw in.
    #[must_use]
    pub fn palette(&self) -> &Palette {
        self.themes.front()
    }

    pub(super) fn next_theme(&mut self) {
        self.themes.next();
        let unseen = match self.themes.depth {
            Depth::None => ", but no colours are wanted here, or there are none",
            Depth::Sixteen => ", in the 16 colours of this terminal",
            Depth::Indexed | Depth::True => "",
        };
        self.flash = Some(format!("theme: {}{unseen}", self.palette().name));
    }
}
