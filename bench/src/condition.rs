//! The conditions under which subjects are measured. See `docs/decisions/cold-start.md`.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use crate::aws::{Aws, Distance, Line};

/// How long a round trip takes when AWS is away.
const AWAY: Duration = Duration::from_millis(15);

/// How much CPU a function has, and how far away AWS is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Condition {
    /// A whole processor, with AWS next to it.
    Unthrottled,
    /// The same during init; afterwards, the CPU share of 128 MB.
    #[serde(rename = "under_128_mb_share")]
    Share,
    /// A whole processor, with 15 ms more for each response.
    #[serde(rename = "answers_15_ms_away")]
    AnswersAway,
    /// The same, with 15 ms more also for each round trip that opens a connection.
    #[serde(rename = "all_15_ms_away")]
    Away,
}

impl Condition {
    /// All conditions.
    pub(crate) const ALL: [Self; 4] = [Self::Unthrottled, Self::Share, Self::AnswersAway, Self::Away];
    /// Those with AWS next to the function.
    pub(crate) const HERE: &[Self] = &[Self::Unthrottled, Self::Share];

    /// The title in the report.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Unthrottled => "With one whole processor",
            Self::Share => "Under the CPU share of 128 MB, after an unthrottled init",
            Self::AnswersAway => "With one whole processor, each answer of AWS 15 ms away",
            Self::Away => "With one whole processor, each round trip to AWS 15 ms, connections included",
        }
    }

    /// How many warm requests there are in each round.
    pub(crate) fn warm_requests(self) -> usize {
        match self {
            Self::Unthrottled => 50,
            Self::Share => 10,
            Self::AnswersAway | Self::Away => 3,
        }
    }

    fn distance(self) -> Distance {
        match self {
            Self::Unthrottled | Self::Share => Distance::default(),
            Self::AnswersAway => Distance { call: AWAY, ..Distance::default() },
            Self::Away => Distance { connection: AWAY, call: AWAY },
        }
    }
}

/// A line to AWS for each condition.
pub(crate) async fn lines(aws: &Aws) -> Result<BTreeMap<Condition, Line>> {
    let mut lines = BTreeMap::new();
    for condition in Condition::ALL {
        lines.insert(condition, aws.line(condition.distance(), None).await?);
    }
    Ok(lines)
}
