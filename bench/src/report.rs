//! The measurements for people: a table, and how they stand to what was aimed at.

use std::fmt::Write as _;

use crate::measure::{Medians, Row};

/// The names of the rows that others are compared with.
pub(crate) const FLOOR: &str = "hello world on lambda_http";
pub(crate) const NODE: &str = "Node with the AWS SDK";
pub(crate) const PYTHON: &str = "Python with boto3";
/// The row that is compared.
pub(crate) const GET: &str = "dqops-get";

/// The largest package, in bytes.
pub(crate) const MAX_ZIPPED: u64 = 2_600_000;

/// All rows, with a whole processor and under the CPU share.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = String::new();
    part(&mut text, "With one whole processor", rows.iter().map(|row| (row, Some(row.unthrottled))));
    let limited = rows.iter().map(|row| (row, row.under_128_mb_share));
    part(&mut text, "Under the CPU share of 128 MB, after an unthrottled init", limited);
    text
}

fn part<'a>(text: &mut String, title: &str, rows: impl Iterator<Item = (&'a Row, Option<Medians>)>) {
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "\n{title}\n{:28} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "medians", "to ready", "to first", "together", "warm p50", "warm p99", "CPU/req.", "memory", "zipped"
    );
    for (row, medians) in rows {
        let Some(medians) = medians else { continue };
        let zipped = row.zipped_bytes.map_or_else(|| "-".to_owned(), megabytes);
        let _ = writeln!(
            text,
            "{:28} {:>6.2} ms {:>6.2} ms {:>6.2} ms {:>6.0} µs {:>6.0} µs {:>6.0} µs {:>6.1} MB {zipped:>9}",
            row.name,
            medians.spawn_to_ready_ms,
            medians.ready_to_first_answer_ms,
            medians.spawn_to_first_answer_ms,
            medians.warm_p50_us,
            medians.warm_p99_us,
            medians.cpu_per_request_us,
            medians.peak_memory_mb,
        );
    }
}

/// What was aimed at, each with what came out.
pub(crate) fn targets(rows: &[Row]) -> String {
    let find = |name: &str| rows.iter().find(|row| row.name == name);
    let mut text = String::from("\nAimed at\n");
    let Some(get) = find(GET) else { return text };
    let mut line = |what: &str, found: f64, unit: &str, is_met: bool| {
        let mark = if is_met { "met" } else { "MISSED" };
        let _ = writeln!(text, "{mark:6}  {what}: {found:.2}{unit}");
    };
    let whole = |medians: &Medians| medians.spawn_to_first_answer_ms;
    for (other, least) in [(PYTHON, 40.0), (NODE, 25.0)] {
        let Some(other) = find(other) else { continue };
        let times = whole(&other.unthrottled) / whole(&get.unthrottled);
        line(
            &format!("spawn to first answer at least {least} times that of {}", other.name),
            times,
            "",
            times >= least,
        );
    }
    if let Some(python) = find(PYTHON) {
        if let (Some(python), Some(get)) = (&python.under_128_mb_share, &get.under_128_mb_share) {
            let times = whole(python) / whole(get);
            line(
                "the same under the 128 MB share at least 100 times that of Python",
                times,
                "",
                times >= 100.0,
            );
        }
        let times = python.unthrottled.warm_p50_us / get.unthrottled.warm_p50_us;
        line("warm p50 at least 6 times that of Python", times, "", times >= 6.0);
        let times = python.unthrottled.peak_memory_mb / get.unthrottled.peak_memory_mb;
        line("peak memory at most a sixth of Python's", times, "", times >= 6.0);
    }
    let memory = get.unthrottled.peak_memory_mb;
    line("peak memory at most 8 MB", memory, " MB", memory <= 8.0);
    if let Some(floor) = find(FLOOR) {
        let times = get.unthrottled.ready_to_first_answer_ms / floor.unthrottled.ready_to_first_answer_ms;
        line("ready to first answer at most 3 times the floor", times, "", times <= 3.0);
    }
    let ours = || rows.iter().filter(|row| row.zipped_bytes.is_some() && row.name != FLOOR);
    if let Some(largest) = ours().max_by_key(|row| row.zipped_bytes) {
        let bytes = u32::try_from(largest.zipped_bytes.unwrap_or_default()).unwrap_or(u32::MAX);
        let what = format!("the largest package, {}, at most 2.6 MB", largest.name);
        line(&what, f64::from(bytes) / 1e6, " MB", u64::from(bytes) <= MAX_ZIPPED);
    }
    let slowest = ours().max_by(|a, b| whole(&a.unthrottled).total_cmp(&whole(&b.unthrottled)));
    if let Some(slowest) = slowest {
        let times = whole(&slowest.unthrottled) / whole(&get.unthrottled);
        let what = format!("the slowest operation, {}, at most 1.5 times {GET}", slowest.name);
        line(&what, times, "", times <= 1.5);
    }
    text
}

/// Bytes as megabytes.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{}.{:02} MB", bytes / 1_000_000, bytes % 1_000_000 / 10_000)
}
