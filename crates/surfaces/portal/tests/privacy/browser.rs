//! A browser without script, and the mailbox of whoever sits at it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use custody::Custody;
use engines::TestDb;
use http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use kernel::{Clock as _, SystemRandom};
use portal::PortalState;
use rights::Rights;
use rights::portal::Portal;
use testkit::{Person, Team, World};
use tower::ServiceExt as _;
use web::Kit;
use web::client::Peer;

/// An installation with a team whose page is open.
pub(crate) struct Site {
    pub(crate) world: World,
    pub(crate) team: Team,
    pub(crate) rights: Rights,
    router: Router,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(crate) fn to(&self) -> String {
        self.header(LOCATION.as_str())
    }

    pub(crate) fn header(&self, name: &str) -> String {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
            .to_owned()
    }
}

pub(crate) struct Browser<'s> {
    site: &'s Site,
    pub(crate) tenant: &'static str,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) language: &'static str,
    csrf: String,
    network: Option<&'static str>,
    site_says: &'static str,
}

/// A letter as its reader sees it.
pub(crate) struct Read {
    pub(crate) to: String,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) text: String,
}

impl Site {
    pub(crate) async fn on(db: TestDb) -> Self {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let rights = Rights::new(world.custody.clone());
        let state = PortalState::new(world.custody.clone(), "https://bailee.example/");
        let kit = Kit::new(Arc::new(world.clock.clone()), Arc::new(SystemRandom));
        let site = Self {
            router: kit.dress(portal::router(state)),
            world,
            team,
            rights,
        };
        site.open(&site.team.owner, crate::samples::settled()).await;
        site
    }

    pub(crate) async fn open(&self, by: &Person, portal: Portal) {
        self.rights
            .settle_portal(&by.credential, by.request(), portal)
            .await
            .unwrap();
    }

    pub(crate) fn custody(&self) -> &Custody {
        &self.world.custody
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser {
            site: self,
            tenant: "clinic",
            cookies: BTreeMap::new(),
            language: "en",
            csrf: String::new(),
            network: None,
            site_says: "same-origin",
        }
    }

    /// The letters that wait, oldest first; they are sent by this.
    pub(crate) async fn letters(&self) -> Vec<Read> {
        let key = self.custody().outbox_key().await.unwrap();
        let now = self.world.clock.now();
        let read = self.world.database().write(move |tx| {
            let taken = key.take(tx, now, 50, Duration::from_secs(60))?;
            let mut letters = Vec::new();
            for letter in taken {
                letters.push(Read {
                    to: letter.to.as_str().to_owned(),
                    kind: letter.kind.clone(),
                    subject: letter.subject().to_owned(),
                    text: letter.text().to_owned(),
                });
                key.settle(tx, &letter, outbox::Fate::Sent, now)?;
            }
            Ok::<_, outbox::Error>(letters)
        });
        read.await.unwrap()
    }

    /// The code of the one letter that waits.
    pub(crate) async fn code(&self) -> String {
        let letters = self.letters().await;
        let codes: Vec<&Read> = letters
            .iter()
            .filter(|letter| letter.kind == "portal.code")
            .collect();
        assert_eq!(codes.len(), 1, "one code was sent");
        code_in(&codes[0].text)
    }
}

/// The eight digits of a letter.
pub(crate) fn code_in(text: &str) -> String {
    let line = text.lines().next().unwrap();
    line.chars().filter(char::is_ascii_digit).collect()
}

impl Browser<'_> {
    /// The same from this address.
    pub(crate) fn from(self, network: &'static str) -> Self {
        Self {
            network: Some(network),
            ..self
        }
    }

    /// Sends a form as a page of somebody else's makes a browser do.
    pub(crate) async fn elsewhere(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.site_says = "cross-site";
        let answer = self.post(path, fields).await;
        self.site_says = "same-origin";
        answer
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        let answer = self.send(Method::GET, path, String::new()).await;
        if let Some((_, rest)) = answer.text().split_once("name=\"csrf\" value=\"") {
            self.csrf = rest.split('"').next().unwrap().to_owned();
        }
        answer
    }

    /// Sends a form of the page that was looked at last.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("csrf", &self.csrf);
        fields.iter().for_each(|(name, value)| {
            body.append_pair(name, value);
        });
        self.send(Method::POST, path, body.finish()).await
    }

    pub(crate) async fn send(&mut self, method: Method, path: &str, body: String) -> Answer {
        let path = match path.starts_with("/privacy/") {
            true => path.to_owned(),
            false => format!("/privacy/{}{path}", self.tenant),
        };
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(ACCEPT_LANGUAGE, self.language)
            .header(COOKIE, cookies.join("; "))
            .header("sec-fetch-site", self.site_says)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        let peer = Peer(self.network.map(|address| address.parse().unwrap()));
        request.extensions_mut().insert(ConnectInfo(peer));
        let (head, body) = self
            .site
            .router
            .clone()
            .oneshot(request)
            .await
            .unwrap()
            .into_parts();
        for cookie in head.headers.get_all(SET_COOKIE) {
            let text = cookie.to_str().unwrap();
            let (name, rest) = text.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            match text.contains("Max-Age=0") {
                true => drop(self.cookies.remove(name)),
                false => drop(self.cookies.insert(name.to_owned(), value.to_owned())),
            }
        }
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        Answer {
            status: head.status,
            headers: head.headers,
            bytes,
        }
    }

    /// Asks for something and types the code in; gives the path of the request.
    pub(crate) async fn ask(&mut self, kind: &str, address: &str, words: &str) -> String {
        self.get(&format!("/ask/{kind}")).await;
        let fields = [("address", address), ("name", "Anna"), ("words", words)];
        let asked = self.post(&format!("/ask/{kind}"), &fields).await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text());
        self.enter(&asked.to()).await
    }

    /// Signs in with an address; gives where that leads.
    pub(crate) async fn sign_in(&mut self, address: &str, then: &str) -> String {
        self.get("/sign-in").await;
        let asked = self
            .post("/sign-in", &[("address", address), ("then", then)])
            .await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text());
        self.enter(&asked.to()).await
    }

    async fn enter(&mut self, page: &str) -> String {
        let shown = self.get(page).await;
        let then = page
            .split_once("then=")
            .map_or("", |(_, then)| then)
            .replace("%2F", "/");
        assert_eq!(shown.status, StatusCode::OK);
        let code = self.site.code().await;
        let proven = self.post("/code", &[("code", &code), ("then", &then)]).await;
        assert_eq!(proven.status, StatusCode::SEE_OTHER, "{}", proven.text());
        proven.to()
    }
}
