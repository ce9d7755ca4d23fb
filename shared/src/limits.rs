//! How long things may take, and how large an answer may be: every such limit, as each has to fit into another.
//!
//! The tests below hold them in their order; those of the template hold its timeouts in theirs.

use std::time::Duration;

/// For a connection to AWS. So long does a cold start wait at most: where Secrets Manager is slower, the first call
/// opens its own.
pub const CONNECT: Duration = Duration::from_secs(1);

/// For AWS to answer.
pub const READ: Duration = Duration::from_secs(3);

/// For a call that is tried once, with its connection.
pub const SINGLE_CALL: Duration = Duration::from_secs(4);

/// For all attempts of one call to Secrets Manager together.
pub const CALL: Duration = Duration::from_secs(7);

/// How long an operation waits for other writers in all, and for reads that contradict each other.
pub const READING_AGAIN: Duration = Duration::from_secs(8);

/// How long a list waits in all for calls that AWS rejects for their rate: as good as all of the time there is, since the
/// pages before would be thrown away.
pub const LISTING: Duration = Duration::from_secs(12);

/// How long an operation may take. Shorter than its `Timeout` in template.yaml, so that the client is answered before
/// Lambda stops the function; stopping half way is safe everywhere.
pub const OPERATION_TIME_LIMIT: Duration = Duration::from_secs(13);

/// How long an answer to `CloudFormation` may take, all attempts together.
pub const ANSWER_TO_CLOUDFORMATION: Duration = Duration::from_secs(5);

/// The longest `Timeout` in template.yaml: that of what provisions.
pub const LONGEST_FUNCTION_TIMEOUT: Duration = Duration::from_secs(20);

/// How long AWS accepts a signed call.
const SIGNATURE_VALIDITY: Duration = Duration::from_mins(5);

/// How late a call can arrive, counted from the start of the function that made it: it is signed while the function
/// runs. In between, it can sit in a kernel or in a frozen sandbox, with nobody left who waits for its answer.
pub const LATEST_CALL: Duration = SIGNATURE_VALIDITY.saturating_add(LONGEST_FUNCTION_TIMEOUT);

/// How much longer a read may not show what a write has done. AWS promises no bound; Terraform's provider gives a new
/// secret two minutes.
pub const LONGEST_LAG: Duration = Duration::from_mins(2);

/// The most bytes that Lambda takes for an answer, headers and escapes included.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const ANSWER_BYTES: usize = 6 * 1_024 * 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_fits_into_the_next() {
        assert!(CONNECT < READ);
        assert!(CONNECT + READ <= SINGLE_CALL);
        // A call can be tried once more after one that nobody answered.
        assert!(2 * READ + CONNECT <= CALL);
        assert!(CALL < READING_AGAIN && READING_AGAIN < LISTING && LISTING < OPERATION_TIME_LIMIT);
        assert!(OPERATION_TIME_LIMIT + ANSWER_TO_CLOUDFORMATION < LONGEST_FUNCTION_TIMEOUT);
        assert!(LONGEST_LAG < LATEST_CALL);
    }
}
