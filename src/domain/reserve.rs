//! The room that is kept free on the disk of the state folder.
//!
//! Never: a look at the disk; sizes come in.

/// How much a file system holds, and how much of it this program may still fill, bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// The whole.
    pub total_bytes: u64,
    /// What is free to users other than root.
    pub free_bytes: u64,
}

/// The two reserves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reserves {
    /// The pipeline's, bytes.
    pub pipeline_bytes: u64,
    /// The most that the pipeline's may be of the whole, percent.
    pub pipeline_percent: u64,
    /// The hook's, bytes.
    pub hook_bytes: u64,
}

impl Reserves {
    /// Below the smaller of the two no photo is downloaded, so that those at work can be finished and deliveries kept;
    /// but never while the hook itself is closed for want of room, however small the share makes it.
    pub fn pauses_pipeline(self, space: Space) -> bool {
        let share = u128::from(space.total_bytes) * u128::from(self.pipeline_percent) / 100;
        let reserve = u128::from(self.pipeline_bytes).min(share).max(u128::from(self.hook_bytes));
        u128::from(space.free_bytes) < reserve
    }

    /// Below it no delivery is taken: the database needs room to close cleanly.
    pub fn closes_hook(self, space: Space) -> bool {
        space.free_bytes < self.hook_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;
    const GIB: u64 = 1 << 30;
    const RESERVES: Reserves =
        Reserves { pipeline_bytes: 2 * GIB, pipeline_percent: 5, hook_bytes: 128 * MIB };

    fn space(total_bytes: u64, free_bytes: u64) -> Space {
        Space { total_bytes, free_bytes }
    }

    #[test]
    fn on_a_large_disk_the_pipeline_pauses_below_the_bytes_and_on_a_small_one_below_the_share() {
        for (total, reserve) in [(1024 * GIB, 2 * GIB), (40 * GIB, 2 * GIB), (20 * GIB, GIB)] {
            assert!(RESERVES.pauses_pipeline(space(total, reserve - 1)), "{total}");
            assert!(!RESERVES.pauses_pipeline(space(total, reserve)), "{total}");
        }
    }

    #[test]
    fn the_hook_closes_below_its_own_reserve_and_never_before_the_pipeline_pauses() {
        assert!(RESERVES.closes_hook(space(1024 * GIB, 128 * MIB - 1)));
        assert!(!RESERVES.closes_hook(space(1024 * GIB, 128 * MIB)));
        for total in [MIB, 100 * MIB, GIB, 1024 * GIB] {
            let tight = space(total, 128 * MIB - 1);
            assert!(RESERVES.closes_hook(tight) && RESERVES.pauses_pipeline(tight), "{total}");
        }
    }

    #[test]
    fn reserves_of_nothing_never_pause() {
        let none = Reserves { pipeline_bytes: 0, pipeline_percent: 0, hook_bytes: 0 };
        assert!(!none.pauses_pipeline(space(GIB, 0)) && !none.closes_hook(space(GIB, 0)));
    }
}
