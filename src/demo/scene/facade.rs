//! Fronts: one behind scaffolding, one of glass.

use super::props::{LIME, ORANGE, cloud, sky, tree, worker};
use crate::demo::paint::{Paint, fade, light, rgb, shade, sweep};
use crate::demo::painter::Canvas;
use crate::demo::texture::{Dice, steps};

/// An old front behind scaffolding.
pub fn scaffold(canvas: &mut Canvas) {
    let mut dice = Dice::new(23);
    sky(canvas, rgb(92, 150, 212), rgb(196, 220, 238), 420.0);
    cloud(canvas, &mut dice, (360.0, 150.0), 620.0, light(0.6));
    cloud(canvas, &mut dice, (1200.0, 110.0), 420.0, light(0.5));
    // The cornice and the wall.
    canvas.fill(
        &[(0.0, 210.0), (1440.0, 290.0), (1440.0, 350.0), (0.0, 290.0)],
        fade(210.0, rgb(196, 104, 72), 340.0, rgb(132, 66, 48)),
    );
    let wall = [(0.0, 284.0), (1440.0, 344.0), (1440.0, 1680.0), (0.0, 1700.0)];
    canvas.fill(
        &wall,
        Paint::Linear(((0.0, 300.0), rgb(250, 226, 168)), ((1440.0, 1600.0), rgb(222, 178, 116))),
    );
    canvas.fill(&wall, Paint::Rough(0.28, (0.7, 0.5)));
    canvas.fill(&[(0.0, 284.0), (1440.0, 344.0), (1440.0, 372.0), (0.0, 318.0)], rgb(240, 230, 210));
    canvas.fill(
        &[(0.0, 318.0), (1440.0, 372.0), (1440.0, 420.0), (0.0, 380.0)],
        fade(320.0, shade(0.4), 410.0, shade(0.0)),
    );
    for y in [470.0, 880.0, 1290.0] {
        for x in [110.0, 460.0, 810.0, 1160.0] {
            window(canvas, x, y);
        }
    }
    for y in [830.0, 1240.0] {
        canvas.rect(0.0, y, 1440.0, 20.0, fade(y, rgb(250, 240, 218), y + 20.0, rgb(206, 176, 128)));
    }
    canvas.rect(0.0, 1690.0, 1440.0, 230.0, fade(1690.0, rgb(142, 136, 130), 1920.0, rgb(104, 98, 94)));
    canvas.rect(0.0, 1690.0, 1440.0, 230.0, Paint::Rough(0.5, (0.5, 2.4)));
    poles(canvas);
}

/// A tall window with its frame, its light and its green shutters.
fn window(canvas: &mut Canvas, x: f32, y: f32) {
    canvas.rect(x - 14.0, y - 16.0, 168.0, 270.0, rgb(246, 236, 214));
    canvas.rect(
        x,
        y,
        140.0,
        232.0,
        Paint::Linear(((x, y), rgb(60, 78, 98)), ((x + 140.0, y + 232.0), rgb(156, 190, 214))),
    );
    canvas.fill(&[(x, y + 150.0), (x + 90.0, y), (x + 126.0, y), (x, y + 210.0)], light(0.2));
    canvas.rect(x + 65.0, y, 10.0, 232.0, rgb(240, 232, 216));
    canvas.rect(x, y + 74.0, 140.0, 9.0, rgb(240, 232, 216));
    canvas.rect(x, y, 140.0, 26.0, fade(y, shade(0.5), y + 26.0, shade(0.0)));
    canvas.rect(x - 24.0, y + 240.0, 188.0, 18.0, rgb(232, 218, 190));
    for left in [x - 86.0, x + 154.0] {
        canvas.rect(left, y - 8.0, 72.0, 250.0, sweep(left, rgb(84, 128, 102), left + 72.0, rgb(58, 96, 76)));
        for slat in steps(y + 4.0, y + 232.0, 14.0) {
            canvas.rect(left + 8.0, slat, 56.0, 4.0, shade(0.28));
        }
        canvas.rect(left + 72.0, y - 4.0, 14.0, 250.0, shade(0.14));
    }
}

/// Poles, decks, rails, a net and two people.
fn poles(canvas: &mut Canvas) {
    let decks = [560.0, 970.0, 1380.0];
    for deck in decks {
        canvas.rect(0.0, deck + 26.0, 1440.0, 90.0, fade(deck + 26.0, shade(0.42), deck + 116.0, shade(0.0)));
    }
    worker(canvas, (610.0, 972.0), 330.0, ORANGE);
    worker(canvas, (1090.0, 1382.0), 330.0, LIME);
    for (bay, x) in steps(30.0, 1440.0, 340.0).enumerate() {
        for deck in decks {
            if bay % 2 == 0 {
                canvas.line((x, deck + 400.0), (x + 340.0, deck + 10.0), 10.0, rgb(150, 156, 162));
            }
        }
    }
    for deck in decks {
        canvas.rect(-10.0, deck, 1460.0, 26.0, fade(deck, rgb(214, 172, 112), deck + 26.0, rgb(132, 94, 54)));
        for x in steps(0.0, 1440.0, 120.0) {
            canvas.rect(x, deck, 4.0, 26.0, shade(0.3));
        }
        for rail in [110.0, 220.0] {
            canvas.rect(
                0.0,
                deck - rail,
                1440.0,
                11.0,
                fade(deck - rail, rgb(226, 230, 232), deck - rail + 11.0, rgb(116, 122, 128)),
            );
        }
    }
    for x in steps(30.0, 1440.0, 340.0) {
        canvas.rect(x + 26.0, 240.0, 18.0, 1460.0, shade(0.16));
        canvas.rect(
            x - 9.0,
            190.0,
            19.0,
            1536.0,
            sweep(x - 9.0, rgb(228, 232, 234), x + 10.0, rgb(104, 110, 118)),
        );
        canvas.rect(x - 34.0, 1718.0, 68.0, 14.0, rgb(92, 84, 76));
        for deck in decks {
            canvas.rect(x - 16.0, deck - 226.0, 32.0, 22.0, rgb(96, 100, 106));
        }
    }
    let net = [(1050.0, 200.0), (1440.0, 200.0), (1440.0, 960.0), (1050.0, 970.0)];
    canvas.fill(
        &net,
        sweep(1050.0, rgb(44, 132, 92).with_alpha(0.5), 1440.0, rgb(36, 110, 78).with_alpha(0.66)),
    );
    for fold in steps(1070.0, 1440.0, 52.0) {
        canvas.rect(fold, 200.0, 18.0, 764.0, sweep(fold, light(0.0), fold + 18.0, light(0.14)));
    }
}

/// A glass front and the gondola of those who clean it.
pub fn glass(canvas: &mut Canvas) {
    let mut dice = Dice::new(41);
    let from = ((0.0, 0.0), rgb(70, 142, 208));
    canvas.wash(Paint::Linear(from, ((1000.0, 1920.0), rgb(214, 232, 242))));
    for (x, y, width) in [
        (300.0, 420.0, 760.0),
        (1100.0, 760.0, 700.0),
        (420.0, 1120.0, 820.0),
        (1150.0, 1500.0, 680.0),
        (860.0, 180.0, 420.0),
    ] {
        cloud(canvas, &mut dice, (x, y), width, light(0.62));
    }
    // Panes lean toward a vanishing point far above; each mirrors the sky a little differently.
    let lean = |x: f32, y: f32| (720.0 + (x - 720.0) * (0.72 + y / 1920.0 * 0.42), y);
    let mut top = -20.0_f32;
    let mut tall = 120.0;
    while top < 1920.0 {
        for x in steps(-480.0, 1920.0, 200.0) {
            let pane = [lean(x, top), lean(x + 200.0, top), lean(x + 200.0, top + tall), lean(x, top + tall)];
            let tint = dice.pick(&[rgb(20, 62, 92), rgb(30, 88, 118), rgb(186, 220, 236), rgb(16, 46, 74)]);
            canvas.fill(&pane, tint.with_alpha(dice.between(0.08, 0.34)));
            if dice.chance(0.06) {
                canvas.fill(&pane, rgb(250, 232, 190).with_alpha(0.5));
            }
            canvas.line(pane[0], pane[3], 9.0, rgb(58, 74, 90));
            canvas.line((pane[0].0 + 6.0, top), (pane[3].0 + 6.0, top + tall), 3.0, light(0.5));
        }
        canvas.rect(0.0, top, 1440.0, 13.0, fade(top, rgb(176, 190, 200), top + 13.0, rgb(54, 68, 84)));
        top += tall;
        tall *= 1.09;
    }
    canvas.fill(&[(0.0, 1000.0), (620.0, 0.0), (860.0, 0.0), (0.0, 1400.0)], light(0.1));
    canvas.fill(&[(620.0, 1920.0), (1440.0, 560.0), (1440.0, 700.0), (720.0, 1920.0)], light(0.09));
    gondola(canvas);
    tree(canvas, &mut dice, (1500.0, 2300.0), 900.0, rgb(84, 138, 74));
}

/// The hanging platform, its ropes and two people with long wipers.
fn gondola(canvas: &mut Canvas) {
    for x in [440.0, 1010.0] {
        canvas.line((x + 40.0, 0.0), (x, 960.0), 5.0, rgb(40, 46, 54));
    }
    canvas.fill(&[(420.0, 1180.0), (1080.0, 1180.0), (1120.0, 1420.0), (470.0, 1420.0)], shade(0.14));
    for (x, vest) in [(570.0, ORANGE), (860.0, rgb(70, 150, 210))] {
        worker(canvas, (x, 1190.0), 390.0, vest);
        canvas.line((x + 100.0, 906.0), (x + 186.0, 740.0), 8.0, rgb(200, 196, 186));
        canvas.line((x + 140.0, 722.0), (x + 232.0, 756.0), 16.0, rgb(50, 54, 60));
        canvas.glow((x + 120.0, 800.0), 130.0, 90.0, light(0.55));
    }
    canvas.rect(400.0, 1050.0, 650.0, 14.0, rgb(208, 214, 218));
    for x in steps(410.0, 1050.0, 79.0) {
        canvas.rect(x, 1050.0, 9.0, 150.0, rgb(172, 180, 188));
    }
    canvas.rect(392.0, 1126.0, 666.0, 84.0, fade(1126.0, rgb(234, 92, 52), 1210.0, rgb(164, 50, 28)));
    for x in steps(420.0, 1040.0, 130.0) {
        canvas.fill(
            &[(x, 1200.0), (x + 40.0, 1136.0), (x + 76.0, 1136.0), (x + 36.0, 1200.0)],
            rgb(246, 236, 220),
        );
    }
    canvas.rect(392.0, 1206.0, 666.0, 12.0, rgb(86, 40, 30));
    for x in [420.0, 1000.0] {
        canvas.rect(x, 930.0, 34.0, 130.0, sweep(x, rgb(190, 196, 200), x + 34.0, rgb(96, 102, 110)));
    }
}
