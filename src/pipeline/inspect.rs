//! Inspect: what the file says, and its derived images.
//!
//! Pixels are decoded only here, few at a time; a photo whose decoding once took the process with it is read without.

use std::fs::File;
use std::io::{BufReader, Seek as _};
use std::path::PathBuf;

use super::fetch::Spooled;
use super::worker::Stopped;
use super::{Pipeline, Spool};
use crate::domain::causes::chain;
use crate::domain::evidence::{Evidence, Pixels};
use crate::domain::job::{Class, Failure, Job, JobId};
use crate::inspect::pixels::{self, Derived, PixelError};
use crate::inspect::{self, ReadError};

pub(super) struct Inspected {
    pub(super) evidence: Evidence,
    pub(super) derived: Vec<Derived>,
}

impl Pipeline {
    pub(super) async fn inspect(&self, job: &Job, spooled: &Spooled) -> Result<Inspected, Stopped> {
        let path = self.tools.spool.path(&spooled.name);
        let (spool, job_id) = (self.tools.spool.clone(), job.lease.job);
        let inspected = if job.suspect {
            let _alone = self.inspecting.write().await;
            off_thread(move || marked(&spool, job_id, || read_without_pixels(&path))).await
        } else {
            let _together = self.inspecting.read().await;
            let permit = self.tools.decoders.acquire().await;
            let inspected = off_thread(move || marked(&spool, job_id, || read_with_pixels(&path))).await;
            drop(permit);
            inspected
        };
        Ok(inspected?)
    }
}

/// A crash within makes the job a suspect; the mark stands no longer than the work that can crash.
fn marked(
    spool: &Spool,
    job: JobId,
    read: impl FnOnce() -> Result<Inspected, ReadError>,
) -> Result<Inspected, ReadError> {
    let _mark = spool.mark_inspecting(job)?;
    crate::fault::point("inspecting");
    read()
}

async fn off_thread(
    work: impl FnOnce() -> Result<Inspected, ReadError> + Send + 'static,
) -> Result<Inspected, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(inspected)) => Ok(inspected),
        Ok(Err(ReadError::NotAPhoto { seems })) => {
            Err(Failure::new(Class::NotAPhoto, format!("the link gives no photo or video but {seems}")))
        }
        Ok(Err(ReadError::Io(error))) => {
            Err(Failure::new(Class::Internal, format!("could not read the spool file: {error}")))
        }
        Err(_panicked) => Err(Failure::new(Class::Internal, "reading the file failed; see the log")),
    }
}

fn read_without_pixels(path: &PathBuf) -> Result<Inspected, ReadError> {
    let mut evidence = inspect::read(&mut BufReader::new(File::open(path)?))?;
    let reason = "the program ended while this file was inspected; its pixels are left alone".to_owned();
    evidence.pixels = Pixels::NotDecoded { reason };
    Ok(Inspected { evidence, derived: Vec::new() })
}

/// An image that cannot be decoded is archived all the same, and says so.
fn read_with_pixels(path: &PathBuf) -> Result<Inspected, ReadError> {
    let mut file = BufReader::new(File::open(path)?);
    let mut evidence = inspect::read(&mut file)?;
    file.rewind()?;
    let derived =
        match pixels::derive(file, evidence.media_type, evidence.exif.orientation, pixels::Limits::default())
        {
            Ok(decoded) => {
                evidence.pixels = Pixels::Decoded;
                evidence.fingerprint = decoded.fingerprint;
                decoded.derived
            }
            // The reading says so already.
            Err(PixelError::NoDecoder(_)) => Vec::new(),
            Err(error) => {
                evidence.pixels = Pixels::Undecodable { reason: chain(&error) };
                Vec::new()
            }
        };
    Ok(Inspected { evidence, derived })
}
