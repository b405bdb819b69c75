//! A browser without script: it keeps cookies by their rules, fills in forms, and follows redirections.

use std::collections::BTreeMap;

use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Method, Url};

use super::server::Server;

/// A browser of one person.
pub struct Browser {
    client: Client,
    /// By origin and name: the value, and whether it comes along from elsewhere.
    cookies: Kept,
    /// Every address that it was at.
    pub visited: Vec<Url>,
}

/// Cookies of one server, by origin and name.
pub type Kept = BTreeMap<(String, String), (String, bool)>;

/// What is shown.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub url: Url,
    pub text: String,
    refresh: Option<String>,
}

impl Page {
    /// What stands between these two texts, the first time.
    pub fn between(&self, before: &str, after: &str) -> Option<String> {
        let rest = self.text.split(before).nth(1)?;
        Some(rest.split(after).next()?.replace("&amp;", "&"))
    }

    pub fn heading(&self) -> String {
        self.between("<h1>", "</h1>").unwrap_or_default()
    }

    /// Where the form goes whose address has this in it, and its hidden values.
    fn form(&self, to: &str) -> (String, Vec<(String, String)>) {
        let forms = self.text.split("<form").skip(1);
        let mut forms = forms.filter_map(|form| form.split("</form>").next());
        let attribute = |text: &str, name: &str| {
            let value = text.split(&format!("{name}=\"")).nth(1)?;
            Some(value.split('"').next()?.replace("&amp;", "&"))
        };
        let is_it = |form: &&str| attribute(form, "action").is_some_and(|action| action.contains(to));
        let form = forms
            .find(is_it)
            .unwrap_or_else(|| panic!("no form to {to} at {}: {}", self.url, self.text));
        let inputs = form
            .split("<input")
            .skip(1)
            .filter_map(|input| input.split('>').next());
        let hidden = inputs.filter(|input| input.contains("type=\"hidden\""));
        let pairs = hidden.filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?)));
        (attribute(form, "action").unwrap(), pairs.collect())
    }
}

impl Browser {
    /// One that trusts the server's CA.
    #[expect(clippy::disallowed_methods, reason = "a test, to the server that it started")]
    pub fn new(server: &Server) -> Self {
        let ca = std::fs::read(&server.ca).unwrap();
        let client = Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(&ca).unwrap()])
            .redirect(reqwest::redirect::Policy::none())
            // A server may hang up a connection at the moment that it is used again.
            .pool_max_idle_per_host(0)
            .build();
        Self {
            client: client.unwrap(),
            cookies: BTreeMap::new(),
            visited: Vec::new(),
        }
    }

    /// Goes to an address that was typed in.
    pub async fn go(&mut self, url: &str) -> Page {
        let url = Url::parse(url).unwrap();
        let from = origin(&url);
        self.follow(Method::GET, url, Vec::new(), from).await
    }

    /// Follows a link of the page.
    pub async fn click(&mut self, page: &Page, to: &str) -> Page {
        self.follow(
            Method::GET,
            page.url.join(to).unwrap(),
            Vec::new(),
            origin(&page.url),
        )
        .await
    }

    /// Goes where the page leads by itself.
    pub async fn led_on(&mut self, page: &Page) -> Page {
        let refresh = page
            .refresh
            .as_deref()
            .unwrap_or_else(|| panic!("{} leads nowhere", page.url));
        self.click(page, refresh.strip_prefix("0; url=").unwrap()).await
    }

    /// Sends the form of the page that goes to this path, filled in like this.
    pub async fn fill(&mut self, page: &Page, to: &str, filled: &[(&str, &str)]) -> Page {
        let (action, mut fields) = page.form(to);
        fields.extend(
            filled
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let url = page.url.join(&action).unwrap();
        self.follow(Method::POST, url, fields, origin(&page.url)).await
    }

    /// Whether there is a session's cookie.
    pub fn has_session(&self) -> bool {
        self.cookies
            .keys()
            .any(|(_, name)| name == "__Host-bailee-session")
    }

    /// The cookies of a server, to be put back when it has forgotten them.
    pub fn cookies_here(&self, url: &str) -> Kept {
        let here = origin(&Url::parse(url).unwrap());
        let own = self.cookies.iter().filter(|((origin, _), _)| *origin == here);
        own.map(|(place, value)| (place.clone(), value.clone())).collect()
    }

    /// Has these cookies again, and no session.
    pub fn restore(&mut self, url: &str, kept: Kept) {
        let here = origin(&Url::parse(url).unwrap());
        self.cookies.retain(|(origin, _), _| *origin != here);
        self.cookies.extend(kept);
    }

    async fn follow(
        &mut self,
        method: Method,
        mut url: Url,
        fields: Vec<(String, String)>,
        from: String,
    ) -> Page {
        let (mut method, mut fields) = (method, fields);
        for _ in 0..12 {
            self.visited.push(url.clone());
            let own = origin(&url) == from;
            let mut request = self
                .client
                .request(method.clone(), url.clone())
                .header(COOKIE, self.line(&url, own));
            if method == Method::POST {
                let form = form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(&fields)
                    .finish();
                request = request
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .header("sec-fetch-site", if own { "same-origin" } else { "cross-site" })
                    .body(form);
            }
            let answer = request.send().await.unwrap();
            let header = |name| {
                answer
                    .headers()
                    .get(name)
                    .map(|value| value.to_str().unwrap().to_owned())
            };
            let (status, to, refresh) = (
                answer.status().as_u16(),
                header(LOCATION.as_str()),
                header("refresh"),
            );
            let set = answer.headers().get_all(SET_COOKIE).iter();
            let set: Vec<String> = set.map(|line| line.to_str().unwrap().to_owned()).collect();
            for line in set {
                self.keep(&url, &line);
            }
            let Some(to) = to else {
                let text = answer.text().await.unwrap();
                return Page {
                    status,
                    url,
                    text,
                    refresh,
                };
            };
            url = url.join(&to).unwrap();
            (method, fields) = (Method::GET, Vec::new());
        }
        panic!("led in a circle at {url}");
    }

    /// On a way that began elsewhere, only those come along that may.
    fn line(&self, url: &Url, own: bool) -> String {
        let here = origin(url);
        let fits = self
            .cookies
            .iter()
            .filter(|((origin, _), (_, lax))| *origin == here && (own || *lax));
        let pairs: Vec<_> = fits
            .map(|((_, name), (value, _))| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    fn keep(&mut self, url: &Url, line: &str) {
        let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
        let (name, value) = pair.split_once('=').unwrap();
        let attributes = attributes.to_ascii_lowercase();
        let place = (origin(url), name.to_owned());
        if value.is_empty() || attributes.contains("max-age=0") {
            self.cookies.remove(&place);
            return;
        }
        let lax = !attributes.contains("samesite=strict");
        self.cookies.insert(place, (value.to_owned(), lax));
    }
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}
