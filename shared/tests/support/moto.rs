//! Moto's Secrets Manager. It binds versions to tokens, which MiniStack's does not.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// The server exits when its standard input closes. That happens when the test process ends.
const SERVER: &str = "
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
server = ThreadedMotoServer('127.0.0.1', 0, verbose=False)
server.start()
host, port = server.get_host_and_port()
print(f'http://{host}:{port}', flush=True)
threading.Event().wait()
";

/// The address of the only server of this test process.
pub(crate) fn endpoint() -> &'static str {
    static SERVER: OnceLock<(Child, String)> = OnceLock::new();
    let (_, endpoint) = SERVER.get_or_init(start);
    endpoint
}

fn start() -> (Child, String) {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.local/venv/bin/python");
    assert!(python.exists(), "moto is not installed: `make test` does that");
    let mut child = Command::new(python)
        .args(["-c", SERVER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("http://"), "moto did not start");
    (child, line.trim().to_owned())
}
