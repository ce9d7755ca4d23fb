//! How long things may take, and how large a response may be. All limits are here, because each has to fit into
//! another.
//!
//! The tests below check their order, and the template's tests check its timeouts.
//!
//! See docs/decisions/lag.md.

use std::time::Duration;

/// For a connection to AWS. A cold start waits no longer than this: if Secrets Manager is slower, the first call opens
/// its own connection.
pub const CONNECT: Duration = Duration::from_secs(1);

/// For AWS to respond.
pub const READ: Duration = Duration::from_secs(3);

/// For a call that is tried once, including its connection.
pub const SINGLE_CALL: Duration = Duration::from_secs(4);

/// For all attempts of one call to Secrets Manager together.
pub const CALL: Duration = Duration::from_secs(7);

/// How long an operation waits in all for other writers, and for reads that contradict each other.
pub const REREADING: Duration = Duration::from_secs(8);

/// How long a list waits in all for calls that AWS throttles. It is nearly all of the time that there is, because
/// giving up would throw away the pages that were read before.
pub const LISTING: Duration = Duration::from_secs(12);

/// How long an operation may take. It is shorter than the operation's `Timeout` in template.yaml, so that the client
/// gets a response before Lambda stops the function. Stopping halfway is safe everywhere.
pub const OPERATION_TIME_LIMIT: Duration = Duration::from_secs(13);

/// How long sending an answer to CloudFormation may take, all attempts together.
pub const ANSWER_TO_CLOUDFORMATION: Duration = Duration::from_secs(5);

/// The longest `Timeout` in template.yaml: that of the provisioning functions.
pub const LONGEST_FUNCTION_TIMEOUT: Duration = Duration::from_secs(20);

/// How long AWS accepts a signed call.
const SIGNATURE_VALIDITY: Duration = Duration::from_mins(5);

/// How late a call can arrive, counted from the start of the function that made it: it is signed while the function
/// runs. Until it arrives it can be in a kernel or in a frozen sandbox, although nobody waits for its response any
/// more.
pub const LATEST_CALL: Duration = SIGNATURE_VALIDITY.saturating_add(LONGEST_FUNCTION_TIMEOUT);

/// How much longer a read can miss what a write has done. AWS promises no bound; Terraform's provider gives a new
/// secret two minutes.
pub const LONGEST_LAG: Duration = Duration::from_mins(2);

/// The largest response that Lambda accepts, in bytes, including headers and escapes.
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
        // After an attempt that nobody answered, there is time for another one.
        assert!(2 * READ + CONNECT <= CALL);
        assert!(CALL < REREADING && REREADING < LISTING && LISTING < OPERATION_TIME_LIMIT);
        assert!(OPERATION_TIME_LIMIT + ANSWER_TO_CLOUDFORMATION < LONGEST_FUNCTION_TIMEOUT);
        assert!(LONGEST_LAG < LATEST_CALL);
    }
}
