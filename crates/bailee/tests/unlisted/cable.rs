//! A machine whose only neighbour is at the other end of a cable, and how much went through it.
//!
//! Promises: the test goes on in a network namespace of its own, in which every packet that is for somebody else, whoever that is and
//! questions for names among them, goes through the cable, and nothing goes through it unasked. Both machines go with their processes.
//! Making them takes the rights of root, or the right to make user namespaces; without, the test fails and says so.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// Is set where the test goes on.
const ALONE: &str = "BAILEE_TEST_ALONE";
/// Where Debian keeps `ip`, which is not in everybody's path.
const TOOLS: &str = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin";

/// The neighbour's address, one for documentation (RFC 5737): nobody else has it.
pub(crate) const NEIGHBOUR: &str = "203.0.113.9";

/// Lays the cable to the namespace of the process `$1`, with files in the folder `$2` in place of the machine's own: the neighbour is
/// asked for names, by the network and by no service of the machine. There is no IPv6, by which machines look for each other, and who is at which end stands written.
/// What the neighbour gets is for itself, whoever it was sent to, so that it is answered.
const LAYING: &str = r#"
there="nsenter --net=/proc/$1/ns/net"
ip link set lo up
$there ip link set lo up
ip link add cable type veth peer name cable netns "$1"
ip link set cable addrgenmode none address 02:00:00:00:00:01
$there ip link set cable addrgenmode none address 02:00:00:00:00:09
ip address add 203.0.113.1/24 dev cable
$there ip address add 203.0.113.9/24 dev cable
ip link set cable up
$there ip link set cable up
ip neighbour add 203.0.113.9 lladdr 02:00:00:00:00:09 dev cable nud permanent
$there ip neighbour add 203.0.113.1 lladdr 02:00:00:00:00:01 dev cable nud permanent
ip route add default via 203.0.113.9
$there ip route add local default dev lo
echo "nameserver 203.0.113.9" > "$2/resolv.conf"
echo "hosts: files dns" > "$2/nsswitch.conf"
for file in resolv.conf nsswitch.conf; do
    if [ -e "/etc/$file" ]; then mount --bind "$2/$file" "/etc/$file"; fi
done
"#;

/// Lets a test of this program, the one of this name, go on alone with its neighbour.
pub(crate) fn alone(name: &str, test: impl FnOnce(&Cable)) {
    if std::env::var_os(ALONE).is_some() {
        return test(&Cable::lay());
    }
    let mut command = tool("unshare");
    command.args(["--net", "--mount"]);
    if !rustix::process::geteuid().is_root() {
        command.arg("--map-root-user");
    }
    command.arg(std::env::current_exe().unwrap());
    command.args([name, "--exact", "--nocapture"]).env(ALONE, "1");
    let said = told(&command.output());
    // A name that is no test's any more would end well.
    assert!(
        said.contains("1 passed"),
        "This test needs a network namespace, as root makes one (`unshare --net --mount`, `ip` of iproute2), and is not skipped without.\n{said}"
    );
}

/// A cable with a neighbour at its other end.
pub(crate) struct Cable(Child);

impl Cable {
    fn lay() -> Self {
        let mut holds = tool("unshare");
        // It is there until its input ends, which is with this process.
        holds.args(["--net", "sh", "-c", "echo there; exec cat"]);
        let mut neighbour = holds
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut lines = BufReader::new(neighbour.stdout.take().unwrap());
        lines.read_line(&mut said).unwrap();
        assert_eq!(said, "there\n", "there is no neighbour: `unshare --net` failed");
        let folder = tempfile::tempdir().unwrap();
        let laid = tool("sh")
            .args(["-euxc", LAYING, "sh", &neighbour.id().to_string()])
            .arg(folder.path())
            .output();
        assert!(
            laid.as_ref().is_ok_and(|laid| laid.status.success()),
            "{}",
            told(&laid)
        );
        Self(neighbour)
    }

    /// How many packets went out.
    pub(crate) fn sent(&self) -> u64 {
        column(9)
    }

    /// How many came back.
    pub(crate) fn came(&self) -> u64 {
        column(1)
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A column of what the kernel counts at the cable. Below `proc` it counts for who asks; below `sys` for who mounted it.
fn column(number: usize) -> u64 {
    let counted = std::fs::read_to_string(Path::new("/proc/self/net/dev")).unwrap();
    let line = counted
        .lines()
        .find_map(|line| line.trim().strip_prefix("cable:"));
    let value = line.unwrap().split_whitespace().nth(number).unwrap();
    value.parse().unwrap()
}

fn tool(name: &str) -> Command {
    let mut command = Command::new(name);
    command.env("PATH", TOOLS);
    command
}

fn told(output: &std::io::Result<Output>) -> String {
    match output {
        Ok(output) => [&output.stdout, &output.stderr]
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            .join("\n"),
        Err(error) => error.to_string(),
    }
}
