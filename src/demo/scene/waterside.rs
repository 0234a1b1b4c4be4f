//! By the water: a roof above a lake, a container harbour.

use super::props::{House, LIME, ORANGE, cloud, courses, haze, lattice, sky, tree, worker};
use crate::demo::paint::{Color, Paint, Point, fade, light, rgb, shade, sweep};
use crate::demo::painter::Canvas;
use crate::demo::texture::{Dice, steps};

/// A range of hills: its mean height, how far it swings, how often.
fn hills(canvas: &mut Canvas, base: f32, swing: f32, pace: f32, tone: Color) {
    let width = canvas.width();
    let mut outline: Vec<Point> = steps(-20.0, width + 40.0, 20.0)
        .map(|x| {
            (
                x,
                base - ((x * pace).sin()
                    + (x * pace * 2.7 + 1.0).sin() * 0.4
                    + (x * pace * 9.0).sin() * 0.06)
                    * swing,
            )
        })
        .collect();
    outline.extend([(width + 40.0, base + 400.0), (-20.0, base + 400.0)]);
    canvas.fill(&outline, tone);
}

/// Water between two heights, with glints that grow toward the viewer.
fn water(canvas: &mut Canvas, dice: &mut Dice, top: f32, bottom: f32, far: Color, near: Color) {
    let width = canvas.width();
    canvas.rect(0.0, top, width, bottom - top, fade(top, far, bottom, near));
    for _ in 0..520 {
        let depth = dice.between(0.0, 1.0);
        let (x, y) = (dice.between(0.0, width), top + depth * depth * (bottom - top));
        let long = 12.0 + depth * 80.0;
        let glint = if dice.chance(0.55) { light(0.22) } else { shade(0.16) };
        canvas.ellipse((x, y), long, 1.0 + depth * 3.5, glint);
    }
}

/// Clay tiles, solar panels, a lake behind.
pub fn roof(canvas: &mut Canvas) {
    let mut dice = Dice::new(53);
    sky(canvas, rgb(88, 152, 216), rgb(222, 234, 240), 760.0);
    for (x, y, width) in [(360.0, 240.0, 640.0), (1080.0, 160.0, 560.0), (820.0, 440.0, 460.0)] {
        cloud(canvas, &mut dice, (x, y), width, light(0.6));
    }
    canvas.fill(
        &[
            (700.0, 740.0),
            (980.0, 640.0),
            (1120.0, 540.0),
            (1180.0, 574.0),
            (1260.0, 500.0),
            (1440.0, 620.0),
            (1440.0, 790.0),
            (700.0, 790.0),
        ],
        rgb(176, 196, 216),
    );
    canvas.fill(
        &[
            (1092.0, 560.0),
            (1120.0, 540.0),
            (1180.0, 574.0),
            (1260.0, 500.0),
            (1330.0, 546.0),
            (1270.0, 560.0),
            (1240.0, 548.0),
            (1180.0, 596.0),
            (1130.0, 566.0),
        ],
        light(0.85),
    );
    hills(canvas, 690.0, 70.0, 0.0042, rgb(150, 176, 200));
    hills(canvas, 770.0, 46.0, 0.0061, rgb(110, 146, 142));
    water(canvas, &mut dice, 760.0, 900.0, rgb(158, 194, 216), rgb(96, 146, 180));
    for (x, y) in [(300.0, 812.0), (610.0, 790.0), (1010.0, 830.0)] {
        canvas.fill(&[(x, y), (x + 4.0, y - 64.0), (x + 34.0, y)], light(0.95));
        canvas.fill(
            &[(x - 20.0, y + 4.0), (x + 44.0, y + 4.0), (x + 32.0, y + 14.0), (x - 12.0, y + 14.0)],
            rgb(240, 240, 236),
        );
    }
    town(canvas, &mut dice);
    tiles(canvas, &mut dice);
    panels(canvas);
    chimney(canvas, &mut dice);
    worker(canvas, (1010.0, 1180.0), 300.0, ORANGE);
}

/// Gables and twin towers between the roof and the lake.
fn town(canvas: &mut Canvas, dice: &mut Dice) {
    for x in [350.0, 452.0] {
        canvas.rect(x, 700.0, 72.0, 330.0, sweep(x, rgb(216, 200, 172), x + 72.0, rgb(150, 136, 118)));
        for y in [740.0, 820.0] {
            canvas.rect(x + 26.0, y, 20.0, 46.0, rgb(70, 66, 64));
        }
        canvas.fill(
            &[
                (x - 4.0, 702.0),
                (x + 10.0, 640.0),
                (x + 30.0, 616.0),
                (x + 36.0, 560.0),
                (x + 42.0, 616.0),
                (x + 62.0, 640.0),
                (x + 76.0, 702.0),
            ],
            rgb(92, 118, 118),
        );
    }
    let mut x = -60.0;
    while x < 1460.0 {
        let (width, y) = (dice.between(110.0, 190.0), dice.between(870.0, 930.0));
        let wall =
            dice.pick(&[rgb(238, 224, 196), rgb(226, 190, 150), rgb(214, 214, 206), rgb(234, 208, 160)]);
        House { x, y, width, height: 260.0, wall }.paint(canvas, dice, 4.0, 4.0);
        canvas.fill(
            &[(x - 8.0, y + 4.0), (x + width / 2.0, y - 70.0), (x + width + 8.0, y + 4.0)],
            fade(y - 70.0, rgb(184, 100, 72), y, rgb(132, 68, 50)),
        );
        if dice.chance(0.5) {
            tree(canvas, dice, (x + width, 1190.0), 290.0, rgb(104, 146, 84));
        }
        x += width + dice.between(4.0, 40.0);
    }
    haze(canvas, 700.0, 1080.0, rgb(232, 236, 236).with_alpha(0.3));
}

/// The near roof: courses of clay tiles, each with a light crown and a shaded lip.
fn tiles(canvas: &mut Canvas, dice: &mut Dice) {
    let slope = [(0.0, 1180.0), (1440.0, 1010.0), (1440.0, 1920.0), (0.0, 1920.0)];
    canvas.fill(&slope, rgb(96, 44, 30));
    let mut depth = 0.0_f32;
    let mut odd = false;
    while depth < 900.0 {
        let tall = 26.0 + depth * 0.075;
        let wide = tall * 1.25;
        odd = !odd;
        for x in steps(if odd { -wide } else { -wide / 2.0 }, 1460.0, wide) {
            let y = 1180.0 - x * 0.118 + depth;
            let tone = rgb(206, 112, 74).times(dice.between(0.8, 1.14));
            let lip: Vec<Point> = steps(0.0, 9.0, 1.0)
                .map(|step| (step / 8.0 * std::f32::consts::PI).sin_cos())
                .map(|(sin, cos)| (x + wide * (0.5 - cos * 0.47), y + tall * (0.8 + sin * 0.42)))
                .chain([(x + wide * 0.97, y), (x + wide * 0.03, y)])
                .collect();
            canvas.fill(&lip, fade(y, tone.times(0.72), y + tall * 1.2, tone.times(1.1)));
        }
        depth += tall * 0.82;
    }
    canvas.fill(&slope, Paint::Rough(0.34, (0.8, 0.8)));
    canvas.line((0.0, 1178.0), (1440.0, 1008.0), 26.0, rgb(150, 76, 50));
    canvas.line((0.0, 1170.0), (1440.0, 1000.0), 8.0, rgb(230, 150, 110));
}

/// Two solar panels on the slope.
fn panels(canvas: &mut Canvas) {
    for (x, y) in [(120.0, 1290.0), (500.0, 1246.0)] {
        let at = |u: f32, v: f32| (x + u * 340.0 + v * 26.0, y - u * 40.0 + v * 330.0);
        let sheet = |low: f32, high: f32| [at(low, low), at(high, low), at(high, high), at(low, high)];
        canvas.fill(&sheet(0.0, 1.0).map(|(x, y)| (x + 20.0, y + 24.0)), shade(0.45));
        canvas.fill(&sheet(-0.02, 1.02), rgb(206, 210, 214));
        canvas.fill(
            &sheet(0.0, 1.0),
            Paint::Linear((at(0.0, 1.0), rgb(20, 34, 74)), (at(1.0, 0.0), rgb(84, 124, 182))),
        );
        for part in steps(0.25, 1.0, 0.25) {
            canvas.line(at(part, 0.0), at(part, 1.0), 3.0, light(0.4));
        }
        for part in steps(1.0 / 6.0, 0.99, 1.0 / 6.0) {
            canvas.line(at(0.0, part), at(1.0, part), 3.0, light(0.4));
        }
        canvas.fill(&[at(0.1, 1.0), at(0.66, 0.0), at(0.86, 0.0), at(0.3, 1.0)], light(0.13));
    }
}

/// A brick chimney with its cap.
fn chimney(canvas: &mut Canvas, dice: &mut Dice) {
    canvas.fill(&[(1290.0, 1260.0), (1440.0, 1320.0), (1440.0, 1420.0), (1200.0, 1330.0)], shade(0.4));
    courses(canvas, dice, (1160.0, 860.0, 150.0, 420.0), (46.0, 24.0), rgb(186, 104, 78));
    canvas.rect(1160.0, 860.0, 150.0, 420.0, sweep(1160.0, light(0.16), 1310.0, shade(0.45)));
    canvas.rect(1142.0, 836.0, 186.0, 30.0, sweep(1142.0, rgb(206, 200, 190), 1328.0, rgb(128, 122, 116)));
    canvas.rect(1190.0, 790.0, 90.0, 48.0, sweep(1190.0, rgb(170, 90, 62), 1280.0, rgb(100, 50, 36)));
}

/// A container ship under the quay's cranes.
pub fn harbour(canvas: &mut Canvas) {
    let mut dice = Dice::new(67);
    sky(canvas, rgb(70, 146, 218), rgb(232, 236, 230), 720.0);
    canvas.glow((1640.0, 560.0), 720.0, 400.0, rgb(255, 240, 206).with_alpha(0.7));
    for (x, y, width) in [(420.0, 170.0, 720.0), (1420.0, 240.0, 620.0), (960.0, 430.0, 520.0)] {
        cloud(canvas, &mut dice, (x, y), width, light(0.5));
    }
    hills(canvas, 680.0, 60.0, 0.0034, rgb(168, 182, 198));
    hills(canvas, 716.0, 30.0, 0.0058, rgb(150, 158, 160));
    for _ in 0..240 {
        let at = (dice.between(0.0, 1920.0), dice.between(672.0, 730.0));
        canvas.rect(
            at.0,
            at.1,
            dice.between(10.0, 24.0),
            dice.between(8.0, 20.0),
            rgb(246, 240, 228).times(dice.between(0.78, 1.0)),
        );
    }
    haze(canvas, 560.0, 740.0, rgb(232, 234, 230).with_alpha(0.45));
    water(canvas, &mut dice, 730.0, 1180.0, rgb(120, 176, 202), rgb(28, 96, 136));
    ship(canvas, &mut dice);
    gantry(canvas, 960.0, 0.86);
    gantry(canvas, 1420.0, 1.0);
    quay(canvas);
}

const BOXES: [Color; 6] = [
    rgb(196, 66, 52),
    rgb(46, 108, 168),
    rgb(232, 164, 52),
    rgb(74, 138, 106),
    rgb(216, 212, 204),
    rgb(126, 78, 110),
];

/// A container with its ribs.
fn container(canvas: &mut Canvas, at: Point, width: f32, height: f32, tone: Color) {
    canvas.rect(at.0, at.1, width, height, fade(at.1, tone.times(1.12), at.1 + height, tone.times(0.74)));
    for x in steps(at.0 + 4.0, at.0 + width, width / 9.0) {
        canvas.rect(x, at.1 + 2.0, width / 26.0, height - 4.0, shade(0.18));
    }
    canvas.rect(at.0, at.1, width, 2.5, light(0.3));
}

/// Hull, bridge, stacks and mirror image.
fn ship(canvas: &mut Canvas, dice: &mut Dice) {
    for (column, x) in steps(300.0, 1240.0, 96.0).enumerate() {
        let tiers = [2.0, 4.0, 5.0, 5.0, 4.0, 5.0, 3.0, 5.0, 4.0, 3.0][column % 10];
        for tier in steps(0.0, tiers, 1.0) {
            let tone = dice.pick(&BOXES);
            container(canvas, (x, 802.0 - (tier + 1.0) * 46.0), 92.0, 43.0, tone);
        }
    }
    canvas.rect(130.0, 520.0, 130.0, 290.0, sweep(130.0, rgb(252, 250, 244), 260.0, rgb(190, 192, 190)));
    for y in steps(560.0, 800.0, 46.0) {
        canvas.rect(140.0, y, 112.0, 15.0, rgb(58, 82, 104));
    }
    canvas.rect(112.0, 528.0, 168.0, 24.0, rgb(44, 66, 88));
    canvas.rect(172.0, 440.0, 44.0, 84.0, fade(440.0, rgb(214, 92, 48), 524.0, rgb(170, 62, 30)));
    canvas.line((150.0, 520.0), (150.0, 430.0), 6.0, rgb(230, 230, 226));
    let hull = [(70.0, 790.0), (1330.0, 800.0), (1400.0, 776.0), (1340.0, 960.0), (110.0, 960.0)];
    canvas.fill(&hull, fade(780.0, rgb(38, 62, 96), 960.0, rgb(22, 36, 60)));
    canvas.fill(&[(106.0, 926.0), (1348.0, 926.0), (1338.0, 964.0), (112.0, 964.0)], rgb(150, 46, 40));
    canvas.rect(76.0, 800.0, 1290.0, 5.0, light(0.6));
    canvas.rect(
        110.0,
        962.0,
        1230.0,
        110.0,
        fade(962.0, rgb(12, 36, 62).with_alpha(0.75), 1072.0, rgb(12, 50, 80).with_alpha(0.0)),
    );
    for _ in 0..50 {
        let (x, y) = (dice.between(120.0, 1330.0), dice.between(968.0, 1060.0));
        canvas.ellipse((x, y), dice.between(20.0, 70.0), 2.4, light(0.2));
    }
}

/// A ship-to-shore crane standing at `x`, reaching left.
fn gantry(canvas: &mut Canvas, x: f32, scale: f32) {
    let at = |dx: f32, dy: f32| (x + dx * scale, 1130.0 - dy * scale);
    let (near, far) = (rgb(42, 116, 186), rgb(30, 86, 146));
    for dx in [60.0, 330.0] {
        canvas.line(at(dx, 0.0), at(dx + 10.0, 700.0), 26.0 * scale, far);
    }
    for dx in [0.0, 270.0] {
        canvas.line(at(dx, 0.0), at(dx + 10.0, 700.0), 32.0 * scale, near);
    }
    for dy in [200.0, 470.0] {
        canvas.line(at(0.0, dy), at(300.0, dy), 26.0 * scale, near);
    }
    canvas.line(at(4.0, 210.0), at(282.0, 470.0), 15.0 * scale, far);
    canvas.line(at(20.0, 690.0), at(140.0, 930.0), 20.0 * scale, near);
    canvas.line(at(270.0, 690.0), at(140.0, 930.0), 20.0 * scale, near);
    lattice(canvas, at(-560.0, 690.0), at(430.0, 690.0), 40.0 * scale, 9.0 * scale, near);
    canvas.line(at(140.0, 928.0), at(-420.0, 700.0), 6.0, rgb(50, 60, 74));
    canvas.line(at(140.0, 928.0), at(-180.0, 700.0), 6.0, rgb(50, 60, 74));
    canvas.line(at(140.0, 928.0), at(420.0, 700.0), 6.0, rgb(50, 60, 74));
    canvas.fill(&[at(290.0, 650.0), at(420.0, 650.0), at(420.0, 570.0), at(290.0, 570.0)], rgb(214, 96, 56));
    for dx in [-330.0, -270.0] {
        canvas.line(at(dx, 650.0), at(dx, 540.0), 3.0, rgb(40, 46, 54));
    }
    container(canvas, at(-360.0, 540.0), 120.0 * scale, 48.0 * scale, BOXES[2]);
}

/// Concrete, a yellow edge, bollards, boxes and two people.
fn quay(canvas: &mut Canvas) {
    canvas.rect(0.0, 1120.0, 1920.0, 320.0, fade(1120.0, rgb(196, 190, 178), 1440.0, rgb(140, 132, 122)));
    canvas.rect(0.0, 1120.0, 1920.0, 320.0, Paint::Rough(0.4, (0.6, 2.0)));
    canvas.rect(0.0, 1120.0, 1920.0, 16.0, rgb(240, 196, 60));
    canvas.rect(0.0, 1136.0, 1920.0, 10.0, shade(0.3));
    for y in [1196.0, 1222.0] {
        canvas.rect(0.0, y, 1920.0, 6.0, rgb(92, 88, 84));
    }
    for x in steps(120.0, 1000.0, 260.0) {
        canvas.rect(x, 1092.0, 32.0, 44.0, sweep(x, rgb(70, 72, 78), x + 32.0, rgb(30, 32, 36)));
        canvas.ellipse((x + 16.0, 1092.0), 25.0, 11.0, rgb(84, 86, 92));
    }
    canvas.glow((1610.0, 1344.0), 400.0, 40.0, shade(0.7));
    for (x, y, tone) in [(1330.0, 1230.0, BOXES[0]), (1610.0, 1230.0, BOXES[3]), (1470.0, 1116.0, BOXES[1])] {
        container(canvas, (x, y), 272.0, 112.0, tone);
    }
    worker(canvas, (1120.0, 1330.0), 210.0, ORANGE);
    worker(canvas, (1220.0, 1310.0), 200.0, LIME);
}
