//! Whom the server connects to: the keeper of the gate that every connection of its own passes.
//!
//! Promises: nothing is connected to but hosts that the configuration of the operator names, those of sub-processors that are in
//! force, and for messages to webhooks the host that a team registered, for as long as one is carried to it; where somebody else than the operator chose the host, at public addresses alone unless the operator says otherwise. Everything
//! else is refused, and stands as a refusal in the operator's trail, once per host and minute with how often it was tried. Deciding
//! waits for nothing. Leaves out: who listens behind a name that is listed.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use custody::{Custody, Result};
use gate::{Gatekeeper, Outward, Refused, is_inside};
use kernel::{AllowedHosts, Clock, Timestamp};
use serde::Serialize;

use crate::processor::{self, Stage};

/// A host that is refused again is told of again after so long.
const QUIET: Duration = Duration::from_secs(60);
/// Hosts that are told apart; who tries more of them has them told as one.
const MOST: usize = 1_000;
const OTHERS: &str = "others";

/// Hosts that the operator's configuration names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnHosts {
    /// A host and a port, `smtp.example.org:465`, or all hosts below one, `*.amazonaws.com:443`.
    pub hosts: Vec<String>,
    /// What they are for, in a few words.
    pub purpose: String,
    /// The key of the configuration that names them.
    pub key: String,
    /// Whether the operator alone settles which host it is: then it may be inside.
    pub chosen: bool,
}

impl OwnHosts {
    fn has(&self, to: &Outward) -> bool {
        self.hosts.iter().any(|pattern| is_like(pattern, to))
    }

    /// Whether the host may be anywhere because of this: it is the operator's choice, or this machine or an address by its own words.
    fn lets_inside(&self, to: &Outward) -> bool {
        let is_meant =
            |host: &str| host == to.host && (host == "localhost" || host.parse::<IpAddr>().is_ok());
        self.hosts.iter().any(|pattern| match pattern.rsplit_once(':') {
            Some((host, _)) => is_meant(host) || (self.chosen && is_host_like(host, &to.host)),
            None => false,
        })
    }
}

fn is_like(pattern: &str, to: &Outward) -> bool {
    let Some((host, port)) = pattern.rsplit_once(':') else {
        return false;
    };
    is_host_like(host, &to.host) && port.parse() == Ok(to.port)
}

fn is_host_like(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(above) => host
            .strip_suffix(above)
            .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
        None => host == pattern,
    }
}

/// What a host is asked for that a team registered to be told of its events.
pub const WEBHOOKS: &str = "webhook";

/// How often a host was refused since it was told of, and when that was.
#[derive(Debug, Clone, Copy, Default)]
struct Times {
    since: u64,
    told_at: Option<Timestamp>,
}

/// What was refused, and in one word why.
type Told = (Outward, &'static str);

/// The keeper of the gate.
pub struct Egress {
    own: Vec<OwnHosts>,
    inside: AllowedHosts,
    processors: RwLock<Arc<[String]>>,
    clock: Arc<dyn Clock>,
    /// Hosts of webhooks, and how many messages are being carried to each.
    lent: Mutex<BTreeMap<String, usize>>,
    refused: Mutex<BTreeMap<Told, Times>>,
    refusals: AtomicU64,
    passed: Mutex<BTreeMap<Outward, Timestamp>>,
}

impl Egress {
    /// One that lets the server connect to these hosts and to nobody else.
    pub fn new(own: Vec<OwnHosts>, clock: Arc<dyn Clock>) -> Self {
        Self {
            own,
            inside: AllowedHosts::default(),
            processors: RwLock::new(Arc::new([])),
            clock,
            lent: Mutex::default(),
            refused: Mutex::default(),
            refusals: AtomicU64::new(0),
            passed: Mutex::default(),
        }
    }

    /// The same, with hosts that may be inside although somebody else than the operator chose them. Their ports say nothing.
    #[must_use]
    pub fn with_inside(self, inside: AllowedHosts) -> Self {
        Self { inside, ..self }
    }

    /// The hosts that the configuration names.
    pub fn own(&self) -> &[OwnHosts] {
        &self.own
    }

    /// Lists the hosts of sub-processors that are in force, each with its port, in place of those before.
    pub fn list_processors(&self, hosts: Vec<String>) {
        *self.processors.write().unwrap_or_else(PoisonError::into_inner) = hosts.into();
    }

    /// Lists the hosts of those that are in force now.
    pub async fn refresh(&self, custody: &Custody) -> Result<()> {
        let published = processor::published(custody.desk()).await?;
        let in_force = published.iter().filter(|notice| notice.stage == Stage::InForce);
        self.list_processors(in_force.filter_map(|notice| notice.terms.host()).collect());
        Ok(())
    }

    /// The hosts of sub-processors that are listed.
    pub fn processors(&self) -> Arc<[String]> {
        Arc::clone(&self.processors.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lists a host that a team registered for its webhooks, with its port, for nothing else and for as long as the value lives.
    pub fn lend(self: &Arc<Self>, host: &str) -> Lent {
        let (egress, host) = (Arc::clone(self), host.to_owned());
        *egress.lent().entry(host.clone()).or_default() += 1;
        Lent { egress, host }
    }

    fn lent(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        self.lent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often a connection was refused since the server began.
    pub fn refusals(&self) -> u64 {
        self.refusals.load(Ordering::Relaxed)
    }

    /// Where connections went since this moment, as far as they are told apart. Those to webhooks are left out: each stands in its team's log.
    pub fn passed_since(&self, moment: Timestamp) -> Vec<Outward> {
        let passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        let late = passed.iter().filter(|(_, at)| **at >= moment);
        late.map(|(to, _)| to.clone()).collect()
    }

    /// Records what was refused since the last time. Gives how many hosts that were.
    pub async fn record(&self, custody: &Custody) -> Result<usize> {
        let told = self.due();
        for (what, times) in &told {
            let request = custody.desk().own_request();
            custody.record_unconnected(request, what.clone(), *times).await?;
            self.settle(what, *times);
        }
        Ok(told.len())
    }

    fn due(&self) -> Vec<(Told, u64)> {
        let now = self.clock.now();
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let is_quiet = |entry: &Times| entry.told_at.is_some_and(|told| now < told.plus(QUIET));
        refused.retain(|_, entry| entry.since > 0 || is_quiet(entry));
        let due = refused
            .iter()
            .filter(|(_, entry)| entry.since > 0 && !is_quiet(entry));
        due.map(|(what, entry)| (what.clone(), entry.since)).collect()
    }

    fn settle(&self, what: &Told, times: u64) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = refused.get_mut(what) {
            entry.since = entry.since.saturating_sub(times);
            entry.told_at = Some(self.clock.now());
        }
    }

    fn note(&self, to: &Outward, why: &'static str) {
        self.refusals.fetch_add(1, Ordering::Relaxed);
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let what = (to.clone(), why);
        let what = match refused.len() < MOST || refused.contains_key(&what) {
            true => what,
            false => (others(to), why),
        };
        refused.entry(what).or_default().since += 1;
        tracing::warn!(
            host = to.host,
            port = to.port,
            purpose = to.purpose,
            why,
            "a connection was refused"
        );
    }

    fn has_passed(&self, to: &Outward) {
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        let to = match passed.len() < MOST || passed.contains_key(to) {
            true => to.clone(),
            false => others(to),
        };
        passed.insert(to, self.clock.now());
    }
}

/// That a host is listed for webhooks.
pub struct Lent {
    egress: Arc<Egress>,
    host: String,
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut lent = self.egress.lent();
        match lent.get_mut(&self.host) {
            Some(times) if *times > 1 => *times -= 1,
            _ => drop(lent.remove(&self.host)),
        }
    }
}

fn others(to: &Outward) -> Outward {
    Outward {
        host: OTHERS.to_owned(),
        port: 0,
        purpose: to.purpose,
    }
}

impl Gatekeeper for Egress {
    fn pass(&self, to: &Outward) -> std::result::Result<(), Refused> {
        if to.purpose == WEBHOOKS && self.lent().contains_key(&format!("{}:{}", to.host, to.port)) {
            return Ok(());
        }
        let is_processor = || self.processors().iter().any(|host| is_like(host, to));
        if self.own.iter().any(|own| own.has(to)) || is_processor() {
            self.has_passed(to);
            return Ok(());
        }
        self.note(to, "not-listed");
        Err(Refused::NotListed(to.host.clone(), to.port))
    }

    fn reach(&self, to: &Outward, address: IpAddr) -> std::result::Result<(), Refused> {
        let named = |pattern: String| {
            let host = pattern
                .rsplit_once(':')
                .map_or(pattern.as_str(), |(host, _)| host);
            is_host_like(host, &to.host)
        };
        // A team that registers the operator's own mail server has not become the operator by that.
        let is_own = || to.purpose != WEBHOOKS && self.own.iter().any(|own| own.lets_inside(to));
        let may = !is_inside(address) || is_own() || self.inside.names().any(named);
        if may {
            return Ok(());
        }
        self.note(to, "inside");
        Err(Refused::Inside(to.host.clone(), address))
    }
}

#[cfg(test)]
mod tests {
    use gate::Gate;

    use super::*;

    struct Noon;

    impl Clock for Noon {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(1_700_000_000_000_000)
        }
    }

    fn egress(hosts: &[&str], chosen: bool) -> Egress {
        let own = OwnHosts {
            hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
            purpose: "a test".into(),
            key: "test".into(),
            chosen,
        };
        Egress::new(vec![own], Arc::new(Noon))
    }

    #[test]
    fn nobody_is_connected_to_who_is_not_named() {
        let hosts = ["smtp.example.org:465", "*.objects.example.net:443", "::1:25"];
        let keeper = Arc::new(egress(&hosts, true));
        keeper.list_processors(vec!["model.example.org:443".into()]);
        let gate = Gate::new(Arc::clone(&keeper) as Arc<dyn Gatekeeper>);
        for (host, port) in [
            ("smtp.example.org", 465),
            ("SMTP.example.org", 465),
            ("eu.objects.example.net", 443),
            ("[::1]", 25),
            ("model.example.org", 443),
        ] {
            assert!(gate.pass("test", host, port).is_ok(), "{host}:{port}");
        }
        for (host, port) in [
            ("smtp.example.org", 25),
            ("smtp.example.org.", 465),
            ("evil.smtp.example.org", 465),
            ("objects.example.net", 443),
            ("xobjects.example.net", 443),
            (".objects.example.net", 443),
            ("169.254.169.254", 80),
            ("model.example.org", 80),
            ("", 443),
        ] {
            assert!(gate.pass("test", host, port).is_err(), "{host}:{port}");
        }
        keeper.list_processors(Vec::new());
        assert!(gate.pass("test", "model.example.org", 443).is_err());
        assert_eq!(keeper.refusals(), 10);
        assert_eq!(keeper.passed_since(Noon.now()).len(), 4);
    }

    #[test]
    fn only_the_operators_choice_may_be_inside() {
        let near: IpAddr = [10, 0, 0, 5].into();
        let reach = |keeper: &Egress, host: &str, address: IpAddr| {
            let to = Outward {
                host: host.into(),
                port: 0,
                purpose: "test",
            };
            keeper.reach(&to, address).is_ok()
        };
        let others = egress(
            &[
                "a.example.org:443",
                "*.b.example.org:443",
                "10.0.0.5:443",
                "localhost:443",
            ],
            false,
        );
        assert!(reach(&others, "a.example.org", [8, 8, 8, 8].into()));
        assert!(reach(&others, "10.0.0.5", near) && reach(&others, "localhost", [127, 0, 0, 1].into()));
        assert!(!reach(&others, "a.example.org", near) && !reach(&others, "x.b.example.org", near));
        let named = others.with_inside("a.example.org *.b.example.org".parse().unwrap());
        assert!(reach(&named, "a.example.org", near) && reach(&named, "x.b.example.org", near));
        assert!(!reach(&named, "c.example.org", near));
        assert!(reach(
            &egress(&["a.example.org:443"], true),
            "a.example.org",
            near
        ));
    }

    #[test]
    fn a_host_of_a_webhook_is_listed_for_that_alone_and_while_something_is_carried_to_it() {
        let keeper = Arc::new(egress(&["mail.example.org:465", "10.0.0.5:25"], true));
        let gate = Gate::new(Arc::clone(&keeper) as Arc<dyn Gatekeeper>);
        let passes = |purpose| gate.pass(purpose, "hooks.example.org", 443).is_ok();
        assert!(!passes(WEBHOOKS));
        let (one, other) = (
            keeper.lend("hooks.example.org:443"),
            keeper.lend("hooks.example.org:443"),
        );
        assert!(passes(WEBHOOKS) && !passes("sign-in"));
        assert!(gate.pass(WEBHOOKS, "hooks.example.org", 8443).is_err());
        drop(one);
        assert!(passes(WEBHOOKS));
        drop(other);
        assert!(!passes(WEBHOOKS));
        // What the operator lets be inside for itself is not inside for a team.
        let _lent = (
            keeper.lend("mail.example.org:465"),
            keeper.lend("10.0.0.5:25"),
            keeper.lend("127.0.0.1:80"),
        );
        let to = |purpose| Outward {
            host: "mail.example.org".into(),
            port: 0,
            purpose,
        };
        assert!(keeper.reach(&to("mail"), [10, 0, 0, 5].into()).is_ok());
        assert!(keeper.reach(&to(WEBHOOKS), [10, 0, 0, 5].into()).is_err());
        assert!(gate.pass("mail", "10.0.0.5", 25).is_ok());
        assert!(
            gate.pass(WEBHOOKS, "10.0.0.5", 25).is_err() && gate.pass(WEBHOOKS, "127.0.0.1", 80).is_err()
        );
    }

    #[test]
    fn of_many_refused_hosts_so_many_are_told_apart() {
        let egress = Arc::new(egress(&[], false));
        let gate = Gate::new(Arc::clone(&egress) as Arc<dyn Gatekeeper>);
        for number in 0..2 * MOST {
            gate.pass("test", &format!("host-{number}.example"), 443)
                .unwrap_err();
        }
        let due = egress.due();
        assert_eq!(due.len(), MOST + 1);
        assert!(
            due.iter()
                .any(|((to, _), times)| to.host == OTHERS && *times == MOST as u64)
        );
    }
}
