//! Whether the port is free, and if not, who has it.

use std::io;
use std::net::SocketAddr;

use web::BadListener;

use crate::failure::Failure;

/// Refuses before anything is made when the address cannot be had.
pub(super) fn check(listen: SocketAddr) -> Result<(), Failure> {
    match web::bind(listen) {
        Ok(_) => Ok(()),
        Err(BadListener::Bind { source, .. }) if source.kind() == io::ErrorKind::AddrInUse => {
            Err(Failure::Said(taken(listen, holder(listen.port()).as_deref())))
        }
        Err(error) => Err(error.into()),
    }
}

fn taken(listen: SocketAddr, holder: Option<&str>) -> String {
    let holder = holder.unwrap_or("another program, perhaps of another user");
    let other = SocketAddr::new(listen.ip(), listen.port().wrapping_add(1).max(1_024));
    format!("{listen} is taken by {holder}: stop it, or choose another place, such as --listen {other}")
}

/// The process that listens on this port, from /proc (proc_pid_fd(5), proc_pid_net(5)); nothing where there is none.
fn holder(port: u16) -> Option<String> {
    let tables =
        ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| std::fs::read_to_string(table).unwrap_or_default());
    let sockets: Vec<String> = tables
        .iter()
        .flat_map(|table| table.lines().filter_map(|line| socket(line, port)))
        .collect();
    // Besides processes there are names such as `self`.
    let is_process = |name: &std::ffi::OsStr| name.as_encoded_bytes().iter().all(u8::is_ascii_digit);
    let entries = std::fs::read_dir("/proc").ok()?.filter_map(Result::ok);
    let mut holders = entries
        .filter(|entry| is_process(&entry.file_name()))
        .filter(|process| {
            let open = std::fs::read_dir(process.path().join("fd"))
                .into_iter()
                .flatten()
                .filter_map(Result::ok);
            let mut links = open.filter_map(|file| std::fs::read_link(file.path()).ok());
            links.any(|link| sockets.iter().any(|socket| link.as_os_str() == socket.as_str()))
        });
    let process = holders.next()?;
    let name = std::fs::read_to_string(process.path().join("comm")).ok()?;
    let name: String = name
        .trim()
        .chars()
        .filter(|letter| !letter.is_control())
        .collect();
    Some(format!(
        "{name} (process {})",
        process.file_name().to_string_lossy()
    ))
}

/// The link of the socket in a line of the table, if it listens on this port.
fn socket(line: &str, port: u16) -> Option<String> {
    const LISTENS: &str = "0A";
    let mut columns = line.split_whitespace();
    let (local, state) = (columns.nth(1)?, columns.nth(1)?);
    let here = u16::from_str_radix(local.rsplit(':').next()?, 16).ok()?;
    let inode = columns.nth(5)?;
    (here == port && state == LISTENS).then(|| format!("socket:[{inode}]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_refused_with_who_has_it_and_another_to_try() {
        let here = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let told = check(here.local_addr().unwrap()).unwrap_err().to_string();
        assert!(
            told.contains(&format!("process {}", std::process::id())) && told.contains("--listen 127.0.0.1:"),
            "{told}"
        );
    }

    #[test]
    fn only_listening_sockets_of_the_port_count() {
        let line = "   0: 0100007F:20FB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0";
        assert_eq!(socket(line, 8443).as_deref(), Some("socket:[12345]"));
        assert_eq!(socket(line, 8444), None);
        assert_eq!(socket(&line.replace(" 0A ", " 01 "), 8443), None);
        assert_eq!(socket("sl local_address", 8443), None);
    }
}
