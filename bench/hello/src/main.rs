//! The smallest function on `lambda_http`: the floor in `make bench`. See `docs/decisions/cold-start.md`.

use lambda_http::{Error, Request, run, service_fn};

fn main() -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run(service_fn(async |_: Request| Ok::<_, Error>("Hello"))))
}
