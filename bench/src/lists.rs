//! How lists behave under load: many at the same time under AWS's limit of calls per second, and page after page.
//! See `docs/decisions/lists.md`.

use std::time::Instant;

use anyhow::{Context as _, Result};
use serde::Serialize;
use tokio::task::JoinSet;

use crate::aws::{Aws, Distance};
use crate::function::{ENDPOINT, Function, Launch, check};
use crate::operations::{Operation, TEN_THOUSAND, THOUSAND, page};

/// How many of these calls AWS allows an account in a Region.
/// Source: <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html>
const CALLS_A_SECOND: u32 = 100;

/// How many lists are requested at the same time.
const AT_ONCE: usize = 8;

/// The results.
#[derive(Serialize)]
pub(crate) struct Lists {
    pub(crate) of_10_000_at_once: usize,
    pub(crate) answered: usize,
    /// The time until the last one was answered.
    pub(crate) last_answer_after_s: f64,
    pub(crate) calls_of_page_1_of_1_000: usize,
    pub(crate) calls_of_pages_2_to_10: usize,
}

/// Requests lists, from functions that it starts for this. `launch` is for TileDB's list.
pub(crate) async fn measure(aws: &Aws, launch: &Launch) -> Result<Lists> {
    let (answered, last_answer_after_s) = at_once(aws, launch).await.context("lists at once")?;
    let line = aws.line(Distance::default(), None).await?;
    let mut function = started(&page(THOUSAND, 1), launch, &line.url()).await?;
    let mut calls = Vec::new();
    for page in (1..=10).map(|number| page(THOUSAND, number)) {
        let before = line.calls();
        check(&function.invoke(&page.event).await?, &page.expected)?;
        calls.push(line.calls() - before);
    }
    Ok(Lists {
        of_10_000_at_once: AT_ONCE,
        answered,
        last_answer_after_s,
        calls_of_page_1_of_1_000: calls.first().copied().unwrap_or_default(),
        calls_of_pages_2_to_10: calls.iter().skip(1).sum(),
    })
}

async fn at_once(aws: &Aws, launch: &Launch) -> Result<(usize, f64)> {
    let line = aws.line(Distance::default(), Some(CALLS_A_SECOND)).await?;
    let list = page(TEN_THOUSAND, 1);
    let mut functions = Vec::new();
    for _ in 0..AT_ONCE {
        functions.push(started(&list, launch, &line.url()).await?);
    }
    let (began, mut running) = (Instant::now(), JoinSet::new());
    for mut function in functions {
        let event = list.event.clone();
        running.spawn(async move { function.invoke(&event).await });
    }
    let mut answered = 0;
    while let Some(answer) = running.join_next().await {
        answered += usize::from(check(&answer??, &list.expected).is_ok());
    }
    Ok((answered, began.elapsed().as_secs_f64()))
}

async fn started(operation: &Operation, launch: &Launch, url: &str) -> Result<Function> {
    Function::start(&operation.launch(launch.clone()).set(ENDPOINT, url)).await
}
