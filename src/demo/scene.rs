//! What the demo's photos show: a day's work on sites, roofs, streets and floors.
//!
//! Never a place that anybody could recognise as theirs, nor a face: it is drawn, and may look drawn.

mod facade;
mod indoors;
mod props;
mod site;
mod street;
mod washroom;
mod waterside;

use super::painter::Canvas;

/// A motif.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// A tower growing under its crane, a skyline in the haze.
    Crane,
    /// A lane closed by cones, fresh asphalt.
    Roadworks,
    /// A polished hall with a sign for the wet floor.
    Lobby,
    /// Clay tiles, solar panels, a lake behind.
    Roof,
    /// The arches of a stone viaduct.
    Viaduct,
    /// An old front behind scaffolding.
    Scaffold,
    /// Bare floors against the evening sky.
    Frame,
    /// A car under a tree after the storm.
    FallenTree,
    /// A room with a stain on its ceiling.
    Stain,
    /// A container ship under the quay's cranes.
    Harbour,
    /// A tiled washroom.
    Washroom,
    /// A glass front and the gondola of those who clean it.
    Glass,
}

impl Scene {
    /// Paints the motif, upright at 1440 × 1920 pixels, the harbour across at 1920 × 1440.
    pub fn paint(self) -> Canvas {
        let mut canvas = match self {
            Self::Harbour => Canvas::new(1920, 1440),
            _ => Canvas::new(1440, 1920),
        };
        let paint = match self {
            Self::Crane => site::crane,
            Self::Roadworks => street::roadworks,
            Self::Lobby => indoors::lobby,
            Self::Roof => waterside::roof,
            Self::Viaduct => street::viaduct,
            Self::Scaffold => facade::scaffold,
            Self::Frame => site::frame,
            Self::FallenTree => street::fallen_tree,
            Self::Stain => indoors::stain,
            Self::Harbour => waterside::harbour,
            Self::Washroom => washroom::washroom,
            Self::Glass => facade::glass,
        };
        paint(&mut canvas);
        canvas.develop();
        canvas
    }
}
