//! Building sites: a tower under its crane, a bare frame.

use super::props::{House, LIME, ORANGE, cloud, haze, lattice, sky, worker};
use crate::demo::paint::{Paint, fade, light, rgb, shade, sweep};
use crate::demo::painter::Canvas;
use crate::demo::texture::{Dice, steps};

/// Three rows of towers, each paler than the one before it.
fn skyline(canvas: &mut Canvas, dice: &mut Dice) {
    for (base, tall, tone) in [
        (1130.0, 380.0, rgb(186, 204, 220)),
        (1210.0, 330.0, rgb(150, 172, 194)),
        (1300.0, 260.0, rgb(112, 136, 160)),
    ] {
        let mut x = -40.0;
        while x < 1480.0 {
            let (width, height) = (dice.between(70.0, 150.0), tall * dice.between(0.45, 1.2));
            let house = House {
                x,
                y: base - height,
                width,
                height: height + 200.0,
                wall: tone.times(dice.between(0.95, 1.06)),
            };
            house.paint(canvas, dice, (width / 22.0).floor(), (height / 26.0).floor());
            if dice.chance(0.4) {
                canvas.rect(x + width * 0.45, base - height - 46.0, 6.0, 46.0, tone);
            }
            x += width + dice.between(-8.0, 26.0);
        }
        haze(canvas, base - 260.0, base + 120.0, rgb(226, 228, 226).with_alpha(0.55));
    }
}

/// The far tower of two spheres on a spire.
fn spheres(canvas: &mut Canvas) {
    let tone = rgb(176, 168, 190);
    canvas.fill(&[(386.0, 1150.0), (398.0, 380.0), (402.0, 380.0), (414.0, 1150.0)], tone);
    for (y, radius) in [(1000.0, 62.0), (680.0, 46.0), (560.0, 18.0)] {
        canvas.ellipse(
            (400.0, y),
            radius,
            radius,
            sweep(400.0 - radius, rgb(214, 178, 190), 400.0 + radius, rgb(140, 128, 160)),
        );
    }
    for side in [-1.0, 1.0] {
        canvas.line((400.0 + side * 14.0, 980.0), (400.0 + side * 86.0, 1180.0), 13.0, tone.times(0.94));
    }
}

/// A tower growing under its crane, a skyline in the haze.
pub fn crane(canvas: &mut Canvas) {
    let mut dice = Dice::new(11);
    sky(canvas, rgb(104, 160, 214), rgb(246, 226, 200), 1200.0);
    canvas.glow((250.0, 860.0), 760.0, 560.0, rgb(255, 236, 196).with_alpha(0.75));
    for (x, y, width) in [(280.0, 300.0, 560.0), (1010.0, 190.0, 460.0), (120.0, 620.0, 380.0)] {
        cloud(canvas, &mut dice, (x, y), width, rgb(255, 250, 242).with_alpha(0.5));
    }
    spheres(canvas);
    skyline(canvas, &mut dice);
    canvas.rect(0.0, 1400.0, 1440.0, 520.0, fade(1400.0, rgb(150, 138, 122), 1920.0, rgb(96, 84, 72)));
    canvas.rect(0.0, 1400.0, 1440.0, 520.0, Paint::Rough(0.5, (0.6, 2.0)));
    // The growing tower: floors of slabs, columns and shade.
    for top in steps(640.0, 1450.0, 90.0) {
        canvas.rect(790.0, top, 480.0, 90.0, sweep(790.0, rgb(92, 92, 98), 1270.0, rgb(52, 54, 62)));
        for x in steps(800.0, 1270.0, 91.0) {
            canvas.rect(x, top, 20.0, 90.0, sweep(x, rgb(206, 200, 190), x + 20.0, rgb(142, 138, 134)));
        }
        if top > 900.0 {
            for x in steps(824.0, 1180.0, 91.0) {
                canvas.rect(
                    x,
                    top + 18.0,
                    66.0,
                    66.0,
                    fade(top, rgb(150, 186, 208), top + 90.0, rgb(96, 128, 150)),
                );
            }
        }
        canvas.rect(776.0, top, 508.0, 18.0, sweep(776.0, rgb(228, 220, 208), 1284.0, rgb(150, 146, 142)));
    }
    for x in steps(800.0, 1280.0, 30.0) {
        canvas.line((x, 640.0), (x, 590.0), 4.0, rgb(122, 78, 54));
    }
    worker(canvas, (880.0, 641.0), 74.0, ORANGE);
    worker(canvas, (1130.0, 641.0), 74.0, LIME);
    canvas.rect(776.0, 600.0, 508.0, 4.0, rgb(240, 180, 40));
    // The crane.
    let yellow = rgb(246, 186, 36);
    lattice(canvas, (640.0, 1500.0), (640.0, 300.0), 54.0, 9.0, yellow);
    lattice(canvas, (340.0, 300.0), (1400.0, 286.0), 44.0, 8.0, yellow);
    canvas.line((667.0, 180.0), (1180.0, 288.0), 4.0, rgb(90, 82, 60));
    canvas.line((667.0, 180.0), (360.0, 300.0), 4.0, rgb(90, 82, 60));
    lattice(canvas, (660.0, 300.0), (656.0, 180.0), 24.0, 6.0, yellow);
    canvas.rect(340.0, 330.0, 110.0, 84.0, rgb(120, 116, 110));
    canvas.rect(676.0, 318.0, 62.0, 66.0, sweep(676.0, rgb(236, 240, 240), 738.0, rgb(120, 150, 170)));
    canvas.line((1090.0, 332.0), (1090.0, 520.0), 3.0, rgb(60, 56, 50));
    canvas.rect(1030.0, 520.0, 120.0, 26.0, rgb(150, 96, 60));
    ground(canvas, &mut dice);
}

/// Fence, pipes and people in front of the tower.
fn ground(canvas: &mut Canvas, dice: &mut Dice) {
    for x in steps(0.0, 1440.0, 180.0) {
        canvas.rect(x + 4.0, 1420.0, 172.0, 116.0, fade(1420.0, rgb(70, 128, 178), 1536.0, rgb(44, 92, 140)));
        canvas.rect(x + 4.0, 1420.0, 172.0, 12.0, light(0.25));
    }
    canvas.rect(0.0, 1536.0, 1440.0, 40.0, fade(1536.0, shade(0.5), 1576.0, shade(0.0)));
    for (x, y) in [(1010.0, 1500.0), (1130.0, 1500.0), (1250.0, 1500.0), (1070.0, 1398.0), (1190.0, 1398.0)] {
        canvas.ellipse((x, y), 62.0, 62.0, sweep(x - 60.0, rgb(208, 202, 194), x + 60.0, rgb(128, 124, 120)));
        canvas.ellipse((x, y), 44.0, 44.0, fade(y - 44.0, rgb(40, 40, 44), y + 44.0, rgb(96, 92, 88)));
    }
    for _ in 0..260 {
        let at = (dice.between(0.0, 1440.0), dice.between(1580.0, 1920.0));
        let size = dice.between(2.0, 9.0);
        canvas.ellipse(at, size, size * 0.6, rgb(176, 162, 144).times(dice.between(0.5, 1.1)));
    }
    worker(canvas, (250.0, 1590.0), 250.0, ORANGE);
    worker(canvas, (400.0, 1570.0), 224.0, LIME);
}

/// Bare floors against the evening sky.
pub fn frame(canvas: &mut Canvas) {
    let mut dice = Dice::new(37);
    sky(canvas, rgb(58, 70, 122), rgb(250, 152, 92), 1250.0);
    canvas.glow((1020.0, 1190.0), 900.0, 520.0, rgb(255, 220, 130).with_alpha(0.9));
    canvas.ellipse((1040.0, 1130.0), 66.0, 66.0, rgb(255, 244, 204));
    for _ in 0..9 {
        let at = (dice.between(0.0, 1440.0), dice.between(160.0, 950.0));
        let color = rgb(255, 190, 150).toward(rgb(150, 110, 150), dice.between(0.0, 1.0));
        canvas.glow(at, dice.between(200.0, 420.0), dice.between(14.0, 40.0), color.with_alpha(0.7));
    }
    for (base, tone) in [(1200.0, rgb(196, 122, 110)), (1290.0, rgb(134, 84, 96)), (1390.0, rgb(84, 58, 80))]
    {
        let mut x = -20.0;
        while x < 1460.0 {
            let (width, height) = (dice.between(40.0, 110.0), dice.between(60.0, 250.0));
            canvas.rect(x, base - height, width, 700.0, tone);
            for _ in 0..6 {
                let lamp = (x + dice.between(6.0, width - 6.0), base - dice.between(10.0, height));
                canvas.rect(lamp.0, lamp.1, 6.0, 8.0, rgb(255, 214, 140).with_alpha(0.75));
            }
            x += width;
        }
    }
    let concrete = rgb(96, 80, 92);
    for (level, y) in steps(430.0, 1700.0, 210.0).enumerate() {
        let back = [(90.0, y + 44.0), (860.0, y + 60.0), (860.0, y + 210.0), (90.0, y + 210.0)];
        canvas.fill(
            &back,
            sweep(90.0, rgb(50, 42, 60).with_alpha(0.9), 860.0, rgb(140, 84, 80).with_alpha(0.45)),
        );
        if level % 2 == 1 {
            canvas.glow((300.0, y + 110.0), 240.0, 120.0, rgb(255, 206, 120).with_alpha(0.9));
            canvas.ellipse((300.0, y + 70.0), 12.0, 12.0, rgb(255, 246, 214));
        }
        for x in steps(110.0, 880.0, 180.0) {
            canvas.rect(
                x,
                y + 30.0,
                44.0,
                190.0,
                sweep(x, concrete.times(0.8), x + 44.0, rgb(236, 152, 108)),
            );
        }
        let slab = [(40.0, y), (930.0, y + 26.0), (930.0, y + 62.0), (40.0, y + 44.0)];
        canvas.fill(&slab, sweep(40.0, concrete, 930.0, rgb(246, 176, 124)));
        for x in steps(60.0, 930.0, 72.0) {
            canvas.rect(x, y - 70.0, 4.0, 74.0, rgb(52, 42, 56));
        }
        canvas.line((40.0, y - 66.0), (930.0, y - 42.0), 4.0, rgb(52, 42, 56));
    }
    for x in steps(130.0, 880.0, 45.0) {
        canvas.line((x, 436.0), (x + 3.0, 340.0), 5.0, rgb(60, 44, 54));
    }
    worker(canvas, (640.0, 1078.0), 120.0, ORANGE);
    worker(canvas, (420.0, 442.0), 118.0, LIME);
    lattice(canvas, (1180.0, 1700.0), (1180.0, 250.0), 46.0, 8.0, rgb(70, 52, 70));
    lattice(canvas, (620.0, 226.0), (1440.0, 250.0), 34.0, 7.0, rgb(70, 52, 70));
    canvas.line((760.0, 260.0), (760.0, 380.0), 3.0, rgb(60, 44, 60));
    canvas.rect(0.0, 1690.0, 1440.0, 230.0, fade(1690.0, rgb(78, 56, 70), 1920.0, rgb(40, 32, 48)));
    canvas.rect(0.0, 1690.0, 1440.0, 230.0, Paint::Rough(0.4, (0.5, 2.0)));
}
