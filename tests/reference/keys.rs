//! The keys of each screen, the signs, and the words of the filter, from the tables that the help is drawn from.

use chutes_top::app::filter::WORDS;
use chutes_top::app::help::Sign;
use chutes_top::app::keymap::{BINDINGS, Mode, bindings};
use chutes_top::ui::marks::Marks;

use crate::table;

pub(crate) fn page() -> String {
    let mut page = "# Keys and signs\n\nThe program shows the same with `?`.\n".to_owned();
    for mode in modes() {
        let keys = bindings(mode).map(|binding| vec![keys(binding.keys), binding.does.to_owned()]);
        page += &format!("\n## {}\n\n{}", title(mode), table(&["key", "does"], keys));
    }
    let signs = Sign::ALL.map(|sign| {
        let code = |mark: &str| format!("`{mark}`");
        vec![code(Marks::UNICODE.sign(sign)), code(Marks::ASCII.sign(sign)), sign.meaning().to_owned()]
    });
    page += "\n## Signs\n\nThe second are for terminals without Unicode.\n\n";
    page += &table(&["sign", "plain", "means"], signs);
    let words = WORDS.iter().map(|(word, does)| vec![format!("`{word}`"), (*does).to_owned()]);
    page + "\n## Words of the filter\n\nAll of them must hold.\n\n" + &table(&["word", "holds for"], words)
}

/// The screens that have keys, in the order in which the table comes to them.
fn modes() -> Vec<Mode> {
    let mut modes = vec![Mode::List, Mode::Details, Mode::Filter, Mode::Help, Mode::Welcome];
    for mode in BINDINGS.iter().flat_map(|binding| binding.modes) {
        if !modes.contains(mode) {
            modes.push(*mode);
        }
    }
    modes
}

fn title(mode: Mode) -> String {
    match mode {
        Mode::List => "The list".to_owned(),
        Mode::Details => "Details".to_owned(),
        Mode::Filter => "While the filter is typed".to_owned(),
        Mode::Help => "The help".to_owned(),
        Mode::Welcome => "Without a key".to_owned(),
        Mode::Key => "While a key is typed".to_owned(),
        #[allow(unreachable_patterns, reason = "a screen that is added has a page before it has a title")]
        other => format!("{other:?}"),
    }
}

fn keys(keys: &str) -> String {
    keys.split(' ').map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" ")
}
