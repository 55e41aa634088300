//! Where things are: the workspace, its build directory, programs on the search path.

use std::path::{Path, PathBuf};

use crate::Outcome;

/// The root of the workspace.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// The build directory: this program is `<build directory>/debug/xtask`, wherever Cargo was told to put it.
pub fn target() -> Outcome<PathBuf> {
    let program = std::env::current_exe().map_err(|error| format!("cannot tell where this program is: {error}"))?;
    let directory = program.parent().and_then(Path::parent);
    directory.map(Path::to_path_buf).ok_or_else(|| "this program is not in a build directory".to_owned())
}

/// The first program of that name on the search path.
pub fn on_search_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(program)).find(|file| file.is_file())
}

/// The effective user of this process is root.
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
