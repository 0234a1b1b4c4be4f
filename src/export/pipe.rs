//! From whoever makes a download to whoever sends it: a few small pieces at a time, so that the slower one sets the pace.
//!
//! Never ends well by accident: a maker that fails or panics leaves a transfer that is broken off.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use tokio::sync::mpsc;

/// Bytes in one piece, and pieces that wait to be sent.
const PIECE_BYTES: usize = 64 * 1024;
const PIECES: usize = 4;
/// A reader that takes no piece for so long is gone, however its connection looks.
const STALL: Duration = Duration::from_mins(2);

/// The maker's end.
pub struct Out {
    sender: mpsc::Sender<Piece>,
    stall: Duration,
}

enum Piece {
    Bytes(Bytes),
    End,
}

/// Nobody takes the bytes any more.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the reader is gone or has stalled")]
pub struct Gone;

/// The maker ended without ending the download.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the download was broken off")]
pub struct BrokenOff;

/// Both ends.
pub fn pipe() -> (Out, impl Stream<Item = Result<Bytes, BrokenOff>>) {
    let (sender, receiver) = mpsc::channel(PIECES);
    let pieces = stream::unfold(Some(receiver), async |receiver| {
        let mut receiver = receiver?;
        match receiver.recv().await {
            Some(Piece::Bytes(bytes)) => Some((Ok(bytes), Some(receiver))),
            Some(Piece::End) => None,
            None => Some((Err(BrokenOff), None)),
        }
    });
    (Out { sender, stall: STALL }, pieces)
}

impl Out {
    /// Waits until there is room.
    pub async fn send(&self, bytes: impl Into<Bytes>) -> Result<(), Gone> {
        let mut bytes = bytes.into();
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(PIECE_BYTES));
            self.pass(Piece::Bytes(piece)).await?;
        }
        Ok(())
    }

    /// All was sent.
    pub async fn end(self) -> Result<(), Gone> {
        self.pass(Piece::End).await
    }

    async fn pass(&self, piece: Piece) -> Result<(), Gone> {
        self.sender.send_timeout(piece, self.stall).await.map_err(|_| Gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{StreamExt as _, TryStreamExt as _};

    #[tokio::test]
    async fn what_was_ended_arrives_whole_in_pieces() {
        let (out, pieces) = pipe();
        let made = async {
            out.send(vec![7; 3 * PIECE_BYTES + 1]).await.unwrap();
            out.end().await.unwrap();
        };
        let (found, ()) = tokio::join!(pieces.try_collect::<Vec<_>>(), made);
        let sizes: Vec<_> = found.unwrap().iter().map(Bytes::len).collect();
        assert_eq!(sizes, [PIECE_BYTES, PIECE_BYTES, PIECE_BYTES, 1]);
    }

    #[tokio::test]
    async fn what_was_not_ended_is_broken_off() {
        let (out, pieces) = pipe();
        out.send("some").await.unwrap();
        drop(out);
        let found: Vec<_> = pieces.collect().await;
        assert!(found[0].is_ok() && found[1].is_err() && found.len() == 2);
    }

    #[tokio::test]
    async fn a_reader_that_stalls_is_given_up() {
        let (mut out, _pieces) = pipe();
        out.stall = Duration::from_millis(10);
        assert!(out.send(vec![7; PIECES * PIECE_BYTES + 1]).await.is_err());
    }
}
