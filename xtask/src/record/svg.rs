//! Screens of a terminal as one SVG that shows them in turn, without scripts and without fonts of
//! its own.

use std::fmt::Write;

use daemoneye_terminal::{Cell, Color, Screen};

use super::session::{Picture, SIZE};

/// Width and height of one character, and the margin around all of them, in pixels.
const CELL: (f32, f32) = (8.4, 18.0);
const MARGIN: f32 = 12.0;
const FOREGROUND: &str = "#d8dee9";
const BACKGROUND: &str = "#1b1f27";
/// The sixteen colours of a terminal, on a dark ground.
const PALETTE: [&str; 16] = [
    "#3b4252", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d8dee9",
    "#7f8999", "#ff7b86", "#b5e890", "#f0d197", "#82c4ff", "#d79bea", "#7fd6e0", "#ffffff",
];

/// How a run of characters looks.
#[derive(Clone, PartialEq)]
struct Style {
    colour: String,
    ground: Option<String>,
    bold: bool,
}

/// The pictures, each for its time, over and over. Whoever wants no movement sees the first.
pub(super) fn film(pictures: &[Picture]) -> String {
    let width = f32::from(SIZE.0) * CELL.0 + 2.0 * MARGIN;
    let height = f32::from(SIZE.1) * CELL.1 + 2.0 * MARGIN;
    let frames: String = pictures.iter().enumerate().map(group).collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-label=\"daemoneye watch in a terminal\">\n<style>\n\
         text{{font:14px ui-monospace,Menlo,Consolas,monospace;white-space:pre}}\n\
         {}@media(prefers-reduced-motion){{g{{animation:none!important}}}}\n</style>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n{frames}</svg>\n",
        times(pictures)
    )
}

/// When each picture is seen. A value holds until the next is due.
fn times(pictures: &[Picture]) -> String {
    let total: f32 = pictures.iter().map(|picture| picture.shown.as_secs_f32()).sum();
    let mut rules = String::new();
    let mut from = 0.0;
    for (number, picture) in pictures.iter().enumerate() {
        let to = from + picture.shown.as_secs_f32();
        let (start, end) = (100.0 * from / total, 100.0 * to / total);
        let hidden = if number == 0 { "" } else { "0%{opacity:0}" };
        writeln!(
            rules,
            "@keyframes p{number}{{{hidden}{start:.2}%{{opacity:1}}{end:.2}%{{opacity:0}}}}\n\
             #p{number}{{animation:p{number} {total:.1}s step-end infinite;opacity:{}}}",
            u8::from(number == 0)
        )
        .expect("memory");
        from = to;
    }
    rules
}

fn group((number, picture): (usize, &Picture)) -> String {
    let title = picture.title;
    format!("<g id=\"p{number}\"><title>{title}</title>\n{}</g>\n", frame(&picture.screen))
}

fn frame(screen: &Screen) -> String {
    let rows = (0..SIZE.1).flat_map(|row| runs(screen, row).into_iter().map(move |run| (row, run)));
    rows.map(|(row, (column, text, style))| drawn(row, column, &text, &style)).collect()
}

fn drawn(row: u16, column: u16, text: &str, style: &Style) -> String {
    let (x, y) = (MARGIN + f32::from(column) * CELL.0, MARGIN + f32::from(row) * CELL.1);
    let (width, height) = (text.chars().count() as f32 * CELL.0, CELL.1);
    let ground = style.ground.as_ref().map(|ground| {
        format!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height}\" \
             fill=\"{ground}\"/>\n"
        )
    });
    if text.trim().is_empty() {
        return ground.unwrap_or_default();
    }
    let weight = if style.bold { ";font-weight:bold" } else { "" };
    let (colour, base, text) = (&style.colour, y + height * 0.75, harmless(text));
    format!(
        "{}<text x=\"{x:.1}\" y=\"{base:.1}\" textLength=\"{width:.1}\" \
         style=\"fill:{colour}{weight}\">{text}</text>\n",
        ground.unwrap_or_default()
    )
}

/// Characters beside each other that look alike, with the column of the first.
fn runs(screen: &Screen, row: u16) -> Vec<(u16, String, Style)> {
    let mut runs: Vec<(u16, String, Style)> = Vec::new();
    for column in 0..SIZE.0 {
        let Some(cell) = screen.cell(row, column) else { continue };
        let (text, style) = (if cell.has_contents() { cell.contents() } else { " " }, style(cell));
        match runs.last_mut() {
            Some((_, run, same)) if *same == style => run.push_str(text),
            _ => runs.push((column, text.to_owned(), style)),
        }
    }
    runs
}

fn style(cell: &Cell) -> Style {
    let colour = named(cell.fgcolor()).unwrap_or_else(|| FOREGROUND.to_owned());
    let ground = named(cell.bgcolor());
    let bold = cell.bold();
    if cell.inverse() {
        let under = ground.unwrap_or_else(|| BACKGROUND.to_owned());
        return Style { colour: under, ground: Some(colour), bold };
    }
    Style { colour, ground, bold }
}

fn named(colour: Color) -> Option<String> {
    match colour {
        Color::Default => None,
        Color::Idx(index) => PALETTE.get(usize::from(index)).map(|name| (*name).to_owned()),
        Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
    }
}

fn harmless(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
