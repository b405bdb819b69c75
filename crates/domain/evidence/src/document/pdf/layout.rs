//! Where everything stands on which page.

use krilla::Document as Pdf;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Rect};
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;

use super::super::Table;
use super::letters::{Letters, Weight};

/// A4 in points.
const WIDTH: f32 = 595.28;
const HEIGHT: f32 = 841.89;
const SIDE: f32 = 48.0;
const TOP: f32 = 56.0;
const BOTTOM: f32 = HEIGHT - 56.0;
const INSIDE: f32 = WIDTH - 2.0 * SIDE;
/// Between the columns of a table.
const GUTTER: f32 = 8.0;
/// Base lines stand apart by so many sizes.
const LINE: f32 = 1.35;

const INK: (u8, u8, u8) = (0x14, 0x20, 0x1b);
const SOFT: (u8, u8, u8) = (0x45, 0x53, 0x4d);
const RULE: (u8, u8, u8) = (0xc9, 0xd1, 0xcd);
const PINE: (u8, u8, u8) = (0x0b, 0x6b, 0x57);

const BODY: (Weight, f32) = (Weight::Regular, 9.0);
const CELL: (Weight, f32) = (Weight::Regular, 7.5);
const HEAD: (Weight, f32) = (Weight::Bold, 7.5);

/// A page.
#[derive(Default)]
pub(super) struct Sheet {
    words: Vec<Words>,
    /// Height of each line across, and where it begins and ends.
    rules: Vec<(f32, f32, f32)>,
}

struct Words {
    at: (f32, f32),
    letters: (Weight, f32),
    ink: (u8, u8, u8),
    text: String,
}

/// Pages as they fill.
pub(super) struct Layout<'a> {
    letters: &'a Letters,
    sheets: Vec<Sheet>,
    sheet: Sheet,
    y: f32,
    sections: Vec<(String, usize, f32)>,
}

impl<'a> Layout<'a> {
    pub(super) fn over(letters: &'a Letters) -> Self {
        Self {
            letters,
            sheets: Vec::new(),
            sheet: Sheet::default(),
            y: TOP,
            sections: Vec::new(),
        }
    }

    pub(super) fn finish(mut self) -> (Vec<Sheet>, Vec<(String, usize, f32)>) {
        self.turn();
        (self.sheets, self.sections)
    }

    pub(super) fn title(&mut self, title: &str) {
        self.block((Weight::Bold, 20.0), INK, (SIDE, INSIDE), title);
        self.y += 10.0;
    }

    /// A name and what it is.
    pub(super) fn pair(&mut self, name: &str, value: &str) {
        const NAMES: f32 = 130.0;
        let lines = self.letters.lines(BODY, INSIDE - NAMES, value);
        self.room(height(BODY) * lines.len().min(4) as f32);
        self.put(BODY, SOFT, SIDE, self.y + BODY.1, name);
        for line in lines {
            self.line(BODY, INK, SIDE + NAMES, &line);
        }
        self.y += 1.0;
    }

    pub(super) fn section(&mut self, title: &str) {
        self.y += 18.0;
        // A title alone at the foot of a page would be lost there.
        self.room(90.0);
        self.sheet.rules.push((self.y, SIDE, WIDTH - SIDE));
        self.y += 8.0;
        self.sections.push((title.to_owned(), self.sheets.len(), self.y));
        self.block((Weight::Bold, 14.0), PINE, (SIDE, INSIDE), title);
        self.y += 4.0;
    }

    pub(super) fn part(&mut self, title: &str) {
        self.y += 8.0;
        self.room(60.0);
        self.block((Weight::Bold, 10.5), INK, (SIDE, INSIDE), title);
        self.y += 2.0;
    }

    pub(super) fn text(&mut self, text: &str) {
        self.block(BODY, INK, (SIDE, INSIDE.min(430.0)), text);
        self.y += 5.0;
    }

    pub(super) fn point(&mut self, text: &str) {
        self.room(height(BODY));
        self.put(BODY, PINE, SIDE, self.y + BODY.1, "•");
        self.block(BODY, INK, (SIDE + 12.0, INSIDE.min(430.0)), text);
        self.y += 2.0;
    }

    pub(super) fn table(&mut self, table: &Table) {
        let places = places(table);
        self.y += 4.0;
        self.head(table, &places);
        for row in &table.rows {
            self.row(table, &places, row);
        }
        self.y += 8.0;
    }

    fn head(&mut self, table: &Table, places: &[(f32, f32)]) {
        self.room(height(HEAD) * 3.0);
        let names: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
        self.cells(table, places, &names, HEAD);
    }

    fn row(&mut self, table: &Table, places: &[(f32, f32)], row: &[String]) {
        let lines = row
            .iter()
            .zip(places)
            .map(|(cell, place)| self.letters.lines(CELL, place.1, cell).len());
        let high = lines.max().unwrap_or(1) as f32 * height(CELL) + 6.0;
        // What fits on a page is not broken over two.
        if self.y + high > BOTTOM && high < (BOTTOM - TOP) / 2.0 {
            self.turn();
            self.head(table, places);
        }
        self.cells(table, places, row, CELL);
    }

    /// One row, line by line; what does not fit goes on over the page.
    fn cells(&mut self, table: &Table, places: &[(f32, f32)], row: &[String], letters: (Weight, f32)) {
        let broken: Vec<Vec<String>> = row
            .iter()
            .zip(places)
            .map(|(cell, place)| self.letters.lines(letters, place.1, cell))
            .collect();
        let ink = if letters == HEAD { SOFT } else { INK };
        self.y += 3.0;
        for number in 0..broken.iter().map(Vec::len).max().unwrap_or(0) {
            self.room(height(letters));
            for ((lines, place), column) in broken.iter().zip(places).zip(&table.columns) {
                let Some(line) = lines.get(number) else { continue };
                let left = match column.numbers {
                    true => place.0 + place.1 - self.letters.width(letters.0, letters.1, line),
                    false => place.0,
                };
                self.put(letters, ink, left, self.y + letters.1, line);
            }
            self.y += height(letters);
        }
        self.y += 3.0;
        self.sheet.rules.push((self.y, SIDE, WIDTH - SIDE));
    }

    fn block(&mut self, letters: (Weight, f32), ink: (u8, u8, u8), (left, wide): (f32, f32), text: &str) {
        for line in self.letters.lines(letters, wide - (left - SIDE), text) {
            self.line(letters, ink, left, &line);
        }
    }

    fn line(&mut self, letters: (Weight, f32), ink: (u8, u8, u8), left: f32, line: &str) {
        self.room(height(letters));
        self.put(letters, ink, left, self.y + letters.1, line);
        self.y += height(letters);
    }

    fn put(&mut self, letters: (Weight, f32), ink: (u8, u8, u8), left: f32, base: f32, text: &str) {
        self.sheet.words.push(Words {
            at: (left, base),
            letters,
            ink,
            text: text.to_owned(),
        });
    }

    /// Turns the page where so much does not fit any more.
    fn room(&mut self, high: f32) {
        if self.y + high > BOTTOM {
            self.turn();
        }
    }

    fn turn(&mut self) {
        self.sheets.push(std::mem::take(&mut self.sheet));
        self.y = TOP;
    }
}

impl Sheet {
    /// Draws the page with its foot: title, number, of how many.
    pub(super) fn draw(&self, pdf: &mut Pdf, letters: &Letters, (title, number, all): (&str, usize, usize)) {
        let Some(settings) = PageSettings::from_wh(WIDTH, HEIGHT) else {
            return;
        };
        let mut page = pdf.start_page_with(settings);
        let mut surface = page.surface();
        fill(&mut surface, RULE);
        for (y, from, to) in &self.rules {
            rule(&mut surface, *y, (*from, *to));
        }
        for words in &self.words {
            fill(&mut surface, words.ink);
            letters.draw(&mut surface, words.letters, words.at, &words.text);
        }
        fill(&mut surface, SOFT);
        let foot = (Weight::Regular, 7.5);
        letters.draw(&mut surface, foot, (SIDE, HEIGHT - 30.0), title);
        let count = format!("{number} / {all}");
        let left = WIDTH - SIDE - letters.width(foot.0, foot.1, &count);
        letters.draw(&mut surface, foot, (left, HEIGHT - 30.0), &count);
        surface.finish();
        page.finish();
    }
}

fn height(letters: (Weight, f32)) -> f32 {
    letters.1 * LINE
}

/// Where each column begins, and how wide it is.
fn places(table: &Table) -> Vec<(f32, f32)> {
    let all: f32 = table.columns.iter().map(|column| f32::from(column.width)).sum();
    let gutters = GUTTER * table.columns.len().saturating_sub(1) as f32;
    let mut left = SIDE;
    let place = |column: &super::super::Column| {
        let wide = (INSIDE - gutters) * f32::from(column.width) / all.max(1.0);
        let begin = left;
        left += wide + GUTTER;
        (begin, wide)
    };
    table.columns.iter().map(place).collect()
}

fn fill(surface: &mut Surface<'_>, (red, green, blue): (u8, u8, u8)) {
    surface.set_fill(Some(Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::default(),
    }));
}

fn rule(surface: &mut Surface<'_>, y: f32, (from, to): (f32, f32)) {
    let Some(line) = Rect::from_xywh(from, y, to - from, 0.5) else {
        return;
    };
    let mut path = PathBuilder::new();
    path.push_rect(line);
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}
