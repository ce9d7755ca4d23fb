//! What is measured: the limit and the floor, our functions, and those in other languages if they can run here.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::condition::Condition;
use crate::function::{CA_BUNDLE, Launch};
use crate::measure::Subject;
use crate::operations::{AUTHORIZER, Operation};
use crate::report;

/// Where everything is.
pub(crate) struct Places<'a> {
    pub(crate) root: &'a Path,
    /// The bench's own folder, which git ignores.
    pub(crate) folder: &'a Path,
    pub(crate) binaries: &'a Path,
    /// The authority's certificate.
    pub(crate) ca_bundle: &'a Path,
}

impl Places<'_> {
    /// All subjects, with the names that the report uses.
    pub(crate) fn subjects(
        &self,
        operations: Vec<Operation>,
        launch: impl Fn(&Path) -> Launch,
    ) -> Result<Vec<Subject>> {
        let get = operations.iter().find(|operation| operation.name == report::GET);
        let get = get.context("the template has no dqops-get")?.clone();
        let mut subjects = Vec::new();
        for (name, binary, conditions) in [
            (report::LIMIT, "latchkey-limit", &Condition::ALL[..]),
            (report::FLOOR, "latchkey-hello", Condition::HERE),
        ] {
            let binary = self.binaries.join(binary);
            let (launch, operation) = (launch(&binary), get.clone());
            subjects.push(Subject {
                name: name.to_owned(),
                launch,
                operation,
                binary: Some(binary),
                conditions,
            });
        }
        subjects.extend(operations.into_iter().map(|operation| {
            let binary = self.binaries.join(&operation.binary);
            let (name, launch) = (operation.name.clone(), operation.launch(launch(&binary)));
            Subject { name, launch, conditions: conditions(&operation), operation, binary: Some(binary) }
        }));
        let python = self.folder.join("python/bin/python");
        for (name, program, script) in [
            (report::NODE, find_program("node"), self.folder.join("node/function.min.mjs")),
            (
                report::PYTHON,
                python.is_file().then_some(python),
                self.root.join("bench/functions/python/function.py"),
            ),
        ] {
            match program {
                Some(program) if script.is_file() => {
                    let launch = launch(&program).with([script]);
                    let launch = match name {
                        report::PYTHON => launch.set(CA_BUNDLE, &self.python_authorities()?),
                        _ => launch,
                    };
                    let (name, operation) = (name.to_owned(), get.clone());
                    let conditions = Condition::HERE;
                    subjects.push(Subject { name, launch, operation, binary: None, conditions });
                }
                _ => println!("Not measured: {name}, which is not installed here"),
            }
        }
        Ok(subjects)
    }

    /// A file with boto3's own certificate authorities and ours. For the other functions, the variables only add ours.
    /// Python reads the file in place of its own list, and has to load a whole list also when it calls the real AWS.
    fn python_authorities(&self) -> Result<String> {
        let python =
            fs::read_dir(self.folder.join("python/lib"))?.next().context("no Python in the venv")??;
        let mut authorities = fs::read(python.path().join("site-packages/botocore/cacert.pem"))?;
        authorities.extend(fs::read(self.ca_bundle)?);
        let file = self.folder.join("python-authorities.pem");
        fs::write(&file, authorities)?;
        Ok(file.display().to_string())
    }
}

/// All conditions for the two functions of a cold request, and only one for operations that take long.
fn conditions(operation: &Operation) -> &'static [Condition] {
    match operation.name.as_str() {
        report::GET | AUTHORIZER => &Condition::ALL,
        _ if operation.is_long() => &[Condition::Unthrottled],
        _ => Condition::HERE,
    }
}

fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}
