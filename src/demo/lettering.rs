//! The stamp's lettering: a face of round pen strokes, drawn here so that no font file is needed.
//!
//! Never a whole alphabet of the world: the Latin letters, figures and marks, and what the cast's places add.

use super::paint::{Color, Point, shade};
use super::painter::Canvas;

/// Grid units from the baseline to the top of a capital.
const CAPITAL: f32 = 14.0;
/// Grid units of a descender below the baseline.
const DESCENT: f32 = 4.0;
/// Grid units between two letters.
const GAP: f32 = 4.2;

/// Which way a line of letters runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// From left to right.
    Across,
    /// Turned by 90° with the clock: from top to bottom.
    Down,
}

/// A size and a pen.
#[derive(Debug, Clone, Copy)]
pub struct Hand {
    /// Height of a capital in pixels.
    pub size: f32,
    /// Thickness of the pen in pixels.
    pub pen: f32,
    /// The ink.
    pub color: Color,
}

/// The length of a text in pixels.
pub fn length(text: &str, size: f32) -> f32 {
    let units: f32 = text.chars().map(|c| glyph(c).0 + GAP).sum();
    (units - GAP).max(0.0) * size / CAPITAL
}

/// Writes a text from the left end of its baseline, on a soft shade that keeps it legible on any picture.
pub fn write(canvas: &mut Canvas, text: &str, start: Point, run: Run, hand: Hand) {
    let unit = hand.size / CAPITAL;
    let mut across = 0.0;
    for letter in text.chars() {
        let (width, strokes) = glyph(letter);
        let place = |offset: f32| {
            let onto = move |(x, y): Point| {
                let (along, up) = ((across + x) * unit, y * unit);
                match run {
                    Run::Across => (start.0 + along + offset, start.1 - up + offset),
                    Run::Down => (start.0 + up + offset, start.1 + along + offset),
                }
            };
            strokes.split(' ').map(|stroke| path(stroke).into_iter().map(onto).collect()).collect::<Vec<_>>()
        };
        if !strokes.is_empty() {
            canvas.pen(&place(hand.size / 40.0 + 1.0), hand.pen + 3.0, shade(0.28));
            canvas.pen(&place(0.0), hand.pen, hand.color);
        }
        across += width + GAP;
    }
}

/// A stroke's points in grid units above the baseline. A stroke is written as pairs of base-36 digits, right and
/// up from 4 units below the baseline: as it stands a chain of straight lines, after `~` the control points of a
/// quadratic B-spline that reaches both ends, after `@` those of a closed one.
fn path(stroke: &str) -> Vec<Point> {
    let (kind, digits) = match stroke.as_bytes() {
        [kind @ (b'~' | b'@'), digits @ ..] => (*kind, digits),
        digits => (b' ', digits),
    };
    let unit = |digit: u8| f32::from(if digit <= b'9' { digit - b'0' } else { digit - b'a' + 10 });
    let knots: Vec<Point> =
        digits.chunks_exact(2).map(|pair| (unit(pair[0]), unit(pair[1]) - DESCENT)).collect();
    match kind {
        b'~' => spline(&knots),
        b'@' => closed(&knots),
        _ => knots,
    }
}

fn middle(a: Point, b: Point) -> Point {
    (f32::midpoint(a.0, b.0), f32::midpoint(a.1, b.1))
}

/// Three points inside the parabola between `from` and `to`, and `to`.
fn bend(line: &mut Vec<Point>, from: Point, control: Point, to: Point) {
    for part in [0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0] {
        let rest = 1.0 - part;
        let mix = |a: f32, b: f32, c: f32| a * rest * rest + b * 2.0 * rest * part + c * part * part;
        line.push((mix(from.0, control.0, to.0), mix(from.1, control.1, to.1)));
    }
}

fn spline(knots: &[Point]) -> Vec<Point> {
    let mut line = vec![knots[0]];
    for three in knots.windows(3) {
        let from = middle(three[0], three[1]);
        line.push(from);
        bend(&mut line, from, three[1], middle(three[1], three[2]));
    }
    line.extend(knots.last());
    line
}

fn closed(knots: &[Point]) -> Vec<Point> {
    let knot = |i: usize| knots[i % knots.len()];
    let mut line = vec![middle(knot(0), knot(1))];
    for i in 0..knots.len() {
        bend(&mut line, middle(knot(i), knot(i + 1)), knot(i + 1), middle(knot(i + 1), knot(i + 2)));
    }
    line
}

/// A letter's width in grid units and its strokes; a letter that the face lacks is a small box.
fn glyph(letter: char) -> (f32, &'static str) {
    match letter {
        ' ' => (4.0, ""),
        'A'..='Z' => capital(letter),
        'a'..='z' => small(letter),
        '0'..='9' => figure(letter),
        _ => other(letter),
    }
}

fn capital(letter: char) -> (f32, &'static str) {
    match letter {
        'A' => (12.0, "046ic4 29a9"),
        'B' => (10.0, "040i ~0i9i9b0b ~0baba404"),
        'C' => (11.0, "~bebi0i04b4b8"),
        'D' => (11.0, "040i ~0ibib404"),
        'E' => (9.0, "9i0i0494 0b7b"),
        'F' => (9.0, "9i0i04 0b7b"),
        'G' => (11.0, "~bebi0i04b4ba bb7b"),
        'H' => (11.0, "040i b4bi 0bbb"),
        'I' => (4.0, "040444 0i4i 2i24"),
        'J' => (7.0, "~7i740408"),
        'K' => (10.0, "040i ai09 3ca4"),
        'L' => (9.0, "0i0494"),
        'M' => (13.0, "040i69did4"),
        'N' => (11.0, "040ib4bi"),
        'O' => (12.0, "@0icic404"),
        'P' => (10.0, "040i ~0iaiaa0a"),
        'Q' => (12.0, "@0icic404 88c3"),
        'R' => (10.0, "040i ~0iaiab0b 5ba4"),
        'S' => (10.0, "~afai0i0baba40407"),
        'T' => (10.0, "0iai 5i54"),
        'U' => (11.0, "~0i04b4bi"),
        'V' => (11.0, "0i54bi"),
        'W' => (16.0, "0i448fc4gi"),
        'X' => (10.0, "04ai a40i"),
        'Y' => (10.0, "0i5bai 5b54"),
        _ => (10.0, "0iai04a4"),
    }
}

fn small(letter: char) -> (f32, &'static str) {
    match letter {
        'a' => (9.0, "@0e9e9404 9e94"),
        'b' => (9.0, "0i04 @0e9e9404"),
        'c' => (8.5, "~9c9e0e049496"),
        'd' => (9.0, "@0e9e9404 9i94"),
        'e' => (9.0, "0999 ~999e0e049496"),
        'f' => (5.5, "~6i2i24 0e5e"),
        'g' => (9.0, "@0e9e9404 ~9e900002"),
        'h' => (8.0, "0i04 ~090e8e84"),
        'i' => (0.0, "0e04 0i0i"),
        'j' => (2.0, "~2e2000 2i2i"),
        'k' => (8.0, "0i04 8e08 3a84"),
        'l' => (0.0, "0i04"),
        'm' => (14.0, "0e04 ~090e7e74 ~797eeee4"),
        'n' => (8.0, "0e04 ~090e8e84"),
        'o' => (9.0, "@0e9e9404"),
        'p' => (9.0, "0e00 @0e9e9404"),
        'q' => (9.0, "9e90 @0e9e9404"),
        'r' => (5.5, "0e04 ~090e6e"),
        's' => (7.0, "~7c7e0e0979740406"),
        't' => (6.0, "~2i2464 0e5e"),
        'u' => (8.0, "~0e048489 8e84"),
        'v' => (8.0, "0e448e"),
        'w' => (12.0, "0e346c94ce"),
        'x' => (8.0, "048e 840e"),
        'y' => (8.0, "0e44 8e20"),
        _ => (8.0, "0e8e0484"),
    }
}

fn figure(letter: char) -> (f32, &'static str) {
    let strokes = match letter {
        '0' => "@0iaiacaaa4040a0c",
        '1' => "2f6i64",
        '2' => "~0e0iaiad04 04a4",
        '3' => "~0f0i9i9b4b ~4bababa4040407",
        '4' => "747i08a8",
        '5' => "9i1i0b ~0b3dada40407",
        '6' => "@0caca404 ~8i0h08",
        '7' => "0iai44",
        '8' => "@1i9i9b1b @0baba404",
        _ => "@0iaiaa0a ~aea524",
    };
    (10.0, strokes)
}

fn other(letter: char) -> (f32, &'static str) {
    match letter {
        '.' => (0.0, "0404"),
        ',' => (1.0, "1404 1502"),
        ':' => (0.0, "0707 0f0f"),
        '-' => (6.0, "0a6a"),
        '/' => (7.0, "047i"),
        '°' => (4.0, "@0i4i4e0e"),
        'ß' => (9.0, "~040i8i8c3c ~3c9c9434"),
        'ã' => (9.0, "@0e9e9404 9e94 ~1h3j6h8j"),
        'ü' => (8.0, "~0e048489 8e84 1i1i 7i7i"),
        'Π' => (10.0, "040iaia4"),
        'ά' => (10.0, "@0e8e8404 ~ae8984a4 4h6k"),
        'α' => (10.0, "@0e8e8404 ~ae8984a4"),
        'ε' => (8.0, "~8c8e0e0949 ~4909048486"),
        'ι' => (3.0, "~0e0434"),
        'ρ' => (9.0, "@0e9e9404 ~090900"),
        'ς' => (8.0, "~8c8e0e04848250"),
        '上' => (14.0, "7i74 7cdc 04e4"),
        '海' => (17.0, "1i3g 0d2b 0429 6i5e 6ghg 7d65e5 7dfde4c3 49h9 acba 98a6"),
        _ => (8.0, "040i8i8404"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOX: (f32, &str) = (8.0, "040i8i8404");

    #[test]
    fn every_letter_that_a_stamp_can_need_has_a_glyph_of_its_own() {
        let figures = "0123456789:-";
        let days = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday";
        let codes: String = ('A'..='Z').collect();
        let places: String = crate::demo::script::places().into_iter().flatten().collect();
        for letter in [figures, days, &codes, &places].concat().chars() {
            assert_ne!(glyph(letter), BOX, "{letter}");
        }
    }

    #[test]
    fn strokes_stay_inside_their_cell() {
        for letter in ('0'..='9').chain('A'..='Z').chain('a'..='z').chain("ßãüΠάαειρς上海".chars())
        {
            let (width, strokes) = glyph(letter);
            for (x, y) in strokes.split(' ').flat_map(path) {
                assert!((0.0..=width.max(2.0) + 1.0).contains(&x), "{letter}: {x} of {width}");
                assert!((-DESCENT..=CAPITAL + 2.0).contains(&y), "{letter}: {y}");
            }
        }
    }

    #[test]
    fn writing_down_turns_the_same_ink_by_a_right_angle() {
        let ink = |run| {
            let mut canvas = Canvas::new(120, 120);
            let hand = Hand { size: 42.0, pen: 6.0, color: crate::demo::paint::rgb(0, 0, 0) };
            write(&mut canvas, "T1", (30.0, 60.0), run, hand);
            canvas
        };
        let (across, down) = (ink(Run::Across), ink(Run::Down));
        assert!(across.darkness(30.0, 18.0, 60.0, 24.0) > 0.4, "the bar of the T lies along the top");
        assert!(down.darkness(68.0, 60.0, 74.0, 90.0) > 0.4, "the bar of the T stands at the right");
    }
}
