//! The stamp: time, date and place at the bottom left, the verification code along the right edge.
//!
//! Never evidence: it is drawn from the same facts as the announcement, as Timemark does.

use jiff::civil::DateTime;

use super::lettering::{Hand, Run, length, write};
use super::paint::{fade, light, rgb, shade};
use super::painter::Canvas;

/// Prints the stamp onto a finished picture.
pub fn print(canvas: &mut Canvas, taken: DateTime, place: &[&str], code: Option<&str>) {
    let (width, height) = (canvas.width(), canvas.height());
    // All measures are those of a picture 1920 pixels high.
    let unit = height / 1920.0;
    let hand = |size: f32, pen: f32| Hand { size: size * unit, pen: pen * unit, color: light(1.0) };
    let veil = height - 620.0 * unit;
    canvas.rect(0.0, veil, width, height - veil, fade(veil, shade(0.0), height, shade(0.5)));

    let (left, step) = (76.0 * unit, 74.0 * unit);
    let mut baseline = height - 84.0 * unit;
    for line in place.iter().rev() {
        write(canvas, line, (left, baseline), Run::Across, hand(42.0, 5.6));
        baseline -= step;
    }
    baseline -= 22.0 * unit;
    let time = taken.strftime("%H:%M").to_string();
    let big = hand(150.0, 17.0);
    write(canvas, &time, (left, baseline), Run::Across, big);
    let bar = left + length(&time, big.size) + 44.0 * unit;
    canvas.rect(bar, baseline - 154.0 * unit, 9.0 * unit, 158.0 * unit, rgb(250, 190, 40));
    for (format, up) in [("%Y-%m-%d", 98.0), ("%A", 2.0)] {
        let text = taken.strftime(format).to_string();
        write(canvas, &text, (bar + 42.0 * unit, baseline - up * unit), Run::Across, hand(50.0, 6.6));
    }
    if let Some(code) = code {
        let hand = hand(30.0, 4.2);
        let top = height - 70.0 * unit - length(code, hand.size);
        write(canvas, code, (width - 58.0 * unit, top), Run::Down, hand);
    }
}
