//! A screen that the test can read while the dashboard draws on it.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};

use ratatui::backend::{Backend, ClearType, TestBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};

/// A screen, shared by the dashboard that draws on it and the test that reads it.
#[derive(Clone, Debug)]
pub struct Screen(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    backend: TestBackend,
    frames: usize,
}

impl Screen {
    /// An empty screen of that size.
    pub fn new(columns: u16, rows: u16) -> Self {
        Self(Arc::new(Mutex::new(State { backend: TestBackend::new(columns, rows), frames: 0 })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// How many frames were drawn so far.
    pub fn frames(&self) -> usize {
        self.state().frames
    }

    /// Gives the screen another size; the dashboard does not know until it is told.
    pub fn resize(&self, columns: u16, rows: u16) {
        self.state().backend.resize(columns, rows);
    }

    /// Spoils what is on the screen, as another program that writes to the terminal does.
    pub fn scribble(&self) {
        let mut cell = Cell::default();
        cell.set_symbol("#");
        let spoilt: Vec<(u16, u16)> = (0..20).map(|column| (column, 1)).collect();
        let Ok(()) = self.state().backend.draw(spoilt.iter().map(|(column, row)| (*column, *row, &cell)));
    }

    /// The text, a line a row, without spaces at the ends.
    pub fn text(&self) -> String {
        self.rows().iter().map(|row| text_of(row).trim_end().to_owned() + "\n").collect()
    }

    /// The cells of a row, by the column in which each starts. The second half of a wide sign is a blank.
    pub fn cells(&self, row: usize) -> Vec<String> {
        self.rows()[row].iter().map(|cell| cell.symbol().to_owned()).collect()
    }

    /// The text, and under it how every stretch that is not plain is styled: `row columns: style`.
    pub fn styled(&self) -> String {
        let mut out = self.text();
        for (number, row) in self.rows().iter().enumerate() {
            let mut start = 0;
            for end in 1..=row.len() {
                if end < row.len() && looks(&row[end]) == looks(&row[start]) {
                    continue;
                }
                let look = looks(&row[start]);
                if !look.is_empty() {
                    writeln!(out, "{number:>2} {start:>3}..{end:<3}{look}").unwrap();
                }
                start = end;
            }
        }
        out
    }

    /// How every cell is styled: a letter for each style but the commonest, by which plain rows are left out, and
    /// what each stands for.
    pub fn painted(&self) -> Painted {
        let rows: Vec<Vec<String>> = self.rows().iter().map(|row| row.iter().map(looks).collect()).collect();
        let mut styles: Vec<(&str, usize)> = Vec::new();
        for look in rows.iter().flatten() {
            match styles.iter_mut().find(|(known, _)| known == look) {
                Some((_, times)) => *times += 1,
                None => styles.push((look, 1)),
            }
        }
        let base = styles.iter().max_by_key(|(_, times)| *times).map(|(look, _)| *look).unwrap();
        let mut letters = vec![(base, '.')];
        letters.extend(styles.iter().map(|(look, _)| *look).filter(|look| *look != base).zip('a'..));
        let letter = |look: &String| letters.iter().find(|(known, _)| known == look).map_or('#', |(_, sign)| *sign);
        let lines = rows.iter().enumerate().map(|(number, row)| {
            let line: String = row.iter().map(letter).collect();
            (number, line.trim_end_matches('.').to_owned())
        });
        let cells = lines.filter(|(_, line)| !line.is_empty()).map(|(number, line)| format!("{number:>2} {line}\n"));
        let legend =
            letters.iter().map(|(look, letter)| format!("{letter}{}", if look.is_empty() { " plain" } else { look }));
        Painted { cells: cells.collect(), legend: legend.collect::<Vec<_>>().join(", ") }
    }

    fn rows(&self) -> Vec<Vec<Cell>> {
        let state = self.state();
        let buffer = state.backend.buffer();
        let width = usize::from(buffer.area.width.max(1));
        buffer.content.chunks(width).map(<[Cell]>::to_vec).collect()
    }
}

/// The styles of a screen, in letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Painted {
    /// A letter for each cell, row by row, each with its number.
    pub cells: String,
    /// What the letters stand for.
    pub legend: String,
}

fn text_of(row: &[Cell]) -> String {
    row.iter().map(Cell::symbol).collect()
}

fn looks(cell: &Cell) -> String {
    let mut out = String::new();
    if cell.fg != Color::Reset {
        write!(out, " {}", cell.fg).unwrap();
    }
    if cell.bg != Color::Reset {
        write!(out, " on {}", cell.bg).unwrap();
    }
    if cell.modifier != Modifier::empty() {
        write!(out, " {:?}", cell.modifier).unwrap();
    }
    out
}

impl Backend for Screen {
    type Error = Infallible;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Infallible>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.state().backend.draw(content)
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        self.state().backend.hide_cursor()
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        self.state().backend.show_cursor()
    }

    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        panic!("a real terminal would have to be asked where its cursor is, and its answer would be taken for keys")
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Infallible> {
        self.state().backend.set_cursor_position(position)
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        self.state().backend.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> Result<(), Infallible> {
        self.state().backend.clear_region(clear_type)
    }

    fn size(&self) -> Result<Size, Infallible> {
        self.state().backend.size()
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        self.state().backend.window_size()
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        let mut state = self.state();
        state.frames += 1;
        state.backend.flush()
    }
}
