//! A browser without script: it keeps cookies, fills in the forms of the page it is on, and follows redirections.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use console::ConsoleState;
use http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use kernel::SystemRandom;
use secrecy::ExposeSecret as _;
use testkit::{Person, World};
use tower::ServiceExt as _;
use web::Kit;

pub(crate) const PASSWORD: &str = "nine lanterns over a quiet harbour";

/// A browser of one person.
pub(crate) struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
    /// What is sent along with every form, as browsers do.
    pub(crate) site: &'static str,
}

/// What came back.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) bytes: Vec<u8>,
    /// Where the browser is, after redirections.
    pub(crate) path: String,
}

impl Page {
    /// What stands between these two texts, the first time.
    pub(crate) fn between(&self, before: &str, after: &str) -> Option<String> {
        let rest = self.text.split(before).nth(1)?;
        Some(rest.split(after).next()?.replace("&amp;", "&"))
    }

    pub(crate) fn heading(&self) -> String {
        let heading = self.between("<h1>", "</h1>").unwrap_or_default();
        heading.replace("<span>", "").replace("</span>", "")
    }

    /// The hidden values of the form that goes to this path.
    fn form(&self, to: &str) -> Vec<(String, String)> {
        let mark = format!("action=\"{to}\"");
        let forms = self
            .text
            .split("<form")
            .skip(1)
            .filter_map(|form| form.split("</form>").next());
        let form = forms.into_iter().find(|form| form.contains(&mark));
        let form = form.unwrap_or_else(|| panic!("no form to {to} on {}: {}", self.path, self.heading()));
        let fields = form.split("<input type=\"hidden\" name=\"").skip(1);
        let pair = |field: &str| {
            let (name, rest) = field.split_once("\" value=\"")?;
            Some((name.to_owned(), rest.split('"').next()?.replace("&amp;", "&")))
        };
        fields.filter_map(pair).collect()
    }
}

impl Browser {
    pub(crate) fn new(world: &World) -> Self {
        let state = ConsoleState::new(
            world.custody.clone(),
            world.people.clone(),
            "https://bailee.example",
        );
        let kit = Kit::new(Arc::new(world.clock.clone()), Arc::new(SystemRandom));
        Self {
            router: kit.dress(console::router(state)),
            cookies: BTreeMap::new(),
            site: "same-origin",
        }
    }

    async fn send(&mut self, request: Request<Body>) -> Page {
        let path = request.uri().to_string();
        let (head, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        for line in head.headers.get_all(SET_COOKIE) {
            let (name, value) = line
                .to_str()
                .unwrap()
                .split(';')
                .next()
                .unwrap()
                .split_once('=')
                .unwrap();
            match value {
                "" => self.cookies.remove(name),
                value => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        Page {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
            path,
        }
    }

    fn cookie_line(&self) -> String {
        let pairs: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    /// Goes to a page, and on to where it leads.
    pub(crate) async fn go(&mut self, path: &str) -> Page {
        let mut path = path.to_owned();
        for _ in 0..5 {
            let request = Request::get(&path).header(COOKIE, self.cookie_line());
            let page = self.send(request.body(Body::empty()).unwrap()).await;
            match page.headers.get(LOCATION) {
                Some(to) => path = to.to_str().unwrap().to_owned(),
                None => return page,
            }
        }
        panic!("led in a circle at {path}");
    }

    /// Sends these bytes as a form.
    pub(crate) async fn post(&mut self, to: &str, kind: &str, body: String) -> Page {
        let request = Request::post(to)
            .header(COOKIE, self.cookie_line())
            .header(CONTENT_TYPE, kind)
            .header("sec-fetch-site", self.site);
        let page = self.send(request.body(Body::from(body)).unwrap()).await;
        match page.headers.get(LOCATION) {
            Some(to) => {
                assert_eq!(page.status, StatusCode::SEE_OTHER);
                let to = to.to_str().unwrap().to_owned();
                self.go(&to).await
            }
            None => page,
        }
    }

    /// Sends the form of the page that goes to this path, filled in like this.
    pub(crate) async fn fill(&mut self, page: &Page, to: &str, filled: &[(&str, &str)]) -> Page {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(page.form(to));
        form.extend_pairs(filled);
        self.post(to, "application/x-www-form-urlencoded", form.finish())
            .await
    }

    /// Sends the upload form of the page with a file.
    pub(crate) async fn upload(&mut self, page: &Page, to: &str, name: &str, bytes: &str) -> Page {
        let mut body = String::new();
        for (name, value) in page.form(to) {
            body.push_str(&format!(
                "--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            ));
        }
        body.push_str(&format!(
            "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: text/plain\r\n\r\n{bytes}\r\n--x--\r\n"
        ));
        self.post(to, "multipart/form-data; boundary=x", body).await
    }

    /// Puts the value of one cookie into another.
    pub(crate) fn copy_cookie(&mut self, from: &str, to: &str) {
        let value = self.cookies.get(from).cloned().unwrap();
        self.cookies.insert(to.to_owned(), value);
    }

    /// Whether there is a session's cookie.
    pub(crate) fn has_session(&self) -> bool {
        self.cookies.contains_key("__Host-bailee-session")
    }
}

/// An authenticator app.
pub(crate) struct App {
    secret: String,
}

impl App {
    /// Reads the key off the page that offers it.
    pub(crate) fn of(page: &Page) -> Self {
        Self {
            secret: page.between("name=\"secret\" value=\"", "\"").unwrap(),
        }
    }

    /// The code of the next half minute, so that none is shown twice (RFC 6238).
    pub(crate) fn code(&self, world: &World) -> String {
        world.clock.advance(Duration::from_secs(30));
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let bits: Vec<u8> = self
            .secret
            .chars()
            .flat_map(|c| {
                let value = letters.find(c).unwrap();
                (0..5).rev().map(move |bit| u8::from(value >> bit & 1 == 1))
            })
            .collect();
        let key: Vec<u8> = bits
            .chunks_exact(8)
            .map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | bit))
            .collect();
        let seconds = u64::try_from(world.custody.desk().clock.now().as_seconds()).unwrap();
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
        let tag = aws_lc_rs::hmac::sign(&key, &(seconds / 30).to_be_bytes());
        let tag = tag.as_ref();
        let at = usize::from(tag[19] & 15);
        let number = u32::from_be_bytes(tag[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

/// The first owner comes in: by key, invitation, password and app. Ends on the first page.
pub(crate) async fn owner_in(world: &World, owner: &Person) -> (Browser, App) {
    let mut browser = Browser::new(world);
    let page = browser.go("/console/begin").await;
    let key = owner.credential.to_text();
    let page = browser
        .fill(&page, "/console/begin", &[("key", key.expose_secret())])
        .await;
    assert!(page.heading().starts_with("Join "), "{}", page.heading());
    let chosen = [("password", PASSWORD), ("again", PASSWORD)];
    let page = browser.fill(&page, "/console/invitation", &chosen).await;
    assert_eq!(page.heading(), "Set up a second factor");
    let app = App::of(&page);
    let page = browser
        .fill(&page, "/console/sign-in/app", &[("code", &app.code(world))])
        .await;
    assert_eq!(page.heading(), "You are signed in");
    assert_eq!(page.text.split("<li>").count(), 11, "ten recovery codes");
    (browser, app)
}

/// A member comes in by an invitation, with a password and an app.
pub(crate) async fn member_in(world: &World, owner: &Person, member: &Person) -> (Browser, App) {
    let invited = world
        .people
        .make_invitation(&owner.credential, owner.request(), member.member)
        .await
        .unwrap();
    let mut browser = Browser::new(world);
    let link = format!("/console/invitation/{}", invited.token.expose_secret());
    let page = browser.go(&link).await;
    let chosen = [("password", PASSWORD), ("again", PASSWORD)];
    let page = browser.fill(&page, "/console/invitation", &chosen).await;
    let app = App::of(&page);
    browser
        .fill(&page, "/console/sign-in/app", &[("code", &app.code(world))])
        .await;
    (browser, app)
}
