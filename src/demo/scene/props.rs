//! What more than one motif needs: sky, clouds, houses, trees, people at work.

use crate::demo::paint::{Color, Paint, Point, fade, light, rgb, shade, sweep};
use crate::demo::painter::Canvas;
use crate::demo::texture::{Dice, steps};

/// A vest for site and street.
pub const ORANGE: Color = rgb(248, 122, 40);
/// The other one.
pub const LIME: Color = rgb(198, 222, 60);

/// The sky down to a horizon.
pub fn sky(canvas: &mut Canvas, top: Color, bottom: Color, horizon: f32) {
    let width = canvas.width();
    canvas.rect(0.0, 0.0, width, horizon, fade(0.0, top, horizon, bottom));
}

/// A bank of cloud of about this width, lit from above.
pub fn cloud(canvas: &mut Canvas, dice: &mut Dice, centre: Point, width: f32, color: Color) {
    for _ in 0..16 {
        let off = dice.between(-0.5, 0.5);
        let puff = width * dice.between(0.1, 0.24) * (1.1 - off.abs());
        let at = (centre.0 + off * width, centre.1 - dice.between(0.0, 0.12) * width * (0.6 - off.abs()));
        canvas.glow((at.0, at.1 + puff * 0.25), puff * 1.5, puff * 0.6, color.times(0.86));
        canvas.glow(at, puff * 1.4, puff * 0.62, color);
    }
}

/// Veils everything above `bottom`, ever denser down to it.
pub fn haze(canvas: &mut Canvas, top: f32, bottom: f32, color: Color) {
    let width = canvas.width();
    canvas.rect(0.0, top, width, bottom - top, fade(top, color.with_alpha(0.0), bottom, color));
}

/// A front: its left upper corner, its size, its colour.
#[derive(Clone, Copy)]
pub struct House {
    /// The left edge.
    pub x: f32,
    /// The eaves.
    pub y: f32,
    /// Across.
    pub width: f32,
    /// Down.
    pub height: f32,
    /// The wall.
    pub wall: Color,
}

impl House {
    /// A front with rows of dark windows, some of which catch the sky, and a shaded right side.
    pub fn paint(self, canvas: &mut Canvas, dice: &mut Dice, columns: f32, rows: f32) {
        let Self { x, y, width, height, wall } = self;
        canvas.rect(x, y, width, height, fade(y, wall.times(1.06), y + height, wall.times(0.86)));
        let (cell_x, cell_y) = (width / columns, height / rows);
        for row in steps(0.0, rows, 1.0) {
            for column in steps(0.0, columns, 1.0) {
                let (left, top) = (x + (column + 0.24) * cell_x, y + (row + 0.2) * cell_y);
                let glass = wall.times(0.42).toward(rgb(120, 160, 190), dice.between(0.1, 0.65));
                let (wide, tall) = (cell_x * 0.52, cell_y * 0.56);
                if cell_x > 60.0 {
                    canvas.rect(
                        left - 7.0,
                        top - 7.0,
                        wide + 14.0,
                        tall + 14.0,
                        wall.toward(light(1.0), 0.6),
                    );
                    canvas.rect(left - 14.0, top + tall + 7.0, wide + 28.0, 9.0, wall.times(0.7));
                }
                canvas.rect(left, top, wide, tall, glass);
                if cell_x > 60.0 {
                    canvas.rect(left + wide / 2.0 - 3.0, top, 6.0, tall, wall.toward(light(1.0), 0.6));
                    canvas.rect(left, top, wide, 14.0, fade(top, shade(0.45), top + 14.0, shade(0.0)));
                }
            }
        }
        let side = x + width * 0.8;
        canvas.rect(side, y, width * 0.2, height, sweep(side, shade(0.0), x + width, shade(0.22)));
    }
}

/// A leafy tree: the foot of its trunk and its height.
pub fn tree(canvas: &mut Canvas, dice: &mut Dice, foot: Point, height: f32, leaf: Color) {
    let bark = rgb(74, 60, 50);
    let fork = (foot.0, foot.1 - height * 0.45);
    canvas.glow(foot, height * 0.34, height * 0.05, shade(0.6));
    canvas.line(foot, fork, height * 0.05, bark);
    for side in [-0.16, 0.02, 0.15] {
        canvas.line(fork, (foot.0 + height * side, foot.1 - height * 0.7), height * 0.025, bark);
    }
    for step in steps(0.0, 300.0, 1.0) {
        let (angle, reach) = (dice.between(0.0, std::f32::consts::TAU), dice.between(0.0, 1.0).sqrt());
        let lit = step / 300.0;
        let at = (
            foot.0 + (angle.cos() * reach * 0.3 - lit * 0.04) * height,
            foot.1 - (0.66 + angle.sin() * reach * 0.28 + lit * 0.05) * height,
        );
        let tone = leaf.times(0.55 + lit * 0.6 + dice.between(-0.08, 0.08));
        canvas.ellipse(
            at,
            height * dice.between(0.018, 0.05),
            height * dice.between(0.016, 0.036),
            tone.with_alpha(0.86),
        );
    }
}

/// Somebody at work, seen from behind: helmet, vest, boots. The point between the feet and the height.
pub fn worker(canvas: &mut Canvas, feet: Point, height: f32, vest: Color) {
    let (x, y) = feet;
    let h = height;
    canvas.glow((x + h * 0.1, y), h * 0.3, h * 0.05, shade(0.7));
    let trousers = rgb(44, 54, 74);
    canvas.line((x - h * 0.06, y), (x - h * 0.05, y - h * 0.46), h * 0.1, trousers);
    canvas.line((x + h * 0.07, y), (x + h * 0.05, y - h * 0.46), h * 0.1, trousers.times(0.85));
    for foot in [-0.07, 0.08] {
        canvas.ellipse((x + h * foot, y - h * 0.015), h * 0.06, h * 0.028, rgb(40, 32, 28));
    }
    let arm = rgb(60, 72, 96);
    canvas.pen(
        &[vec![(x - h * 0.12, y - h * 0.76), (x - h * 0.17, y - h * 0.6), (x - h * 0.13, y - h * 0.46)]],
        h * 0.065,
        arm,
    );
    canvas.pen(
        &[vec![(x + h * 0.12, y - h * 0.76), (x + h * 0.19, y - h * 0.64), (x + h * 0.26, y - h * 0.72)]],
        h * 0.065,
        arm,
    );
    let torso =
        [(-0.13, 0.8), (0.13, 0.8), (0.12, 0.42), (-0.12, 0.42)].map(|(dx, dy)| (x + h * dx, y - h * dy));
    canvas.fill(&torso, sweep(x - h * 0.13, vest.times(1.1), x + h * 0.14, vest.times(0.72)));
    for band in [0.52, 0.6] {
        canvas.rect(x - h * 0.125, y - h * band, h * 0.25, h * 0.025, rgb(232, 234, 224));
    }
    canvas.rect(x - h * 0.035, y - h * 0.84, h * 0.07, h * 0.06, rgb(190, 146, 118));
    canvas.ellipse((x, y - h * 0.88), h * 0.065, h * 0.075, rgb(84, 60, 44));
    for hand in [(x - h * 0.13, y - h * 0.44), (x + h * 0.265, y - h * 0.73)] {
        canvas.ellipse(hand, h * 0.034, h * 0.036, rgb(206, 160, 128));
    }
    let shell: Vec<Point> = steps(0.0, 19.0, 1.0)
        .map(|step| (step / 18.0 * std::f32::consts::PI).sin_cos())
        .map(|(sin, cos)| (x - cos * h * 0.085, y - h * 0.9 - sin * h * 0.1))
        .collect();
    canvas.fill(&shell, sweep(x - h * 0.08, rgb(255, 222, 90), x + h * 0.1, rgb(214, 158, 20)));
    canvas.line((x - h * 0.1, y - h * 0.9), (x + h * 0.1, y - h * 0.9), h * 0.018, rgb(214, 160, 30));
}

/// A traffic cone standing on a point.
pub fn cone(canvas: &mut Canvas, foot: Point, height: f32) {
    let (x, y) = foot;
    let at = |part: f32, side: f32| (x + side * height * (0.3 - 0.25 * part), y - height * part);
    canvas.glow((x + height * 0.2, y), height * 0.55, height * 0.1, shade(0.6));
    canvas.rect(x - height * 0.38, y - height * 0.05, height * 0.76, height * 0.08, rgb(170, 62, 24));
    for (low, high, tone) in [
        (0.0, 0.28, rgb(240, 96, 36)),
        (0.28, 0.48, rgb(240, 238, 230)),
        (0.48, 0.66, rgb(240, 96, 36)),
        (0.66, 0.82, rgb(240, 238, 230)),
        (0.82, 1.0, rgb(240, 96, 36)),
    ] {
        let band = [at(low, -1.0), at(low, 1.0), at(high, 1.0), at(high, -1.0)];
        canvas.fill(&band, sweep(x - height * 0.3, tone.times(1.05), x + height * 0.32, tone.times(0.6)));
    }
}

/// A lattice between two points: two chords and the zigzag between them.
pub fn lattice(canvas: &mut Canvas, from: Point, to: Point, depth: f32, pen: f32, color: Color) {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let long = dx.hypot(dy);
    let normal = (-dy / long * depth, dx / long * depth);
    let at =
        |part: f32, side: f32| (from.0 + dx * part + normal.0 * side, from.1 + dy * part + normal.1 * side);
    let bays = (long / depth).round();
    for bay in steps(0.0, bays, 1.0) {
        let (a, b, c) = (bay / bays, (bay + 0.5) / bays, (bay + 1.0) / bays);
        canvas.line(at(a, 0.0), at(b, 1.0), pen * 0.6, color.times(0.8));
        canvas.line(at(b, 1.0), at(c, 0.0), pen * 0.6, color.times(0.9));
    }
    canvas.line(at(0.0, 0.0), at(1.0, 0.0), pen, color);
    canvas.line(at(0.0, 1.0), at(1.0, 1.0), pen, color.times(0.85));
}

/// Rows of bricks or stones over a rectangle, each of a tone of its own.
pub fn courses(
    canvas: &mut Canvas,
    dice: &mut Dice,
    area: (f32, f32, f32, f32),
    brick: (f32, f32),
    tone: Color,
) {
    let (x, y, width, height) = area;
    canvas.rect(x, y, width, height, tone.times(0.62));
    let mut odd = false;
    for top in steps(y, y + height, brick.1) {
        odd = !odd;
        for left in steps(x - if odd { brick.0 / 2.0 } else { 0.0 }, x + width, brick.0) {
            let (start, end) = (left.max(x), (left + brick.0 - 3.0).min(x + width));
            let bottom = (top + brick.1 - 3.0).min(y + height);
            canvas.rect(start, top, end - start, bottom - top, tone.times(dice.between(0.84, 1.12)));
        }
    }
    canvas.rect(x, y, width, height, Paint::Rough(0.3, (1.0, 1.0)));
}

/// A sheet of light that falls across a floor or a wall.
pub fn beam(canvas: &mut Canvas, outline: &[Point], strength: f32) {
    canvas.fill(outline, light(strength));
}
