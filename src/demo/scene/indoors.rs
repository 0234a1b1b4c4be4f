//! Rooms: a hall, a stained ceiling.

use super::props::{beam, worker};
use crate::demo::paint::{Color, Paint, Point, fade, light, rgb, shade, sweep};
use crate::demo::painter::Canvas;
use crate::demo::texture::{Dice, steps};

/// A room seen straight on: the back wall's rectangle inside the picture.
struct Room {
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
}

impl Room {
    /// The point on the floor: across (0 to 1) and toward the viewer (0 at the back wall, 1 at the picture's foot).
    fn floor(&self, across: f32, near: f32) -> Point {
        let y = self.bottom + (1920.0 - self.bottom) * near;
        let reach = (y - 800.0) / (self.bottom - 800.0);
        let middle = f32::midpoint(self.left, self.right);
        (middle + (across - 0.5) * (self.right - self.left) * reach, y)
    }

    /// Side walls, ceiling and floor as four sheets around the back wall.
    fn sheets(&self, canvas: &mut Canvas, wall: Color, ceiling: Color, floor: Paint) {
        let Self { left, top, right, bottom } = *self;
        canvas.fill(
            &[(0.0, 0.0), (1440.0, 0.0), (right, top), (left, top)],
            fade(0.0, ceiling, top, ceiling.times(0.86)),
        );
        canvas.fill(&[self.floor(0.0, 1.0), self.floor(1.0, 1.0), (right, bottom), (left, bottom)], floor);
        canvas.rect(
            left,
            top,
            right - left,
            bottom - top,
            fade(top, wall.times(0.92), bottom, wall.times(1.04)),
        );
        canvas.fill(
            &[(0.0, 0.0), (left, top), (left, bottom), self.floor(0.0, 1.0), (-900.0, 1920.0), (-900.0, 0.0)],
            sweep(0.0, wall.times(0.78), left, wall.times(0.94)),
        );
        canvas.fill(
            &[
                (1440.0, 0.0),
                (right, top),
                (right, bottom),
                self.floor(1.0, 1.0),
                (2340.0, 1920.0),
                (2340.0, 0.0),
            ],
            sweep(right, wall.times(0.86), 1440.0, wall.times(0.66)),
        );
    }
}

/// A polished hall with a sign for the wet floor.
pub fn lobby(canvas: &mut Canvas) {
    let mut dice = Dice::new(83);
    let room = Room { left: 330.0, top: 470.0, right: 1110.0, bottom: 1130.0 };
    let stone = fade(1130.0, rgb(226, 218, 204), 1920.0, rgb(150, 140, 128));
    room.sheets(canvas, rgb(206, 190, 168), rgb(240, 236, 228), stone);
    for lamp in [0.2, 0.42, 0.68] {
        let (y, wide) = (470.0 - 470.0 * lamp, 120.0 + 260.0 * lamp);
        canvas.fill(
            &[
                (720.0 - wide, y),
                (720.0 + wide, y),
                (720.0 + wide * 1.24, y - 56.0 * (0.6 + lamp)),
                (720.0 - wide * 1.24, y - 56.0 * (0.6 + lamp)),
            ],
            rgb(255, 252, 240),
        );
        canvas.glow((720.0, y), wide * 2.0, 110.0, light(0.5));
    }
    // The bright garden behind the glass, and the same turned over in the floor.
    canvas.rect(390.0, 540.0, 660.0, 590.0, fade(540.0, rgb(206, 230, 244), 1130.0, rgb(246, 246, 226)));
    for _ in 0..120 {
        let at = (dice.between(446.0, 994.0), dice.between(890.0, 1080.0));
        canvas.ellipse(
            at,
            dice.between(20.0, 60.0),
            dice.between(16.0, 44.0),
            rgb(132, 172, 104).times(dice.between(0.7, 1.25)).with_alpha(0.6),
        );
    }
    for x in steps(390.0, 1060.0, 132.0) {
        canvas.rect(x - 6.0, 540.0, 12.0, 590.0, rgb(72, 66, 60));
    }
    for y in [540.0, 720.0, 1124.0] {
        canvas.rect(384.0, y, 672.0, 10.0, rgb(72, 66, 60));
    }
    for part in steps(0.06, 1.1, 0.2) {
        let sheet = [
            room.floor(part, 0.0),
            room.floor(part + 0.15, 0.0),
            room.floor(part + 0.17, 0.85),
            room.floor(part - 0.02, 0.85),
        ];
        canvas.fill(&sheet, fade(1130.0, light(0.75), 1820.0, light(0.0)));
    }
    for near in [0.05, 0.13, 0.25, 0.42, 0.68] {
        let (from, to) = (room.floor(0.0, near), room.floor(1.0, near));
        canvas.line(from, to, 2.0 + near * 4.0, shade(0.22));
    }
    for across in steps(0.0, 1.05, 0.1) {
        canvas.line(room.floor(across, 0.0), room.floor(across, 1.0), 3.0, shade(0.16));
    }
    for (x, near) in [(238.0, 0.12), (1202.0, 0.12), (60.0, 0.34), (1380.0, 0.34)] {
        column(canvas, x, near);
    }
    sign(canvas);
    worker(canvas, (840.0, 1330.0), 380.0, rgb(58, 132, 160));
    canvas.line((930.0, 1060.0), (1010.0, 1330.0), 9.0, rgb(196, 170, 110));
    canvas.ellipse((1014.0, 1336.0), 70.0, 16.0, rgb(214, 214, 206));
}

/// A round column and its mirror image.
fn column(canvas: &mut Canvas, x: f32, near: f32) {
    let (foot, wide) = (1130.0 + 790.0 * near, 62.0 + near * 130.0);
    let body = |canvas: &mut Canvas, from: f32, to: f32, alpha: f32| {
        canvas.rect(
            x - wide,
            from,
            wide,
            to - from,
            sweep(x - wide, rgb(190, 176, 156).with_alpha(alpha), x, rgb(250, 244, 232).with_alpha(alpha)),
        );
        canvas.rect(
            x,
            from,
            wide,
            to - from,
            sweep(x, rgb(250, 244, 232).with_alpha(alpha), x + wide, rgb(122, 110, 96).with_alpha(alpha)),
        );
    };
    body(canvas, foot, foot + 330.0, 0.22);
    body(canvas, 0.0, foot, 1.0);
    canvas.rect(
        x - wide * 1.12,
        foot - 34.0,
        wide * 2.24,
        40.0,
        sweep(x - wide, rgb(116, 104, 92), x + wide, rgb(70, 62, 56)),
    );
}

/// The yellow folding sign.
fn sign(canvas: &mut Canvas) {
    canvas.glow((470.0, 1500.0), 190.0, 34.0, shade(0.7));
    canvas.fill(&[(470.0, 1220.0), (520.0, 1220.0), (600.0, 1480.0), (560.0, 1486.0)], rgb(178, 128, 10));
    let face = [(420.0, 1216.0), (516.0, 1216.0), (556.0, 1500.0), (372.0, 1500.0)];
    canvas.fill(&face, fade(1216.0, rgb(255, 214, 50), 1500.0, rgb(236, 170, 20)));
    canvas.fill(&[(466.0, 1270.0), (514.0, 1370.0), (420.0, 1370.0)], rgb(40, 36, 30));
    canvas.fill(&[(466.0, 1288.0), (498.0, 1360.0), (434.0, 1360.0)], rgb(255, 210, 46));
    canvas.rect(463.0, 1308.0, 7.0, 30.0, rgb(40, 36, 30));
    canvas.rect(463.0, 1344.0, 7.0, 8.0, rgb(40, 36, 30));
    for (y, wide) in [(1396.0, 120.0), (1426.0, 96.0), (1456.0, 110.0)] {
        canvas.rect(466.0 - wide / 2.0, y, wide, 11.0, rgb(40, 36, 30));
    }
    canvas.rect(436.0, 1216.0, 64.0, 20.0, shade(0.35));
}

/// A room with a stain on its ceiling.
pub fn stain(canvas: &mut Canvas) {
    let mut dice = Dice::new(97);
    let room = Room { left: 250.0, top: 620.0, right: 1130.0, bottom: 1290.0 };
    room.sheets(
        canvas,
        rgb(226, 218, 200),
        rgb(246, 242, 232),
        fade(1290.0, rgb(184, 136, 92), 1920.0, rgb(128, 86, 54)),
    );
    for across in steps(0.0, 1.0, 0.05) {
        canvas.line(room.floor(across, 0.0), room.floor(across, 1.0), 3.0, shade(0.3));
    }
    canvas.fill(
        &[room.floor(0.0, 0.0), room.floor(1.0, 0.0), room.floor(1.0, 1.0), room.floor(0.0, 1.0)],
        Paint::Rough(0.4, (1.5, 0.4)),
    );
    for (from, to) in
        [((0.0, 0.0), (250.0, 620.0)), ((250.0, 620.0), (1130.0, 620.0)), ((1130.0, 620.0), (1440.0, 0.0))]
    {
        canvas.line(from, to, 15.0, rgb(252, 250, 244));
        canvas.line((from.0, from.1 + 12.0), (to.0, to.1 + 12.0), 8.0, shade(0.13));
    }
    canvas.rect(250.0, 1262.0, 880.0, 30.0, rgb(248, 246, 238));
    bright_window(canvas);
    // Rings of water, one dried after another; then the runs down the wall.
    for (x, y, wide, tall) in
        [(760.0, 360.0, 360.0, 170.0), (560.0, 440.0, 210.0, 104.0), (960.0, 470.0, 200.0, 96.0)]
    {
        for (size, alpha) in [(1.0, 0.3), (0.84, 0.26), (0.62, 0.3), (0.36, 0.34)] {
            let turn = dice.between(0.0, 6.0);
            let blot: Vec<Point> = steps(0.0, 72.0, 1.0)
                .map(|step| step / 72.0 * std::f32::consts::TAU)
                .map(|angle| {
                    let wave = (angle * 3.0 + turn).sin() * 0.07 + (angle * 7.0 - turn).sin() * 0.035;
                    let reach = size * (1.0 + wave + (angle * 17.0).sin() * 0.012);
                    (x + angle.cos() * wide * reach, y + angle.sin() * tall * reach)
                })
                .collect();
            canvas.fill(&blot, rgb(176, 128, 66).with_alpha(alpha));
            canvas.pen(&[[blot.as_slice(), &blot[..1]].concat()], 4.0, rgb(120, 78, 34).with_alpha(0.35));
        }
    }
    for (x, long) in [(640.0, 230.0), (676.0, 380.0), (790.0, 300.0), (838.0, 160.0), (950.0, 240.0)] {
        canvas.rect(
            x,
            628.0,
            20.0,
            long,
            fade(628.0, rgb(150, 106, 52).with_alpha(0.55), 628.0 + long, rgb(170, 130, 80).with_alpha(0.0)),
        );
    }
    furniture(canvas);
}

/// The window, its curtain and its light on the floor.
fn bright_window(canvas: &mut Canvas) {
    canvas.rect(326.0, 724.0, 268.0, 392.0, rgb(250, 248, 240));
    canvas.rect(346.0, 744.0, 228.0, 352.0, fade(744.0, rgb(188, 218, 240), 1096.0, rgb(244, 246, 232)));
    canvas.glow((450.0, 1060.0), 110.0, 80.0, rgb(134, 170, 110).with_alpha(0.9));
    canvas.rect(454.0, 744.0, 12.0, 352.0, rgb(250, 248, 240));
    canvas.rect(346.0, 900.0, 228.0, 10.0, rgb(250, 248, 240));
    canvas.rect(316.0, 1108.0, 288.0, 18.0, rgb(236, 230, 218));
    canvas.glow((460.0, 910.0), 460.0, 460.0, light(0.4));
    for (left, right) in [(286.0, 372.0), (556.0, 640.0)] {
        for x in steps(left, right, 21.0) {
            canvas.rect(x, 690.0, 21.0, 520.0, sweep(x, rgb(120, 148, 150), x + 21.0, rgb(176, 198, 196)));
        }
    }
    canvas.rect(270.0, 680.0, 390.0, 13.0, rgb(110, 86, 62));
    beam(canvas, &[(420.0, 1360.0), (620.0, 1360.0), (760.0, 1640.0), (450.0, 1640.0)], 0.26);
}

/// A sofa, a lamp that is off, and the bucket.
fn furniture(canvas: &mut Canvas) {
    canvas.glow((960.0, 1480.0), 430.0, 50.0, shade(0.8));
    let cloth = rgb(64, 106, 112);
    canvas.rect(700.0, 1090.0, 560.0, 250.0, fade(1090.0, cloth.times(1.25), 1340.0, cloth));
    canvas.rect(700.0, 1300.0, 560.0, 120.0, fade(1300.0, cloth.times(1.4), 1420.0, cloth.times(0.8)));
    canvas.rect(976.0, 1100.0, 6.0, 310.0, shade(0.3));
    for x in [650.0, 1230.0] {
        canvas.rect(x, 1190.0, 84.0, 260.0, sweep(x, cloth.times(1.3), x + 84.0, cloth.times(0.75)));
        canvas.ellipse((x + 42.0, 1190.0), 42.0, 30.0, cloth.times(1.4));
        canvas.rect(x + 20.0, 1450.0, 18.0, 40.0, rgb(70, 50, 36));
    }
    canvas.fill(
        &[(760.0, 1180.0), (890.0, 1150.0), (916.0, 1280.0), (786.0, 1304.0)],
        fade(1150.0, rgb(240, 188, 96), 1300.0, rgb(206, 142, 56)),
    );
    // The bucket under the drip.
    canvas.glow((560.0, 1560.0), 130.0, 28.0, shade(0.8));
    canvas.fill(
        &[(470.0, 1410.0), (650.0, 1410.0), (624.0, 1566.0), (496.0, 1566.0)],
        sweep(470.0, rgb(236, 96, 70), 650.0, rgb(150, 44, 34)),
    );
    canvas.ellipse((560.0, 1410.0), 90.0, 22.0, rgb(176, 56, 44));
    canvas.ellipse((560.0, 1414.0), 78.0, 16.0, fade(1398.0, rgb(160, 184, 196), 1430.0, rgb(90, 110, 120)));
    for (y, size) in [(1260.0, 9.0), (1350.0, 11.0)] {
        canvas.ellipse((562.0, y), size * 0.7, size * 1.5, rgb(150, 176, 190).with_alpha(0.9));
    }
}
