//! HTTP through the gate.
//!
//! Promises: every request asks for its host and port before anything is sent, every name that is connected to is looked up through the
//! gate, no redirection is followed and no proxy is used. Leaves out: certificates that are trusted, and how long things may take, which
//! whoever makes the client says.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{ClientBuilder, Request, Response, Url};

use crate::{Gate, Refused, outward};

/// Sends requests for one purpose. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    gate: Gate,
    purpose: &'static str,
}

/// Why there is no answer. Its text holds no URL.
#[derive(Debug, thiserror::Error)]
pub enum Unsent {
    /// The gate does not let the server connect there.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// No connection, no answer in time, or none that is HTTP.
    #[error("{}", with_causes(.0))]
    Failed(reqwest::Error),
}

impl Gate {
    /// What a client of somebody else's making begins with, which has to ask [`Gate::check_url`] before each request.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the gate: what is made here looks up names through it"
    )]
    pub fn builder(&self, purpose: &'static str) -> ClientBuilder {
        let names = Names {
            gate: self.clone(),
            purpose,
        };
        reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .dns_resolver(names)
    }

    /// A client for one purpose, with what `settle` adds to it.
    ///
    /// # Errors
    /// What the client's TLS says when it cannot be set up.
    pub fn client(
        &self,
        purpose: &'static str,
        settle: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> reqwest::Result<Client> {
        let http = settle(self.builder(purpose)).build()?;
        let gate = self.clone();
        Ok(Client { http, gate, purpose })
    }

    /// Asks for the host and the port of a URL.
    ///
    /// # Errors
    /// [`Refused`]: then nothing may be sent.
    pub fn check_url(&self, purpose: &'static str, url: &Url) -> Result<(), Refused> {
        let port = url.port_or_known_default().unwrap_or(443);
        self.pass(purpose, url.host_str().unwrap_or_default(), port)
    }
}

impl Client {
    /// Sends a request and gives the head of its answer, whatever that says.
    ///
    /// # Errors
    /// [`Unsent`].
    pub async fn send(&self, request: Request) -> Result<Response, Unsent> {
        self.gate.check_url(self.purpose, request.url())?;
        let sent = self.http.execute(request).await;
        sent.map_err(|error| match Refused::behind(&error) {
            Some(refused) => Unsent::Refused(refused.clone()),
            None => Unsent::Failed(error.without_url()),
        })
    }
}

/// Looks up names for connections, and gives those addresses alone that may be reached.
struct Names {
    gate: Gate,
    purpose: &'static str,
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let (gate, to) = (self.gate.clone(), outward(self.purpose, name.as_str(), 0));
        Box::pin(async move {
            match gate.reachable(to).await {
                Ok(found) => {
                    let found = found.into_iter().map(|address| SocketAddr::from((address, 0)));
                    Ok(Box::new(found) as Addrs)
                }
                Err(crate::NoAddress::Refused(refused)) => Err(refused.into()),
                Err(unknown) => Err(unknown.into()),
            }
        })
    }
}

fn with_causes(error: &reqwest::Error) -> String {
    let (mut text, mut next) = (error.to_string(), std::error::Error::source(error));
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::{Gatekeeper, Lookup, Outward, is_inside};

    /// Lists one port, and lets no name lead inside unless it is `near.example`.
    struct Keeper(u16);

    impl Gatekeeper for Keeper {
        fn pass(&self, to: &Outward) -> Result<(), Refused> {
            let listed = to.port == self.0 && to.host != "unlisted.example";
            listed
                .then_some(())
                .ok_or_else(|| Refused::NotListed(to.host.clone(), to.port))
        }

        fn reach(&self, to: &Outward, address: IpAddr) -> Result<(), Refused> {
            match is_inside(address) && to.host != "near.example" {
                true => Err(Refused::Inside(to.host.clone(), address)),
                false => Ok(()),
            }
        }
    }

    /// Every name is this machine, and one of them is so only when it is asked again.
    #[derive(Default)]
    struct Here(AtomicUsize);

    #[async_trait]
    impl Lookup for Here {
        async fn addresses(&self, host: &str) -> Vec<IpAddr> {
            let times = self.0.fetch_add(1, Ordering::SeqCst);
            match (host, times) {
                ("nobody.example", _) => Vec::new(),
                _ => vec![[127, 0, 0, 1].into()],
            }
        }
    }

    async fn server(answer: &'static str) -> (u16, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let task = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (mut asked, mut buffer) = (Vec::new(), [0; 1024]);
            while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
                let read = stream.read(&mut buffer).await.unwrap();
                asked.extend_from_slice(&buffer[..read]);
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8(asked).unwrap()
        });
        (port, task)
    }

    fn client(port: u16) -> (Client, Arc<Here>) {
        let here = Arc::new(Here::default());
        let gate = Gate::new(Arc::new(Keeper(port))).with_lookup(Arc::clone(&here) as Arc<dyn Lookup>);
        // Nothing here speaks TLS.
        let client = gate.client("test", |builder| builder.tls_danger_accept_invalid_certs(false));
        (client.unwrap(), here)
    }

    fn get(url: &str) -> Request {
        Request::new(reqwest::Method::GET, url.parse().unwrap())
    }

    #[tokio::test]
    async fn a_name_is_looked_up_once_and_a_redirection_is_an_answer() {
        let redirection = "HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        let (port, seen) = server(redirection).await;
        let (client, here) = client(port);
        let answer = client
            .send(get(&format!("http://near.example:{port}/a")))
            .await
            .unwrap();
        assert_eq!(answer.status(), 307);
        assert!(seen.await.unwrap().starts_with("GET /a HTTP/1.1"));
        assert_eq!(here.0.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn who_is_not_listed_or_leads_inside_is_not_connected_to() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (client, here) = client(port);
        for (host, port, inside) in [
            ("far.example", port, true),
            ("127.0.0.1", port, true),
            ("[::1]", port, true),
            ("[::ffff:7f00:1]", port, true),
            ("2130706433", port, true),
            ("near.example", 1, false),
            ("unlisted.example", port, false),
        ] {
            let refused = client
                .send(get(&format!("http://{host}:{port}/")))
                .await
                .unwrap_err();
            let Unsent::Refused(refused) = refused else {
                panic!("{host}: {refused}");
            };
            assert_eq!(matches!(refused, Refused::Inside(..)), inside, "{host}");
        }
        assert_eq!(
            here.0.load(Ordering::SeqCst),
            1,
            "a host that is not listed was looked up"
        );
        let nobody = client.send(get(&format!("http://nobody.example:{port}/"))).await;
        assert!(matches!(nobody, Err(Unsent::Failed(_))));
        assert!(listener.accept().is_err(), "somebody came");
    }
}
