//! Streets: a closed lane, a viaduct, a fallen tree.

use super::props::{House, LIME, ORANGE, cloud, cone, courses, haze, sky, tree, worker};
use crate::demo::paint::{Color, Paint, Point, fade, light, rgb, shade, sweep};
use crate::demo::painter::Canvas;
use crate::demo::texture::{Dice, steps};

/// The point of a road's plane: how far to the side (1 is the kerb) and how far down the picture.
fn road(side: f32, y: f32) -> Point {
    (700.0 + side * (y - 760.0) * 0.78, y)
}

/// A lane closed by cones, fresh asphalt.
pub fn roadworks(canvas: &mut Canvas) {
    let mut dice = Dice::new(5);
    sky(canvas, rgb(116, 172, 222), rgb(238, 238, 226), 800.0);
    for (x, y, width) in [(300.0, 230.0, 620.0), (1120.0, 360.0, 520.0), (760.0, 560.0, 420.0)] {
        cloud(canvas, &mut dice, (x, y), width, light(0.55));
    }
    for (x, y, width, tone) in [
        (520.0, 520.0, 120.0, rgb(176, 190, 204)),
        (640.0, 440.0, 90.0, rgb(164, 182, 200)),
        (760.0, 560.0, 150.0, rgb(184, 194, 202)),
    ] {
        House { x, y, width, height: 330.0, wall: tone }.paint(canvas, &mut dice, 5.0, 14.0);
    }
    haze(canvas, 500.0, 830.0, rgb(232, 232, 224).with_alpha(0.6));
    canvas.rect(0.0, 800.0, 1440.0, 1120.0, fade(800.0, rgb(190, 184, 172), 1920.0, rgb(168, 158, 144)));
    rows_of_houses(canvas, &mut dice);
    let lane = [road(-1.0, 790.0), road(1.0, 790.0), road(1.0, 1920.0), road(-1.0, 1920.0)];
    canvas.fill(&lane, fade(790.0, rgb(150, 150, 150), 1920.0, rgb(104, 104, 108)));
    canvas.fill(&lane, Paint::Rough(0.28, (1.6, 3.0)));
    let patch = [road(0.02, 1010.0), road(0.72, 1010.0), road(0.72, 1640.0), road(0.02, 1640.0)];
    canvas.fill(&patch, fade(1010.0, rgb(66, 66, 72), 1640.0, rgb(40, 40, 46)));
    canvas.fill(&patch, Paint::Rough(0.4, (2.0, 3.0)));
    for side in [-1.0, 1.0] {
        let kerb =
            [road(side, 790.0), road(side * 1.07, 790.0), road(side * 1.07, 1920.0), road(side, 1920.0)];
        canvas.fill(&kerb, rgb(214, 208, 198));
    }
    let mut y = 830.0_f32;
    while y < 1920.0 {
        let long = (y - 760.0) * 0.3;
        canvas.fill(
            &[road(-0.05, y), road(-0.01, y), road(-0.01, y + long), road(-0.05, y + long)],
            rgb(238, 234, 220).with_alpha(0.9),
        );
        y += long * 2.2;
    }
    for y in [900.0, 860.0] {
        tree(canvas, &mut dice, road(-1.35, y), (y - 700.0) * 2.6, rgb(110, 158, 84));
        tree(canvas, &mut dice, road(1.4, y), (y - 700.0) * 2.6, rgb(118, 160, 78));
    }
    tree(canvas, &mut dice, road(-1.45, 1060.0), 860.0, rgb(104, 152, 78));
    tree(canvas, &mut dice, road(1.5, 1090.0), 900.0, rgb(124, 166, 80));
    canvas.fill(&[road(-1.0, 1180.0), road(0.4, 1120.0), road(0.5, 1200.0), road(-1.0, 1320.0)], shade(0.2));
    for y in [880.0, 950.0, 1030.0] {
        cone(canvas, road(-0.14, y), (y - 760.0) * 0.24 + 12.0);
    }
    barrier(canvas);
    worker(canvas, (980.0, 1330.0), 330.0, ORANGE);
    canvas.line((1064.0, 1100.0), (1150.0, 1330.0), 9.0, rgb(150, 112, 70));
    for y in [1140.0, 1300.0, 1520.0] {
        cone(canvas, road(-0.14, y), (y - 760.0) * 0.24 + 12.0);
    }
}

/// The two fronts of the street, running to the vanishing point.
fn rows_of_houses(canvas: &mut Canvas, dice: &mut Dice) {
    for (side, tones) in [
        (-1.0, [rgb(226, 190, 150), rgb(198, 148, 120), rgb(214, 206, 190)]),
        (1.0, [rgb(170, 182, 190), rgb(210, 176, 142), rgb(188, 160, 148)]),
    ] {
        for (far, near, tone) in [
            (830.0, 880.0, tones[0]),
            (880.0, 960.0, tones[1]),
            (960.0, 1130.0, tones[2]),
            (1130.0, 1500.0, tones[0]),
        ] {
            let wall = |y: f32, up: f32| (road(side * 1.8, y).0, 770.0 + (y - 770.0) * (1.0 - up));
            let (low, high) = (1.0, 5.2);
            canvas.fill(
                &[wall(far, 0.0), wall(near, 0.0), wall(near, high), wall(far, high)],
                fade(300.0, tone.times(1.05), 1000.0, tone.times(0.8)),
            );
            let shop = tone.times(0.5).toward(rgb(70, 74, 84), 0.5);
            canvas.fill(&[wall(far, 0.0), wall(near, 0.0), wall(near, 0.86), wall(far, 0.86)], shop);
            for floor in steps(low, high - 0.4, 0.75) {
                for part in steps(0.12, 0.95, 0.22) {
                    let at = |part: f32, up: f32| wall(far + (near - far) * part, up);
                    let pane = [
                        at(part, floor),
                        at(part + 0.11, floor),
                        at(part + 0.11, floor + 0.45),
                        at(part, floor + 0.45),
                    ];
                    canvas.fill(&pane, rgb(66, 84, 102).toward(rgb(170, 200, 216), dice.between(0.0, 0.7)));
                }
            }
        }
    }
}

/// A red and white board on two legs.
fn barrier(canvas: &mut Canvas) {
    for x in [560.0, 1000.0] {
        canvas.rect(x, 930.0, 14.0, 130.0, rgb(90, 90, 94));
    }
    canvas.rect(520.0, 950.0, 530.0, 54.0, rgb(244, 240, 232));
    for x in steps(520.0, 1030.0, 106.0) {
        canvas
            .fill(&[(x, 1004.0), (x + 36.0, 950.0), (x + 90.0, 950.0), (x + 54.0, 1004.0)], rgb(212, 52, 40));
    }
    canvas.ellipse((786.0, 926.0), 18.0, 20.0, rgb(255, 178, 40));
    canvas.glow((786.0, 926.0), 70.0, 60.0, rgb(255, 200, 90).with_alpha(0.7));
}

/// An arch's outline, from its left foot over the crown to its right foot.
fn arch(x: f32, crown: f32, foot: f32, width: f32) -> Vec<Point> {
    let radius = width / 2.0;
    let mut outline = vec![(x, foot)];
    outline.extend(steps(0.0, 33.0, 1.0).map(|step| {
        let (sin, cos) = (step / 32.0 * std::f32::consts::PI).sin_cos();
        (x + radius - cos * radius, crown + radius - sin * radius)
    }));
    outline.push((x + width, foot));
    outline
}

/// The arches of a stone viaduct.
pub fn viaduct(canvas: &mut Canvas) {
    let mut dice = Dice::new(61);
    sky(canvas, rgb(134, 174, 206), rgb(226, 232, 230), 500.0);
    cloud(canvas, &mut dice, (420.0, 200.0), 760.0, light(0.7));
    cloud(canvas, &mut dice, (1180.0, 260.0), 520.0, light(0.6));
    courses(canvas, &mut dice, (0.0, 400.0, 1440.0, 1240.0), (118.0, 52.0), rgb(186, 158, 128));
    canvas.rect(0.0, 400.0, 1440.0, 1240.0, sweep(0.0, light(0.2), 1440.0, shade(0.34)));
    canvas.rect(0.0, 352.0, 1440.0, 54.0, fade(352.0, rgb(222, 204, 176), 406.0, rgb(150, 128, 104)));
    canvas.rect(0.0, 406.0, 1440.0, 40.0, fade(406.0, shade(0.5), 446.0, shade(0.0)));
    for x in steps(20.0, 1440.0, 120.0) {
        canvas.rect(x, 262.0, 10.0, 92.0, rgb(62, 70, 78));
    }
    for y in [262.0, 304.0] {
        canvas.rect(0.0, y, 1440.0, 7.0, rgb(62, 70, 78));
    }
    for (x, width) in [(-190.0, 600.0), (560.0, 640.0), (1350.0, 600.0)] {
        voussoirs(canvas, &mut dice, x, width);
    }
    // Damp, a crack, and the gauge that watches it.
    for (x, long) in [(486.0, 520.0), (448.0, 300.0), (1280.0, 420.0)] {
        canvas.glow((x, 450.0 + long / 2.0), 46.0, long / 2.0, rgb(60, 64, 48).with_alpha(0.7));
    }
    let mut crack = vec![(470.0, 700.0)];
    for y in steps(730.0, 1290.0, 30.0) {
        crack.push((470.0 + (y - 700.0) * 0.04 + dice.between(-13.0, 13.0), y));
    }
    canvas.pen(&[crack], 7.0, rgb(44, 36, 30));
    canvas.rect(424.0, 980.0, 124.0, 66.0, light(0.92));
    for x in steps(436.0, 540.0, 13.0) {
        canvas.rect(x, 990.0, 3.0, 22.0, rgb(190, 40, 36));
    }
    canvas.rect(484.0, 980.0, 4.0, 66.0, rgb(190, 40, 36));
    canvas.rect(0.0, 1636.0, 1440.0, 284.0, fade(1636.0, rgb(150, 142, 130), 1920.0, rgb(108, 100, 92)));
    canvas.rect(0.0, 1636.0, 1440.0, 284.0, Paint::Rough(0.5, (0.8, 2.6)));
    for _ in 0..420 {
        let (x, y) = (dice.between(0.0, 1440.0), 1640.0 + dice.between(0.0, 1.0) * dice.between(0.0, 50.0));
        canvas.line(
            (x, y + 6.0),
            (x + dice.between(-12.0, 12.0), y - dice.between(10.0, 44.0)),
            4.0,
            rgb(98, 132, 62).times(dice.between(0.6, 1.2)),
        );
    }
    worker(canvas, (330.0, 1700.0), 430.0, LIME);
}

/// One arch: what is seen through it, its shaded inside, and the ring of wedge stones.
fn voussoirs(canvas: &mut Canvas, dice: &mut Dice, x: f32, width: f32) {
    let (crown, foot, radius) = (640.0, 1640.0, width / 2.0);
    canvas.fill(&arch(x, crown, foot, width), fade(crown, rgb(86, 74, 64), foot, rgb(52, 46, 42)));
    let far = arch(x + width * 0.16, crown + 70.0, foot, width * 0.84);
    canvas.fill(&far, fade(crown, rgb(206, 222, 230), foot, rgb(232, 226, 204)));
    canvas.fill(&far[..], fade(1280.0, rgb(150, 176, 110).with_alpha(0.0), 1430.0, rgb(126, 156, 88)));
    tree(canvas, dice, (x + width * 0.58, 1620.0), 560.0, rgb(128, 166, 86));
    for step in steps(0.0, 23.0, 1.0) {
        let at = |step: f32, far: f32| {
            let (sin, cos) = (step / 23.0 * std::f32::consts::PI).sin_cos();
            (x + radius - cos * (radius + far), crown + radius - sin * (radius + far))
        };
        let stone =
            [at(step + 0.05, 0.0), at(step + 0.95, 0.0), at(step + 0.95, 72.0), at(step + 0.05, 72.0)];
        canvas.fill(&stone, rgb(206, 182, 150).times(dice.between(0.84, 1.1)));
    }
}

/// A car under a tree after the storm.
pub fn fallen_tree(canvas: &mut Canvas) {
    let mut dice = Dice::new(71);
    sky(canvas, rgb(112, 126, 144), rgb(206, 208, 206), 700.0);
    for (x, y, width) in [(240.0, 160.0, 760.0), (980.0, 110.0, 820.0), (700.0, 330.0, 900.0)] {
        cloud(canvas, &mut dice, (x, y), width, rgb(150, 156, 168).with_alpha(0.6));
    }
    for (x, y, wall) in [
        (-60.0, 380.0, rgb(214, 150, 92)),
        (330.0, 450.0, rgb(132, 160, 168)),
        (720.0, 360.0, rgb(224, 204, 164)),
        (1110.0, 430.0, rgb(188, 112, 96)),
    ] {
        House { x, y, width: 390.0, height: 1130.0 - y, wall }.paint(canvas, &mut dice, 3.0, 4.0);
        canvas.fill(
            &[(x - 20.0, y), (x + 410.0, y), (x + 350.0, y - 110.0), (x + 40.0, y - 110.0)],
            fade(y - 110.0, rgb(150, 82, 62), y, rgb(106, 58, 48)),
        );
    }
    canvas.rect(0.0, 1130.0, 1440.0, 110.0, fade(1130.0, rgb(178, 172, 164), 1240.0, rgb(140, 134, 130)));
    canvas.rect(0.0, 1230.0, 1440.0, 690.0, fade(1230.0, rgb(112, 116, 122), 1920.0, rgb(66, 68, 74)));
    canvas.rect(0.0, 1230.0, 1440.0, 690.0, Paint::Rough(0.45, (0.7, 2.4)));
    for (x, y, wide) in [(300.0, 1650.0, 420.0), (1080.0, 1760.0, 380.0), (860.0, 1330.0, 240.0)] {
        canvas.glow((x, y), wide, wide * 0.14, rgb(204, 212, 218).with_alpha(0.85));
    }
    car(canvas, 330.0, 1450.0, rgb(52, 108, 168));
    trunk(canvas, &mut dice);
    cone(canvas, (1130.0, 1490.0), 150.0);
    cone(canvas, (1310.0, 1560.0), 170.0);
}

/// A small car seen from its side, its roof pressed in: the left end and the ground.
fn car(canvas: &mut Canvas, x: f32, ground: f32, paint: Color) {
    let at = |points: &[Point]| points.iter().map(|(dx, dy)| (x + dx, ground - dy)).collect::<Vec<_>>();
    canvas.glow((x + 390.0, ground), 470.0, 50.0, shade(0.95));
    let cabin =
        at(&[(130.0, 180.0), (240.0, 310.0), (350.0, 296.0), (440.0, 256.0), (540.0, 300.0), (660.0, 180.0)]);
    canvas.fill(&cabin, fade(ground - 310.0, paint.times(1.2), ground - 180.0, paint.times(0.7)));
    let panes = [
        [(166.0, 186.0), (250.0, 290.0), (344.0, 276.0), (350.0, 186.0)],
        [(374.0, 186.0), (372.0, 272.0), (440.0, 244.0), (528.0, 280.0)],
    ];
    for pane in panes {
        canvas.fill(&at(&pane), fade(ground - 290.0, rgb(196, 212, 222), ground - 180.0, rgb(60, 74, 88)));
    }
    canvas.fill(
        &at(&[(374.0, 186.0), (528.0, 280.0), (620.0, 186.0)]),
        fade(ground - 290.0, rgb(176, 196, 208), ground - 180.0, rgb(60, 74, 88)),
    );
    let body =
        at(&[(10.0, 60.0), (20.0, 160.0), (120.0, 192.0), (660.0, 190.0), (770.0, 150.0), (782.0, 60.0)]);
    canvas.fill(&body, fade(ground - 192.0, paint.times(1.35), ground - 56.0, paint.times(0.55)));
    canvas.fill(&at(&[(24.0, 150.0), (764.0, 150.0), (764.0, 142.0), (24.0, 142.0)]), light(0.35));
    canvas.line((x + 362.0, ground - 186.0), (x + 362.0, ground - 66.0), 4.0, shade(0.5));
    canvas.rect(x + 384.0, ground - 136.0, 46.0, 10.0, light(0.5));
    canvas.rect(x + 14.0, ground - 140.0, 34.0, 30.0, rgb(212, 60, 44));
    canvas.rect(x + 736.0, ground - 138.0, 40.0, 28.0, rgb(250, 240, 200));
    for wheel in [170.0, 620.0] {
        canvas.ellipse((x + wheel, ground - 60.0), 78.0, 78.0, rgb(26, 26, 30));
        canvas.ellipse(
            (x + wheel, ground - 60.0),
            44.0,
            44.0,
            fade(ground - 104.0, rgb(210, 214, 218), ground - 16.0, rgb(110, 116, 122)),
        );
        canvas.ellipse((x + wheel, ground - 60.0), 14.0, 14.0, rgb(70, 74, 80));
    }
}

/// The tree across the car, its broken root to the right, its crown to the left.
fn trunk(canvas: &mut Canvas, dice: &mut Dice) {
    canvas.fill(
        &[(340.0, 1056.0), (1440.0, 1290.0), (1440.0, 1420.0), (340.0, 1104.0)],
        Paint::Linear(((880.0, 1240.0), rgb(134, 104, 80)), ((860.0, 1390.0), rgb(58, 42, 34))),
    );
    canvas.fill(
        &[(340.0, 1056.0), (1440.0, 1290.0), (1440.0, 1420.0), (340.0, 1104.0)],
        Paint::Rough(0.7, (0.4, 3.0)),
    );
    for (from, to) in [
        ((560.0, 1120.0), (400.0, 900.0)),
        ((450.0, 1090.0), (160.0, 1000.0)),
        ((500.0, 1110.0), (230.0, 1290.0)),
        ((680.0, 1150.0), (640.0, 960.0)),
    ] {
        canvas.line(from, to, 26.0, rgb(92, 70, 54));
    }
    for step in steps(0.0, 520.0, 1.0) {
        let (angle, reach) = (dice.between(0.0, std::f32::consts::TAU), dice.between(0.0, 1.0).sqrt());
        let at = (230.0 + angle.cos() * reach * 380.0, 1100.0 + angle.sin() * reach * 280.0);
        let tone = rgb(94, 130, 66).times(0.5 + step / 520.0 * 0.65 + dice.between(-0.1, 0.1));
        canvas.ellipse(at, dice.between(10.0, 30.0), dice.between(8.0, 18.0), tone.with_alpha(0.9));
    }
    for _ in 0..150 {
        let at = (dice.between(0.0, 1440.0), dice.between(1420.0, 1900.0));
        canvas.ellipse(
            at,
            dice.between(5.0, 14.0),
            dice.between(3.0, 7.0),
            rgb(110, 138, 62).times(dice.between(0.5, 1.2)),
        );
    }
}
