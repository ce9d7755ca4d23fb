//! The measurements for people: tables, and a comparison with the targets.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::condition::Condition;
use crate::lists::Lists;
use crate::measure::{Medians, Row, median};
use crate::operations::AUTHORIZER;

/// The names of the rows that others are compared with.
pub(crate) const LIMIT: &str = "written by hand";
pub(crate) const FLOOR: &str = "hello world on lambda_http";
pub(crate) const NODE: &str = "Node with the AWS SDK";
pub(crate) const PYTHON: &str = "Python with boto3";
/// The row that is compared with them.
pub(crate) const GET: &str = "dqops-get";

/// The size that a package may have at most, in bytes.
pub(crate) const MAX_ZIPPED: u64 = 2_600_000;

/// Everything that was measured.
#[derive(Serialize)]
pub(crate) struct Report {
    rows: Vec<Row>,
    lists: Lists,
    /// The time of a whole cold request: a start of the authorizer, then a start of the operation.
    cold_request_ms: BTreeMap<Condition, f64>,
    /// The same for two functions written by hand.
    cold_request_by_hand_ms: BTreeMap<Condition, f64>,
}

impl Report {
    /// The report of one run.
    pub(crate) fn new(rows: Vec<Row>, lists: Lists) -> Self {
        let both = |first: &str, second: &str| {
            let row = |name: &str| rows.iter().find(|row| row.name == name);
            let (first, second) = (&row(first)?.first_answers, &row(second)?.first_answers);
            let of_condition = |(condition, firsts): (&Condition, &Vec<f64>)| {
                let sums = firsts.iter().zip(second.get(condition)?).map(|(first, second)| first + second);
                Some((*condition, median(sums.collect())))
            };
            Some(first.iter().filter_map(of_condition).collect())
        };
        let cold_request_ms = both(AUTHORIZER, GET).unwrap_or_default();
        let cold_request_by_hand_ms = both(LIMIT, LIMIT).unwrap_or_default();
        Self { rows, lists, cold_request_ms, cold_request_by_hand_ms }
    }

    /// The rows that the README's picture shows.
    pub(crate) fn shown(&self) -> Vec<&Row> {
        [LIMIT, FLOOR, GET, NODE, PYTHON].iter().filter_map(|name| self.row(name)).collect()
    }

    fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name)
    }

    fn medians(&self, name: &str, condition: Condition) -> Option<&Medians> {
        self.row(name)?.medians.get(&condition)
    }

    /// The targets, each with its result.
    pub(crate) fn targets(&self) -> String {
        let mut text = String::from("\nAimed at\n");
        for target in self.times_the_limit().into_iter().chain(self.times_others()).chain(self.own_targets())
        {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{}", target.line());
        }
        text
    }

    /// How many times as long as the functions written by hand, which nothing can beat.
    fn times_the_limit(&self) -> Vec<Target> {
        let whole = |medians: &Medians| medians.spawn_to_first_answer_ms;
        let times = |condition, value: fn(&Medians) -> f64| {
            Some(value(self.medians(GET, condition)?) / value(self.medians(LIMIT, condition)?))
        };
        let cold = |condition| {
            Some(self.cold_request_ms.get(&condition)? / self.cold_request_by_hand_ms.get(&condition)?)
        };
        let first = "spawn to first answer, times the limit";
        let both = "a cold request (authorizer, operation), times two of the limit";
        [
            (format!("{first}, answers 15 ms away"), times(Condition::AnswersAway, whole), 1.15),
            (format!("{first}, connections 15 ms away, too"), times(Condition::Away, whole), 1.15),
            (format!("{first}, 0 ms away"), times(Condition::Unthrottled, whole), 1.4),
            (format!("{both}, answers 15 ms away"), cold(Condition::AnswersAway), 1.2),
            (format!("{both}, connections 15 ms away, too"), cold(Condition::Away), 1.2),
            (
                "warm p50, times the limit".to_owned(),
                times(Condition::Unthrottled, |medians| medians.warm_p50_us),
                2.3,
            ),
        ]
        .into_iter()
        .filter_map(|(what, found, most)| Some(Target::at_most(what, found?, most, "")))
        .collect()
    }

    /// How many times as fast as the functions in other languages.
    fn times_others(&self) -> Vec<Target> {
        let whole = |medians: &Medians| medians.spawn_to_first_answer_ms;
        let times = |other, condition| {
            Some(whole(self.medians(other, condition)?) / whole(self.medians(GET, condition)?))
        };
        [
            (
                format!("spawn to first answer, times as quick as {PYTHON}"),
                times(PYTHON, Condition::Unthrottled),
                60.0,
            ),
            (
                format!("spawn to first answer, times as quick as {NODE}"),
                times(NODE, Condition::Unthrottled),
                36.0,
            ),
            (format!("the same under the share of 128 MB, {PYTHON}"), times(PYTHON, Condition::Share), 140.0),
        ]
        .into_iter()
        .filter_map(|(what, found, least)| Some(Target::at_least(what, found?, least, "")))
        .collect()
    }

    fn own_targets(&self) -> Vec<Target> {
        let mut targets = Vec::new();
        let whole = |row: &&Row| {
            row.medians.get(&Condition::Unthrottled).map_or(0.0, |medians| medians.spawn_to_first_answer_ms)
        };
        if let Some(get) = self.medians(GET, Condition::Unthrottled) {
            let what = "peak memory of a read".to_owned();
            targets.push(Target::at_most(what, get.peak_memory_mb, 7.2, " MB"));
            let is_ours =
                |row: &&Row| row.zipped_bytes.is_some() && ![FLOOR, LIMIT].contains(&row.name.as_str());
            let ours = || self.rows.iter().filter(is_ours).filter(|row| !row.name.contains(' '));
            if let Some(largest) = ours().max_by_key(|row| row.zipped_bytes) {
                let bytes = u32::try_from(largest.zipped_bytes.unwrap_or_default()).unwrap_or(u32::MAX);
                let what = format!("the largest package, {}", largest.name);
                targets.push(Target::at_most(what, f64::from(bytes) / 1e6, 2.6, " MB"));
            }
            if let Some(slowest) = ours().max_by(|a, b| whole(a).total_cmp(&whole(b))) {
                let what = format!("the slowest of one page, {}, times {GET}", slowest.name);
                targets.push(Target::at_most(what, whole(&slowest) / get.spawn_to_first_answer_ms, 1.5, ""));
            }
        }
        let Lists { of_10_000_at_once: asked, answered, .. } = self.lists;
        let share = |count: usize| u32::try_from(count).map_or(f64::INFINITY, f64::from);
        targets.extend([
            Target::at_least(
                "lists of 10,000 at once that are answered".to_owned(),
                share(answered),
                share(asked),
                "",
            ),
            Target::at_most(
                "calls of pages 2 to 10 of a list of 1,000".to_owned(),
                share(self.lists.calls_of_pages_2_to_10),
                0.0,
                "",
            ),
        ]);
        targets
    }
}

/// Tables of all rows, one for each condition.
pub(crate) fn tables(rows: &[Row]) -> String {
    let mut text = String::new();
    for condition in Condition::ALL {
        let measured = rows.iter().filter_map(|row| Some((row, row.medians.get(&condition)?)));
        part(&mut text, condition.title(), measured);
    }
    text
}

/// A target and the result.
struct Target {
    what: String,
    found: f64,
    bound: f64,
    is_least: bool,
    unit: &'static str,
}

impl Target {
    fn at_most(what: String, found: f64, bound: f64, unit: &'static str) -> Self {
        Self { what, found, bound, is_least: false, unit }
    }

    fn at_least(what: String, found: f64, bound: f64, unit: &'static str) -> Self {
        Self { what, found, bound, is_least: true, unit }
    }

    fn line(&self) -> String {
        let Self { what, found, bound, is_least, unit } = self;
        let is_met = if *is_least { found >= bound } else { found <= bound };
        let mark = if is_met { "met" } else { "MISSED" };
        let side = if *is_least { "least" } else { "most" };
        format!("{mark:6}  {what}: {found:.2}{unit} (at {side} {bound})")
    }
}

fn part<'a>(text: &mut String, title: &str, rows: impl Iterator<Item = (&'a Row, &'a Medians)>) {
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "\n{title}\n{:28} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "medians", "to ready", "to first", "together", "warm p50", "warm p99", "CPU/req.", "memory", "zipped"
    );
    for (row, medians) in rows {
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

/// Bytes as megabytes.
fn megabytes(bytes: u64) -> String {
    format!("{}.{:02} MB", bytes / 1_000_000, bytes % 1_000_000 / 10_000)
}
