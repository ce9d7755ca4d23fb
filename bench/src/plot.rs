//! The measurements as a picture: one bar for each row, from spawn to ready and from ready to the first answer.

use std::fmt::Write as _;

use crate::condition::Condition;
use crate::measure::{Medians, Row};

const WIDTH: f64 = 760.0;
const LEFT: f64 = 210.0;
/// Space for the number next to the longest bar.
const RIGHT: f64 = 90.0;
const BAR: f64 = 18.0;
const STEP: f64 = 28.0;
const TITLE: f64 = 34.0;

/// Readable on both light and dark pages.
const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-weight:600}.init{fill:#9ec5fe}\
    .first{fill:#0b5ed7}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.init{fill:#385b8c}.first{fill:#79b0ff}}";

/// An SVG of the rows: unthrottled, and under the CPU share if that was measured.
pub(crate) fn svg(rows: &[&Row]) -> String {
    let mut bars = String::new();
    let mut y = 0.0;
    for (title, condition) in [
        ("all of a CPU", Condition::Unthrottled),
        ("the CPU share of 128 MB after its start", Condition::Share),
    ] {
        let rows: Vec<_> =
            rows.iter().filter_map(|row| Some((row.name.as_str(), *row.medians.get(&condition)?))).collect();
        if !rows.is_empty() {
            y = panel(&mut bars, y, title, &rows);
        }
    }
    let height = y + 30.0;
    // Writing to a String cannot fail.
    let _ = write!(
        bars,
        r#"<rect class="init" x="{LEFT}" y="{y}" width="12" height="12"/><text x="{}" y="{}">start to ready</text>
<rect class="first" x="{}" y="{y}" width="12" height="12"/><text x="{}" y="{}">ready to first answer</text>
"#,
        LEFT + 18.0,
        y + 11.0,
        LEFT + 130.0,
        LEFT + 148.0,
        y + 11.0,
    );
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Time to the first answer">
<style>{STYLE}</style>
{bars}</svg>
"#
    )
}

/// Draws one panel at `y` and returns where it ends.
fn panel(bars: &mut String, y: f64, title: &str, rows: &[(&str, Medians)]) -> f64 {
    let longest = rows.iter().map(|(_, medians)| medians.spawn_to_first_answer_ms).fold(0.0, f64::max);
    let scale = (WIDTH - LEFT - RIGHT) / longest;
    let _ = writeln!(
        bars,
        r#"<text class="title" x="0" y="{}">Cold start to first answer, with {title}</text>"#,
        y + 20.0
    );
    let mut y = y + TITLE;
    for (name, medians) in rows {
        let init = medians.spawn_to_ready_ms * scale;
        let first = medians.ready_to_first_answer_ms * scale;
        let text = y + 14.0;
        let _ = writeln!(
            bars,
            r#"<text x="{}" y="{text}" text-anchor="end">{name}</text><rect class="init" x="{LEFT}" y="{y}" width="{init:.1}" height="{BAR}"/><rect class="first" x="{:.1}" y="{y}" width="{first:.1}" height="{BAR}"/><text x="{:.1}" y="{text}">{:.1} ms</text>"#,
            LEFT - 10.0,
            LEFT + init,
            LEFT + init + first + 8.0,
            medians.spawn_to_first_answer_ms,
        );
        y += STEP;
    }
    y + 10.0
}
