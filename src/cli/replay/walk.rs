//! The files that are meant by what is named on the command line, and what they are called: the same however they were named.

use std::fs;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use crate::domain::limits::SCENARIO_FILE_BYTES_MAX;

/// Folders in each other: nobody has more.
const DEPTH_MAX: usize = 32;

/// A file, or what is wrong with something that lies where files are looked for.
pub(super) type Found = Result<PathBuf, (PathBuf, String)>;

/// All `.feature` files at and below a path, by name. What cannot be looked into is told, and the rest is found all the same.
pub(super) fn find(path: &Path) -> Vec<Found> {
    let mut found = Vec::new();
    let path = from_here(path);
    match fs::metadata(or_here(&path)) {
        Ok(what) if what.is_dir() => walk(&path, &mut Vec::new(), &mut found),
        Ok(_) => found.push(Ok(path)),
        Err(error) => found.push(Err((path, error.to_string()))),
    }
    found
}

/// Looks into a folder that lies in those `above`.
fn walk(folder: &Path, above: &mut Vec<PathBuf>, found: &mut Vec<Found>) {
    let wrong = |why: String| Err((folder.to_owned(), why));
    let itself = match fs::canonicalize(or_here(folder)) {
        Ok(itself) => itself,
        Err(error) => return found.push(wrong(error.to_string())),
    };
    if above.contains(&itself) {
        // A link that leads back to where it is: all in there is found already.
        return;
    }
    if above.len() > DEPTH_MAX {
        return found.push(wrong(format!("folders lie more than {DEPTH_MAX} deep in each other")));
    }
    let entries = match fs::read_dir(or_here(folder)) {
        Ok(entries) => entries,
        Err(error) => return found.push(wrong(error.to_string())),
    };
    let mut names = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => names.push(entry.file_name()),
            Err(error) => found.push(wrong(error.to_string())),
        }
    }
    names.sort();
    above.push(itself);
    for name in names {
        let path = folder.join(name);
        let is_feature = path.extension().is_some_and(|ending| ending == "feature");
        match fs::metadata(&path) {
            Ok(what) if what.is_dir() => walk(&path, above, found),
            Ok(_) if is_feature => found.push(Ok(path)),
            Err(error) if is_feature => found.push(Err((path, error.to_string()))),
            Ok(_) | Err(_) => {}
        }
    }
    above.pop();
}

/// The bytes of a file. Whatever is no file, or larger than anybody writes, is not read: it might never end.
pub(super) fn bytes_of(path: &Path) -> Result<Vec<u8>, String> {
    let what = fs::metadata(path).map_err(|error| error.to_string())?;
    if !what.is_file() {
        return Err("this is no file".to_owned());
    }
    let most = SCENARIO_FILE_BYTES_MAX as u64;
    let too_large = || Err(format!("it has more than {most} bytes"));
    if what.len() > most {
        return too_large();
    }
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() > SCENARIO_FILE_BYTES_MAX { too_large() } else { Ok(bytes) }
}

/// A path as it is said, with `/` between its parts.
pub(super) fn shown(path: &Path) -> String {
    let parts = path.components().map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/").replacen("//", "/", 1)
}

/// A path from the working folder, empty for that folder itself: the same for each of its names.
fn from_here(path: &Path) -> PathBuf {
    let (Ok(here), Ok(absolute)) = (std::env::current_dir(), std::path::absolute(path)) else {
        return path.to_owned();
    };
    let climbs = absolute.components().any(|part| part == Component::ParentDir);
    let absolute = match climbs || !absolute.starts_with(&here) {
        // Links on the way are followed; a link that is named itself keeps its name.
        true => match (absolute.parent().map(fs::canonicalize), absolute.file_name()) {
            (Some(Ok(parent)), Some(name)) => parent.join(name),
            _no_name => fs::canonicalize(&absolute).unwrap_or_else(|_| absolute.clone()),
        },
        false => absolute,
    };
    between(&here, &absolute)
}

/// How one gets from a folder to a path, both without links.
fn between(from: &Path, to: &Path) -> PathBuf {
    let (mut from, mut to) = (from.components().peekable(), to.components().peekable());
    while from.peek().is_some() && from.peek() == to.peek() {
        from.next();
        to.next();
    }
    from.map(|_| Component::ParentDir).chain(to).collect()
}

/// The path, or that of the working folder.
fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_from_where_one_is() {
        for (from, to, expected) in [
            ("/a/b", "/a/b/c.feature", "c.feature"),
            ("/a/b", "/a/b", ""),
            ("/a/b", "/a/c/d", "../c/d"),
            ("/", "/a", "a"),
            ("/a/b", "/c", "../../c"),
        ] {
            let told = between(Path::new(from), Path::new(to));
            assert_eq!(shown(&told), expected, "{from} {to}");
        }
    }
}
