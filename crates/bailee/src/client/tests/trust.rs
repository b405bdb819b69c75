//! Whom the client talks to: certificates, keys, exit codes.

use std::net::TcpListener;

use super::*;

/// A server with a certificate of its own CA; gives its URL and the CA's PEM.
fn serve_tls(desk: &Desk) -> (String, String) {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut about = rcgen::CertificateParams::new(Vec::new()).unwrap();
    about.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca_key = rcgen::KeyPair::generate().unwrap();
    let ca = about.self_signed(&ca_key).unwrap();
    let issuer = rcgen::Issuer::new(about, ca_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let about = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = about.signed_by(&key, &issuer).unwrap();
    let tls = web::Tls::from_pem(certificate.pem().as_bytes(), key.serialize_pem().as_bytes()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let listeners = vec![web::Listener::Tls(listener, tls)];
    let serving = web::serve(
        listeners,
        router(desk.world.clone()),
        std::future::pending(),
        Duration::from_secs(1),
    );
    tokio::spawn(async move { drop(serving.await) });
    (url, ca.pem())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_given_ca_is_trusted_and_no_other() {
    let desk = Desk::new().await;
    let (url, ca) = serve_tls(&desk);
    let (_, stranger) = serve_tls(&desk);
    let (ca, stranger) = (desk.write("ca.pem", ca), desk.write("stranger.pem", stranger));
    let file = desk.write("a.bin", vec![3; 400_000]);
    let put = desk
        .types_to(&url, KEY, &["put", &file, "-d", "scans", "--ca", &ca])
        .await;
    assert_eq!(put.code, 0, "{}", put.failure);
    let got = desk
        .types_to(
            &url,
            KEY,
            &["get", "scans/a.bin", "-o", &desk.path("out"), "--ca", &ca],
        )
        .await;
    assert_eq!(
        (got.code, std::fs::read(desk.at("out")).unwrap().len()),
        (0, 400_000)
    );
    let asked = desk.asked().len();
    let refused = desk.types_to(&url, KEY, &["ls", "--ca", &stranger]).await;
    assert_eq!(refused.code, 3);
    assert!(refused.failure.contains("--ca"), "{}", refused.failure);
    assert_eq!(
        desk.asked().len(),
        asked,
        "nothing was sent to a server that is not trusted"
    );
}

#[tokio::test]
async fn exit_codes_tell_what_happened() {
    let desk = Desk::new().await;
    assert_eq!(desk.types(&["ls"]).await.code, 0);
    let wrong = desk.types_to(&desk.url, "bailee_wrong", &["ls"]).await;
    assert!(
        wrong.code == 1 && wrong.failure.contains("unauthenticated"),
        "{}",
        wrong.failure
    );
    assert_eq!(desk.types(&["ls", "--api-key", KEY]).await.code, 2);
    assert_eq!(desk.types(&["ls", "--no-such-option"]).await.code, 2);
    assert_eq!(desk.types_to("http://bailee.example", KEY, &["ls"]).await.code, 2);
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let unreachable = desk.types_to(&format!("http://{gone}"), KEY, &["ls"]).await;
    assert_eq!(unreachable.code, 3, "{}", unreachable.failure);
}

#[tokio::test]
async fn a_server_that_stays_unavailable_is_given_up() {
    let desk = Desk::new().await;
    desk.will(&[Fault::Unavailable; 5]);
    let ended = desk.types(&["ls"]).await;
    assert_eq!((ended.code, desk.asked().len()), (1, 3));
    assert!(ended.failure.contains("unavailable"), "{}", ended.failure);
}
