//! What a process took, as the kernel counts it in `/proc`.

use std::time::Duration;

use anyhow::Context as _;

/// `/proc/PID/stat` counts in hundredths of a second, whatever the kernel's own clock (proc(5), `USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

/// The CPU time of a process and all its threads so far.
pub fn cpu_time(process_id: u32) -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process_id}/stat"))?;
    // The name before the parenthesis may hold anything; utime and stime are the 12th and 13th field behind it.
    let (_, fields) = stat.rsplit_once(") ").context("/proc has no stat of the process")?;
    let mut ticks = fields.split(' ').skip(11).map(str::parse::<u32>);
    match (ticks.next(), ticks.next()) {
        (Some(Ok(user)), Some(Ok(system))) => Ok(TICK * (user + system)),
        _ => anyhow::bail!("/proc/{process_id}/stat has no times"),
    }
}

/// The most memory that a process has held so far, MiB.
pub fn memory_peak_mib(process_id: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process_id}/status"))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB"));
    let kibibytes: u32 = peak.context("/proc has no peak of memory")?.trim().parse()?;
    Ok(f64::from(kibibytes) / 1024.0)
}
