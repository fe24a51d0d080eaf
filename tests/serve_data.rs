//! What a running bridge keeps: first starts and what can go wrong with them, the pepper, a disk that is full or read-only.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test"
)]

#[path = "support/bridge.rs"]
mod bridge;
#[path = "support/socket_phone.rs"]
mod socket_phone;

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bridge::{Bridge, folder, for_owner_alone, holdline, send_signal, text};
use holdline::store::SqliteStore;
use socket_phone::Phone;

const ID: &str = "147852036";

/// A first start that did not come to its end has left a PIN that is nobody's.
#[test]
fn a_first_start_can_be_tried_again() {
    let folder = folder();
    std::fs::write(folder.path().join("first-pin"), "00000\n").unwrap();
    let bridge = Bridge::start_in(folder);
    assert_ne!(bridge.pin(), "00000");
    bridge.stop("-TERM");
}

/// A bridge that is made once and stopped, with a pepper from the environment or its own.
fn made_once(pepper: Option<&str>) -> tempfile::TempDir {
    let mut command = holdline();
    command.env_remove("HOLDLINE_PEPPER").envs(pepper.map(|given| ("HOLDLINE_PEPPER", given)));
    let bridge = Bridge::start_as(command, folder());
    let (code, _, folder) = bridge.stop("-TERM");
    assert_eq!(code, Some(0));
    folder
}

/// Lists the users with that pepper in the environment; says why not.
fn lists(folder: &Path, pepper: Option<&std::ffi::OsStr>) -> Result<(), String> {
    let mut command = holdline();
    command.env_remove("HOLDLINE_PEPPER").envs(pepper.map(|given| ("HOLDLINE_PEPPER", given)));
    let done = command.args(["user", "list", "--data"]).arg(folder).output().unwrap();
    if done.status.success() { Ok(()) } else { Err(text(&done.stderr)) }
}

fn is_refused(done: Result<(), String>, why: &str) {
    let told = done.expect_err(why);
    assert!(told.contains(why), "{told}");
}

/// Without the right pepper no PIN fits, and nobody would know why: a file that is gone, another one, one that others can read.
#[test]
fn a_pepper_that_is_not_the_right_one_is_named() {
    let folder = made_once(None);
    let (folder, path) = (folder.path(), folder.path().join("pepper"));
    let right = std::fs::read(&path).unwrap();
    assert_eq!(lists(folder, None), Ok(()));
    std::fs::remove_file(&path).unwrap();
    is_refused(lists(folder, None), "is gone, and without it no PIN fits");
    assert!(!path.exists(), "another one would make it harder to find the right one");
    for_owner_alone(&path, b"this is another one");
    is_refused(lists(folder, None), "the pepper is not the one");
    for_owner_alone(&path, b"short");
    is_refused(lists(folder, None), "is no pepper of 16 to 64 bytes");
    for_owner_alone(&path, &right.repeat(1_000));
    is_refused(lists(folder, None), "is no pepper of 16 to 64 bytes");
    for_owner_alone(&path, &right);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    is_refused(lists(folder, None), "can be read by others (mode 644)");
    for_owner_alone(&path, &right);
    assert_eq!(lists(folder, None), Ok(()));
}

/// The same when the pepper comes from the environment.
#[test]
fn a_pepper_in_the_environment_is_the_same_each_time() {
    use std::os::unix::ffi::OsStrExt as _;
    let right = "sixteen letters and some";
    let folder = made_once(Some(right));
    let path = folder.path().join("pepper");
    assert!(!path.exists(), "it is kept where it comes from");
    let with = |pepper: &[u8]| lists(folder.path(), Some(std::ffi::OsStr::from_bytes(pepper)));
    assert_eq!(with(right.as_bytes()), Ok(()));
    is_refused(lists(folder.path(), None), "is gone, and without it no PIN fits");
    is_refused(with(b"sixteen letters and others"), "the pepper is not the one");
    is_refused(with(b"short"), "must have 16 to 64 characters");
    is_refused(with(b"sixteen letters \xff\xfe and some"), "HOLDLINE_PEPPER is not UTF-8");
    assert!(!path.exists());
    for_owner_alone(&path, right.as_bytes());
    assert_eq!(lists(folder.path(), None), Ok(()), "from there it is the same");
}

/// A first start that fails at the last says nothing when it is to be quiet, keeps the PIN in its file, and leaves no socket
/// that nobody listens at.
#[test]
fn a_quiet_start_that_fails_leaves_its_pin_and_no_socket() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("holdline.sock"), "left by one that was killed").unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let failed = holdline()
        .args(["serve", "--quiet", "--http", &address, "--data"])
        .arg(folder.path())
        .output()
        .unwrap();
    let why = text(&failed.stderr);
    assert_eq!(failed.status.code(), Some(1), "{why}");
    assert!(why.contains(&format!("nothing can listen at {address}")), "{why}");
    assert_eq!(text(&failed.stdout), "");
    let pin = std::fs::read_to_string(folder.path().join("first-pin")).unwrap();
    assert_eq!(pin.trim().len(), 5, "{pin}");
    assert!(!folder.path().join("holdline.sock").exists());
}

/// A start that is to say nothing says nothing, and the PIN of the first one is in its file, also at a terminal.
#[test]
fn a_quiet_start_says_nothing_and_keeps_the_pin() {
    let folder = folder();
    let mut child = holdline()
        .args(["serve", "--quiet", "--http", "off", "--log", "warn", "--data"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while UnixStream::connect(folder.path().join("holdline.sock")).is_err() {
        assert!(began.elapsed() < Duration::from_secs(30), "it does not come up");
        assert_eq!(child.try_wait().unwrap(), None);
    }
    let pin = std::fs::read_to_string(folder.path().join("first-pin")).unwrap();
    let mut organizer = Phone::dials_in(folder.path());
    organizer.keys(&format!("{ID}#*{}#", pin.trim()));
    organizer.until_state("in-meeting");
    send_signal(child.id(), "-TERM");
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(0));
    assert_eq!((text(&done.stdout), text(&done.stderr)), (String::new(), String::new()));
}

/// Says of each start that finds no room so in words.
fn says_no_room(why: &str) {
    let words = ["is there room on", "the disk is full", "No space left", "cannot be written"];
    assert!(words.iter().any(|word| why.contains(word)) && !why.contains("panic"), "{why}");
}

/// A first start that may write only so much, again and again, and then one with room: it is the first one still.
#[test]
fn a_first_start_without_room_says_so_and_can_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    // Files of so many blocks of 512 bytes.
    for blocks in ["0", "4", "60", "130"] {
        let limited = "trap '' XFSZ; ulimit -f \"$1\"; exec \"$0\" serve --http off --data \"$2\"";
        let refused = Command::new("sh")
            .args(["-c", limited])
            .arg(assert_cmd::cargo::cargo_bin!("holdline"))
            .arg(blocks)
            .arg(folder.path())
            .output()
            .unwrap();
        assert_eq!(refused.status.code(), Some(1), "{blocks}: {}", text(&refused.stderr));
        says_no_room(&text(&refused.stderr));
    }
    let bridge = Bridge::start_in(folder);
    assert!(bridge.said.contains("This is the first start"), "{}", bridge.said);
    let mut organizer = Phone::dials(&bridge);
    organizer.keys(&format!("{ID}#*{}#", bridge.pin()));
    organizer.until_state("in-meeting");
    bridge.stop("-TERM");
}

/// A folder with an empty database of ours in which nothing can be put into that table.
fn without_room_in(table: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("holdline.db");
    drop(SqliteStore::open(&path).unwrap());
    let raw = rusqlite::Connection::open(&path).unwrap();
    let full = format!(
        "CREATE TRIGGER is_full BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'no room'); END"
    );
    raw.execute_batch(&full).unwrap();
    folder
}

fn with_room_again(folder: &tempfile::TempDir) {
    let raw = rusqlite::Connection::open(folder.path().join("holdline.db")).unwrap();
    raw.execute_batch("DROP TRIGGER is_full").unwrap();
}

/// The last that a first start writes cannot be written: there is no organization whose PIN nobody has seen.
#[test]
fn a_first_start_that_fails_at_the_last_can_be_tried_again() {
    for table in ["organization", "pepper"] {
        let folder = without_room_in(table);
        let mut command = holdline();
        command.args(["serve", "--http", "off", "--data"]).arg(folder.path());
        let refused = command.output().unwrap();
        let why = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{table}: {why}");
        assert!(
            why.contains("the PIN is nobody's: start again") && why.contains("no room"),
            "{why}"
        );
        with_room_again(&folder);
        let bridge = Bridge::start_in(folder);
        assert!(bridge.said.contains("This is the first start"), "{table}: {}", bridge.said);
        let mut organizer = Phone::dials(&bridge);
        organizer.keys(&format!("{ID}#*{}#", bridge.pin()));
        organizer.until_state("in-meeting");
        bridge.stop("-TERM");
    }
}

/// The same at a terminal, where the PIN is in no file, nor one that an earlier try has left: it is said before there is an
/// organization, whatever comes in between.
#[cfg(target_os = "linux")]
#[test]
fn a_first_start_at_a_terminal_says_the_pin_before_it_opens_anything() {
    let folder = without_room_in("organization");
    std::fs::write(folder.path().join("first-pin"), "00000\n").unwrap();
    let done = Command::new("script")
        .args(["-qec", r#""$HOLDLINE" serve --http off --data "$DATA""#, "/dev/null"])
        .env("HOLDLINE", assert_cmd::cargo::cargo_bin!("holdline"))
        .env("DATA", folder.path())
        .stdin(Stdio::null())
        .output()
        .expect("`script` of util-linux, which makes a terminal, is needed here");
    let said = text(&done.stdout);
    assert_eq!(done.status.code(), Some(1), "{said}");
    let pin = said.lines().find_map(|line| line.strip_prefix("PIN ")).unwrap_or_default();
    let digits: String = pin.trim().chars().take_while(char::is_ascii_digit).collect();
    assert_eq!((digits.len(), folder.path().join("first-pin").exists()), (5, false), "{said}");
    assert!(said.contains("the PIN is nobody's: start again"), "{said}");
    with_room_again(&folder);
    let bridge = Bridge::start_in(folder);
    assert!(bridge.said.contains("This is the first start"), "{}", bridge.said);
    bridge.stop("-TERM");
}

/// The program as somebody without the rights of root, whose `folder` is with all that is in it. `bin` keeps what they can run.
fn without_rights(folder: &Path, bin: &Path) -> Command {
    const NOBODY: u32 = 65_534;
    if std::fs::metadata(bin).unwrap().uid() != 0 {
        return holdline();
    }
    let program = bin.join("holdline");
    // By a program of its own: what another test starts meanwhile would hold it open for writing, and nobody could run it.
    let copied = Command::new("cp").arg(holdline().get_program()).arg(&program).status();
    assert!(copied.unwrap().success());
    std::fs::set_permissions(bin, std::fs::Permissions::from_mode(0o755)).unwrap();
    let inside = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    for path in inside.chain([folder.to_owned()]) {
        std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let mut command = Command::new(program);
    command.uid(NOBODY).gid(NOBODY);
    command
}

/// A database, and then a folder, that its owner may not write: said at the start, and by whoever asks.
#[test]
fn data_that_may_only_be_read_is_named_at_the_start() {
    let folder = made_once(None);
    let database = folder.path().join("holdline.db");
    let before = std::fs::read(&database).unwrap();
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let refused = |why: &str| {
        for asked in [&["serve", "--http", "off"][..], &["user", "list"]] {
            let bin = tempfile::tempdir().unwrap();
            let mut command = without_rights(folder.path(), bin.path());
            let refused = command.args(asked).arg("--data").arg(folder.path()).output().unwrap();
            let told = text(&refused.stderr);
            assert_eq!(refused.status.code(), Some(1), "{asked:?}: {told}");
            assert!(told.contains(why), "{asked:?}: {told}");
        }
    };
    mode(&database, 0o400);
    refused("holdline.db cannot be written (attempt to write a readonly database)");
    mode(&database, 0o600);
    mode(&folder.path().join("holdline.lock"), 0o400);
    mode(folder.path(), 0o500);
    refused("holdline.lock cannot be written");
    mode(folder.path(), 0o700);
    assert_eq!(std::fs::read(&database).unwrap(), before);
}

fn mode_of(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// A database that was left with the mode that whoever makes files gets, as by a kill while it was made: nobody else reads it
/// from the next start on, nor what is beside it.
#[test]
fn a_database_that_others_can_read_is_closed_to_them_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("holdline.db");
    std::fs::write(&database, "").unwrap();
    set_mode(&database, 0o644);
    let bridge = Bridge::start_in(folder);
    let modes = ["holdline.db", "holdline.db-wal"].map(|name| mode_of(&bridge.data().join(name)));
    assert_eq!(modes, [0o600, 0o600]);
    let (code, log, _folder) = bridge.stop("-TERM");
    assert_eq!(code, Some(0));
    assert!(log.contains("others could read this file") && log.contains("mode=644"), "{log}");
}

/// What the start of a bridge and a command say of a folder that neither takes.
fn is_refused_by_both(folder: &Path, why: &str) {
    for asked in [&["serve", "--http", "off"][..], &["user", "list"]] {
        let refused = holdline().args(asked).arg("--data").arg(folder).output().unwrap();
        let told = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{asked:?}: {told}");
        assert!(told.contains(why), "{asked:?}: {told}");
    }
}

/// Into the folder only its owner may write, whoever may look into it; the lock is for nobody else.
#[test]
fn a_folder_that_others_may_write_is_refused() {
    let folder = made_once(None);
    assert_eq!(mode_of(&folder.path().join("holdline.lock")), 0o600);
    for mode in [0o777, 0o775, 0o702] {
        set_mode(folder.path(), mode);
        let why = format!("may write into the data folder {}", folder.path().display());
        is_refused_by_both(folder.path(), &why);
        is_refused_by_both(folder.path(), &format!("(mode {mode:o})"));
    }
    // Nobody can have put anything into one that is empty, as `mkdir` makes them where users have groups of their own.
    let empty = tempfile::tempdir().unwrap();
    set_mode(empty.path(), 0o775);
    let bridge = Bridge::start_in(empty);
    assert_eq!(mode_of(bridge.data()), 0o755);
    bridge.stop("-TERM");
    set_mode(folder.path(), 0o755);
    set_mode(&folder.path().join("holdline.lock"), 0o644);
    let bridge = Bridge::start_in(folder);
    assert_eq!(mode_of(&bridge.data().join("holdline.lock")), 0o600, "also one of before");
    bridge.stop("-TERM");
}

/// Said before anything is made there, and by how much: the system alone would say so when a PIN had been given away.
#[test]
fn a_folder_whose_name_is_too_long_for_a_socket_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let long = folder.path().join("x".repeat(100));
    let refused =
        holdline().args(["serve", "--http", "off", "--data"]).arg(&long).output().unwrap();
    let told = text(&refused.stderr);
    assert_eq!((refused.status.code(), long.exists()), (Some(1), false), "{told}");
    assert!(told.contains(" bytes, and a socket's name can have 10"), "{told}");
}

/// A folder that is another user's is refused, and a database of theirs that everybody can read.
#[test]
fn what_is_another_users_is_refused() {
    let (folder, bin) = (made_once(None), tempfile::tempdir().unwrap());
    let refused = |folder: &Path, mut command: Command| {
        let done = command.args(["serve", "--http", "off", "--data"]).arg(folder).output().unwrap();
        assert_eq!(done.status.code(), Some(1), "{}", text(&done.stderr));
        text(&done.stderr)
    };
    // Nobody who runs tests without the rights of root has that one.
    let told = refused(Path::new("/"), without_rights(folder.path(), bin.path()));
    assert!(told.contains("the data folder / belongs to another user (number 0)"), "{told}");
    // Only root can give somebody's file to another.
    if std::fs::metadata(bin.path()).unwrap().uid() == 0 {
        let command = without_rights(folder.path(), bin.path());
        let database = folder.path().join("holdline.db");
        std::os::unix::fs::chown(&database, Some(0), Some(0)).unwrap();
        set_mode(&database, 0o644);
        let told = refused(folder.path(), command);
        let why = "holdline.db can be read by others (mode 644), and its mode cannot be altered";
        assert!(told.contains(why), "{told}");
        let mut roots = holdline();
        let done = roots.args(["user", "list", "--data"]).arg(folder.path()).output().unwrap();
        assert!(done.status.success(), "root may: {}", text(&done.stderr));
    }
}

/// Whoever put a link where one of our files is expected may mean any file: it is neither read nor written.
#[test]
fn no_file_of_ours_is_somewhere_else() {
    let (folder, elsewhere) = (made_once(None), folder());
    for name in ["holdline.lock", "pepper", "holdline.db"] {
        let (path, victim) = (folder.path().join(name), elsewhere.path().join(name));
        let before = std::fs::read(&path).unwrap();
        std::fs::rename(&path, &victim).unwrap();
        std::os::unix::fs::symlink(&victim, &path).unwrap();
        is_refused_by_both(folder.path(), "is a symbolic link, which is not followed");
        is_refused_by_both(folder.path(), &path.display().to_string());
        assert_eq!(std::fs::read(&victim).unwrap(), before, "{name}");
        std::fs::rename(&victim, &path).unwrap();
    }
    assert_eq!(lists(folder.path(), None), Ok(()));
}

/// Runs a shell script in which disks can be mounted, with the program as `$0`.
#[cfg(target_os = "linux")]
fn with_disks(script: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", script]).arg(assert_cmd::cargo::cargo_bin!("holdline"));
    command
}

/// The same of a disk that nobody may write, not even root.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "mounts a disk, which not every user may: tests/run --long"]
fn data_on_a_disk_that_is_read_only_is_named_at_the_start() {
    let folder = made_once(None);
    let before = std::fs::read(folder.path().join("holdline.db")).unwrap();
    let script = r#"mount --bind "$1/$2" "$1/$2" && mount -o remount,bind,ro "$1/$2" || exit 77
        shift 2; exec "$0" "$@""#;
    for (place, why) in [
        ("holdline.db", "holdline.db cannot be written (attempt to write a readonly database)"),
        (".", "holdline.lock cannot be written: is the folder read-only?"),
    ] {
        for asked in [&["serve", "--http", "off"][..], &["user", "list"]] {
            let refused = with_disks(script)
                .arg(folder.path())
                .arg(place)
                .args(asked)
                .arg("--data")
                .arg(folder.path())
                .output()
                .expect("`unshare` of util-linux is needed here");
            let told = text(&refused.stderr);
            assert_eq!(refused.status.code(), Some(1), "{place}: {told}");
            assert!(told.contains(why), "{place}: {told}");
        }
    }
    assert_eq!(std::fs::read(folder.path().join("holdline.db")).unwrap(), before);
}

/// A first start on a disk that is full.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "mounts a disk, which not every user may: tests/run --long"]
fn a_first_start_on_a_full_disk_says_so_and_can_be_tried_again() {
    for size in ["12k", "48k", "100k"] {
        let folder = tempfile::tempdir().unwrap();
        let script = "mount -t tmpfs -o size=\"$1\",mode=700 none \"$2\"
            \"$0\" serve --http off --data \"$2\" 2>&1; echo \"exit $?\"
            mount -o remount,size=64m \"$2\"
            exec \"$0\" serve --http off --data \"$2\"";
        let mut child = with_disks(script)
            .arg(size)
            .arg(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("`unshare` of util-linux is needed here");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut until = |end: &str| {
            let mut said = String::new();
            for line in lines.by_ref() {
                said += &line.unwrap();
                if said.contains(end) {
                    return said;
                }
            }
            panic!("it ended: {said}");
        };
        let refused = until("exit ");
        assert!(refused.ends_with("exit 1"), "{size}: {refused}");
        says_no_room(&refused);
        assert!(until("Ready.").contains("This is the first start"));
        send_signal(child.id(), "-TERM");
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}
