//! A file read forwards through one buffer, which knows where it is and where the file ends.
//!
//! Never holds more of the file than its buffer; callers say how much they want and have bounded it before.

use std::io::{self, BufRead as _, BufReader, Read, Seek, SeekFrom};

/// Large enough that entropy-coded data is scanned in few calls.
const BUFFER_BYTES: usize = 64 * 1024;

/// Anything that can be read and sought: a spool file, or bytes in memory.
pub(crate) trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// Why a walk ended before the container's end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The bytes end first, or lead nowhere: what was missing, where.
    Cut(String),
    /// The disk failed, which says nothing about the file.
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

pub(crate) struct Source<'a> {
    inner: BufReader<&'a mut dyn ReadSeek>,
    position: u64,
    length: u64,
}

impl<'a> Source<'a> {
    pub(crate) fn new(file: &'a mut dyn ReadSeek) -> io::Result<Self> {
        let length = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(0))?;
        Ok(Self { inner: BufReader::with_capacity(BUFFER_BYTES, file), position: 0, length })
    }

    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    pub(crate) fn remaining(&self) -> u64 {
        self.length.saturating_sub(self.position)
    }

    /// What is buffered from here on; empty only at the end of the file.
    pub(crate) fn buffered(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    /// Goes on by bytes that `buffered` showed.
    pub(crate) fn consume(&mut self, count: usize) {
        self.inner.consume(count);
        self.position += count as u64;
    }

    /// The next `N` bytes, which belong to `part`.
    pub(crate) fn array<const N: usize>(&mut self, part: &str) -> Result<[u8; N], Stop> {
        let mut bytes = [0; N];
        self.fill(&mut bytes, part)?;
        Ok(bytes)
    }

    /// The next `count` bytes, which belong to `part`; the caller has bounded `count`.
    pub(crate) fn bytes(&mut self, count: usize, part: &str) -> Result<Vec<u8>, Stop> {
        if count as u64 > self.remaining() {
            return Err(self.cut(part));
        }
        let mut bytes = vec![0; count];
        self.fill(&mut bytes, part)?;
        Ok(bytes)
    }

    /// As many of the next bytes as there are, at most `count`.
    pub(crate) fn at_most(&mut self, count: usize) -> Result<Vec<u8>, Stop> {
        let there = usize::try_from(self.remaining()).unwrap_or(usize::MAX);
        self.bytes(count.min(there), "what follows")
    }

    pub(crate) fn skip(&mut self, count: u64, part: &str) -> Result<(), Stop> {
        if count > self.remaining() {
            return Err(self.cut(part));
        }
        self.seek(self.position + count)
    }

    /// Goes to an absolute place inside the file.
    pub(crate) fn go_to(&mut self, position: u64, part: &str) -> Result<(), Stop> {
        if position > self.length {
            return Err(Stop::Cut(format!(
                "{part} lies at byte {position}, but the file ends at byte {}",
                self.length
            )));
        }
        self.seek(position)
    }

    /// The reason for a part that begins about here and is not all there.
    pub(crate) fn cut(&self, part: &str) -> Stop {
        Stop::Cut(format!("the file ends at byte {} inside {part} at byte {}", self.length, self.position))
    }

    fn fill(&mut self, bytes: &mut [u8], part: &str) -> Result<(), Stop> {
        if bytes.len() as u64 > self.remaining() {
            return Err(self.cut(part));
        }
        self.inner.read_exact(bytes)?;
        self.position += bytes.len() as u64;
        Ok(())
    }

    fn seek(&mut self, position: u64) -> Result<(), Stop> {
        let step = i128::from(position) - i128::from(self.position);
        match i64::try_from(step) {
            Ok(step) => self.inner.seek_relative(step)?,
            Err(_) => drop(self.inner.seek(SeekFrom::Start(position))?),
        }
        self.position = position;
        Ok(())
    }
}
