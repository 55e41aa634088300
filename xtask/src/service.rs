//! A program that runs beside the tests and is gone after them, however they end.
//!
//! A watching shell starts the program and holds one end of a pipe. When this process drops the other end, or
//! dies of anything at all (Ctrl-C, a panic, a kill), the shell sees the end of its input, ends the program and
//! removes its directory. No signal handler is needed.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::command::last_lines;

/// `$1` is the signal that ends the program, `$2` its directory, the rest the program. A program that ends by
/// itself leaves its answer in the file `ended`, and its directory stays until somebody has read why. What a
/// program leaves behind (ChromeDriver its browsers) is in the shell's process group and is ended with it; until
/// that has stopped writing, the directory cannot be removed at once.
const WATCH: &str = r#"
signal=$1 directory=$2
shift 2
exec 3<&0
"$@" 3<&- </dev/null & program=$!
(while read -r _ <&3; do :; done; [ -e "$directory/ended" ] || kill -s "$signal" "$program") & reader=$!
wait "$program"
echo "$?" >"$directory/ending"
mv "$directory/ending" "$directory/ended"
wait "$reader"
trap '' TERM
kill -s TERM 0
cd /
for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf -- "$directory" && break; sleep 0.1; done 2>/dev/null
"#;

/// A user of this machine: number of the user and of its group.
#[derive(Clone, Copy)]
pub struct Account {
    pub user: u32,
    pub group: u32,
}

/// A running program with a directory of its own.
pub struct Service {
    name: &'static str,
    watcher: Child,
    input: Option<ChildStdin>,
    directory: PathBuf,
}

/// How to start a [`Service`].
pub struct Plan<'a> {
    /// What it is called in messages and in the name of its directory.
    pub name: &'static str,
    /// The signal that ends it, without `SIG`.
    pub signal: &'a str,
    /// Who runs it; this user if none.
    pub account: Option<Account>,
    /// Program and arguments, told the service's own directory.
    pub command: &'a dyn Fn(&Path) -> Vec<String>,
}

impl Service {
    /// Makes the directory and starts the program in it; its output goes to the files `out` and `err` there.
    pub fn start(plan: &Plan) -> Outcome<Service> {
        let directory = own_directory(plan.name)?;
        let service = Self::start_in(plan, directory.clone());
        service.map_err(|error| {
            let _ = fs::remove_dir_all(&directory);
            format!("{} could not be started: {error}", plan.name)
        })
    }

    fn start_in(plan: &Plan, directory: PathBuf) -> std::io::Result<Service> {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", WATCH, plan.name, plan.signal]).arg(&directory).args((plan.command)(&directory));
        shell.stdout(File::create(directory.join("out"))?).stderr(File::create(directory.join("err"))?);
        // Its own group: Ctrl-C in a terminal goes to this process, and the shell cleans up after it.
        shell.stdin(Stdio::piped()).current_dir(&directory).env("TMPDIR", &directory).process_group(0);
        if let Some(account) = plan.account {
            chown(&directory, Some(account.user), Some(account.group))?;
            shell.uid(account.user).gid(account.group);
        }
        let mut watcher = shell.spawn()?;
        let input = watcher.stdin.take();
        Ok(Service { name: plan.name, watcher, input, directory })
    }

    /// Asks `ready` about the service's directory until it answers; an error if the program ends first or
    /// the time is up, with the last lines it printed.
    pub fn wait<T>(&mut self, limit: Duration, ready: impl Fn(&Path) -> Option<T>) -> Outcome<T> {
        let start = Instant::now();
        loop {
            if let Ok(answer) = fs::read_to_string(self.directory.join("ended")) {
                return Err(format!("{} ended at once ({}){}", self.name, answer.trim(), self.last_words()));
            }
            if let Some(answer) = ready(&self.directory) {
                return Ok(answer);
            }
            if start.elapsed() > limit {
                let words = self.last_words();
                return Err(format!("{} was not ready after {} seconds{words}", self.name, limit.as_secs()));
            }
            sleep(Duration::from_millis(20));
        }
    }

    /// The service's own directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    fn last_words(&self) -> String {
        last_lines(&[&self.directory.join("out"), &self.directory.join("err")])
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.watcher.wait();
    }
}

/// The number in the name of the next directory: no name is used twice by one process.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A new directory that only its owner may enter. Its name is short: a Unix socket's path has 107 bytes.
fn own_directory(name: &str) -> Outcome<PathBuf> {
    let parent = std::env::temp_dir();
    let parent = if parent.as_os_str().len() > 40 { PathBuf::from("/tmp") } else { parent };
    let directory = (0..1000)
        .map(|_| NEXT.fetch_add(1, Ordering::Relaxed))
        .map(|number| parent.join(format!("convene-{name}-{}-{number}", std::process::id())))
        .find(|directory| fs::create_dir(directory).is_ok())
        .ok_or_else(|| format!("no directory could be made in {}", parent.display()))?;
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o700))
        .map_err(|error| format!("{} cannot be made private: {error}", directory.display()))?;
    Ok(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &'static str) -> Outcome<Service> {
        let command = move |_: &Path| vec!["sh".to_owned(), "-c".to_owned(), script.to_owned()];
        Service::start(&Plan { name: "sample", signal: "TERM", account: None, command: &command })
    }

    #[test]
    fn a_dropped_service_has_ended_and_left_no_directory() {
        let mut service = shell("echo $$; exec sleep 600").unwrap();
        let process = service.wait(Duration::from_secs(20), first_line).unwrap();
        let directory = service.directory().to_owned();
        assert!(Path::new("/proc").join(&process).exists());
        drop(service);
        assert!(!Path::new("/proc").join(&process).exists());
        assert!(!directory.exists());
    }

    #[test]
    fn what_a_service_started_ends_with_it() {
        let mut service = shell("sleep 600 & echo $!; exec sleep 600").unwrap();
        let process = service.wait(Duration::from_secs(20), first_line).unwrap();
        drop(service);
        // Nobody is told when a stranger's process is gone; a live one would sleep until the assertion fails.
        let state = || fs::read_to_string(Path::new("/proc").join(&process).join("status")).unwrap_or_default();
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(20) && !(state().is_empty() || state().contains("State:\tZ")) {
            std::thread::yield_now();
        }
        assert!(state().is_empty() || state().contains("State:\tZ"), "{}", state());
    }

    #[test]
    fn a_service_that_ends_early_is_told_with_its_last_words() {
        let mut service = shell("echo no room >&2; exit 3").unwrap();
        let never = |_: &Path| None::<()>;
        let message = service.wait(Duration::from_secs(20), never).unwrap_err();
        assert_eq!(message, "sample ended at once (3)\n  no room");
    }

    fn first_line(directory: &Path) -> Option<String> {
        let said = fs::read_to_string(directory.join("out")).ok()?;
        said.split_once('\n').map(|(line, _)| line.to_owned())
    }
}
