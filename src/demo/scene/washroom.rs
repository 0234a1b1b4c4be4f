//! A washroom: glazed tiles, a basin under a round mirror, a bucket.

use crate::demo::paint::{Paint, Point, fade, light, rgb, shade, sweep};
use crate::demo::painter::Canvas;
use crate::demo::texture::{Dice, steps};

/// A tiled washroom.
pub fn washroom(canvas: &mut Canvas) {
    let mut dice = Dice::new(101);
    canvas.wash(rgb(206, 212, 210));
    for (row, y) in steps(0.0, 1330.0, 120.0).enumerate() {
        for (column, x) in steps(0.0, 1440.0, 120.0).enumerate() {
            tile(canvas, &mut dice, x, y, row >= 6, (row + column) % 2 == 0);
        }
    }
    canvas.rect(0.0, 700.0, 1440.0, 22.0, fade(700.0, rgb(86, 130, 182), 722.0, rgb(40, 80, 132)));
    canvas.rect(0.0, 1320.0, 1440.0, 600.0, fade(1320.0, rgb(150, 150, 148), 1920.0, rgb(104, 104, 104)));
    for (y, wide) in [(1370.0, 3.0), (1450.0, 4.0), (1570.0, 5.0), (1750.0, 6.0)] {
        canvas.rect(0.0, y, 1440.0, wide, shade(0.3));
    }
    for x in steps(-1400.0, 2900.0, 200.0) {
        canvas.line(
            (720.0 + (x - 720.0) * 0.66, 1320.0),
            (720.0 + (x - 720.0) * 1.4, 1920.0),
            4.0,
            shade(0.25),
        );
    }
    canvas.glow((640.0, 1500.0), 560.0, 120.0, light(0.5));
    canvas.rect(
        0.0,
        0.0,
        1440.0,
        1330.0,
        Paint::Linear(((0.0, 0.0), light(0.3)), ((1440.0, 1330.0), shade(0.34))),
    );
    mirror(canvas);
    basin(canvas);
    bucket(canvas);
}

/// A glazed tile: plain above, with a painted star below.
fn tile(canvas: &mut Canvas, dice: &mut Dice, x: f32, y: f32, painted: bool, star: bool) {
    let glaze = rgb(238, 240, 234).times(dice.between(0.95, 1.03));
    canvas.rect(x + 2.0, y + 2.0, 116.0, 116.0, glaze);
    if painted {
        let blue = rgb(42, 92, 158).times(dice.between(0.9, 1.15));
        let (cx, cy) = (x + 60.0, y + 60.0);
        for (dx, dy) in [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)] {
            let corner = [
                (cx + dx * 58.0, cy + dy * 58.0),
                (cx + dx * 58.0, cy + dy * 24.0),
                (cx + dx * 24.0, cy + dy * 58.0),
            ];
            canvas.fill(&corner, blue);
            if star {
                let leaf = [
                    (cx, cy),
                    (cx + dx * 14.0, cy + dy * 38.0),
                    (cx + dx * 38.0, cy + dy * 38.0),
                    (cx + dx * 38.0, cy + dy * 14.0),
                ];
                canvas.fill(&leaf, blue);
            }
        }
        if star {
            canvas.ellipse((cx, cy), 11.0, 11.0, rgb(240, 196, 80));
        } else {
            canvas.ellipse((cx, cy), 36.0, 36.0, blue);
            canvas.ellipse((cx, cy), 26.0, 26.0, glaze);
            canvas.ellipse((cx, cy), 12.0, 12.0, rgb(240, 196, 80));
        }
    }
    canvas.fill(&[(x + 8.0, y + 8.0), (x + 58.0, y + 8.0), (x + 8.0, y + 58.0)], light(0.3));
}

/// A round mirror with the window in it.
fn mirror(canvas: &mut Canvas) {
    canvas.ellipse((706.0, 404.0), 272.0, 272.0, shade(0.26));
    canvas.ellipse((690.0, 380.0), 272.0, 272.0, sweep(420.0, rgb(206, 172, 112), 960.0, rgb(136, 104, 58)));
    canvas.ellipse(
        (690.0, 380.0),
        254.0,
        254.0,
        Paint::Linear(((520.0, 160.0), rgb(214, 230, 236)), ((860.0, 620.0), rgb(120, 142, 152))),
    );
    canvas.fill(
        &[(560.0, 250.0), (700.0, 230.0), (700.0, 470.0), (560.0, 470.0)],
        fade(230.0, rgb(250, 252, 250), 470.0, rgb(206, 228, 226)),
    );
    canvas.rect(626.0, 238.0, 8.0, 232.0, rgb(150, 166, 172));
    canvas.fill(&[(500.0, 520.0), (860.0, 190.0), (890.0, 236.0), (546.0, 570.0)], light(0.2));
}

/// The basin on its wooden board, and the tap.
fn basin(canvas: &mut Canvas) {
    canvas.rect(250.0, 990.0, 900.0, 90.0, shade(0.26));
    canvas.rect(230.0, 940.0, 900.0, 66.0, fade(940.0, rgb(198, 150, 100), 1006.0, rgb(132, 90, 54)));
    canvas.rect(230.0, 940.0, 900.0, 66.0, Paint::Rough(0.6, (0.3, 4.0)));
    let bowl: Vec<Point> = steps(0.0, 33.0, 1.0)
        .map(|step| (step / 32.0 * std::f32::consts::PI).sin_cos())
        .map(|(sin, cos)| (690.0 - cos * 270.0, 790.0 + sin * 152.0))
        .collect();
    canvas.fill(
        &bowl,
        Paint::Linear(((460.0, 800.0), rgb(255, 255, 252)), ((940.0, 930.0), rgb(158, 168, 172))),
    );
    canvas.ellipse((690.0, 790.0), 270.0, 46.0, rgb(250, 250, 246));
    canvas.ellipse((690.0, 794.0), 240.0, 34.0, fade(760.0, rgb(150, 160, 166), 828.0, rgb(220, 226, 226)));
    let steel = rgb(196, 204, 208);
    canvas.pen(
        &[vec![
            (690.0, 770.0),
            (690.0, 664.0),
            (704.0, 640.0),
            (740.0, 632.0),
            (786.0, 640.0),
            (796.0, 672.0),
        ]],
        30.0,
        steel.times(0.7),
    );
    canvas.pen(
        &[vec![(684.0, 766.0), (684.0, 664.0), (700.0, 636.0), (738.0, 626.0), (780.0, 632.0)]],
        10.0,
        light(0.8),
    );
    canvas.rect(930.0, 840.0, 70.0, 100.0, sweep(930.0, rgb(120, 180, 160), 1000.0, rgb(60, 112, 98)));
    canvas.rect(954.0, 806.0, 18.0, 36.0, rgb(60, 60, 60));
    canvas.rect(936.0, 804.0, 40.0, 12.0, rgb(60, 60, 60));
}

/// The cleaner's bucket and mop.
fn bucket(canvas: &mut Canvas) {
    canvas.glow((1130.0, 1560.0), 210.0, 36.0, shade(0.8));
    canvas.line((1290.0, 560.0), (1130.0, 1400.0), 18.0, rgb(216, 180, 110));
    canvas.fill(
        &[(1000.0, 1290.0), (1270.0, 1290.0), (1236.0, 1560.0), (1034.0, 1560.0)],
        sweep(1000.0, rgb(252, 206, 60), 1270.0, rgb(190, 130, 14)),
    );
    canvas.ellipse((1135.0, 1290.0), 135.0, 30.0, rgb(206, 148, 24));
    canvas.ellipse(
        (1135.0, 1294.0),
        118.0,
        22.0,
        fade(1270.0, rgb(110, 140, 156), 1316.0, rgb(196, 216, 220)),
    );
    for (index, x) in steps(1090.0, 1200.0, 15.0).enumerate() {
        let sway = if index % 2 == 0 { -14.0 } else { 12.0 };
        canvas.line(
            (1140.0, 1240.0),
            (x + sway, 1300.0),
            16.0,
            rgb(232, 230, 220).times(if index % 2 == 0 { 1.0 } else { 0.86 }),
        );
    }
    canvas.rect(1050.0, 1400.0, 160.0, 80.0, light(0.85));
    canvas.rect(1068.0, 1420.0, 124.0, 12.0, rgb(60, 110, 160));
    canvas.rect(1068.0, 1446.0, 90.0, 12.0, rgb(60, 110, 160));
}
