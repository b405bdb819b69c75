use axum::routing::{get, post};
use http::StatusCode;
use http_body_util::BodyExt as _;
use kernel::{SystemClock, SystemRandom};
use tower::ServiceExt as _;

use super::*;
use crate::ProblemDocument;

fn router() -> Router {
    let router = Router::new()
        .route("/fine", get(async |Operation(id): Operation| id.to_string()))
        .route(
            "/broken",
            get(async || -> &'static str { panic!("secret of the handler") }),
        )
        .route(
            "/page",
            get(async || ([(CONTENT_SECURITY_POLICY, "default-src 'self'")], "page")),
        )
        .route(
            "/refused",
            post(async || Problem::forbidden("no", vec!["not-yours".to_owned()])),
        );
    Kit::new(Arc::new(SystemClock), Arc::new(SystemRandom)).dress(router)
}

async fn ask(method: &str, path: &str) -> Response {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .body(Body::empty())
        .unwrap();
    router().oneshot(request).await.unwrap()
}

fn header(response: &Response, name: &str) -> String {
    response
        .headers()
        .get(name)
        .map(|value| value.to_str().unwrap().to_owned())
        .unwrap_or_default()
}

async fn text(response: Response) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

async fn problem(response: Response) -> ProblemDocument {
    assert_eq!(header(&response, "content-type"), "application/problem+json");
    let operation = header(&response, "bailee-operation");
    let document: ProblemDocument = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(document.operation.as_deref(), Some(operation.as_str()));
    document
}

#[tokio::test]
async fn every_answer_has_its_operation_and_the_headers() {
    let response = ask("GET", "/fine").await;
    assert_eq!(header(&response, "x-content-type-options"), "nosniff");
    assert_eq!(header(&response, "cache-control"), "no-store");
    assert_eq!(header(&response, "referrer-policy"), "no-referrer");
    assert_eq!(header(&response, "strict-transport-security"), "max-age=31536000");
    assert!(header(&response, "content-security-policy").starts_with("default-src 'none'"));
    let operation = header(&response, "bailee-operation");
    assert_eq!(text(response).await, operation);
    assert_eq!(
        header(&ask("GET", "/page").await, "content-security-policy"),
        "default-src 'self'"
    );
}

#[tokio::test]
async fn a_panic_is_a_problem_that_does_not_say_why() {
    let response = ask("GET", "/broken").await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let document = problem(response).await;
    assert_eq!(document.urn, "urn:bailee:problem:internal");
    assert!(!serde_json::to_string(&document).unwrap().contains("secret"));
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let unknown = ask("GET", "/nowhere").await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    assert_eq!(problem(unknown).await.urn, "urn:bailee:problem:not-found");
    let wrong_method = ask("DELETE", "/fine").await;
    assert_eq!(wrong_method.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(header(&wrong_method, "allow").contains("GET"));
    assert_eq!(
        problem(wrong_method).await.urn,
        "urn:bailee:problem:method-not-allowed"
    );
}

#[tokio::test]
async fn refusals_keep_their_reasons() {
    let document = problem(ask("POST", "/refused").await).await;
    assert_eq!(
        (document.status, document.reasons),
        (403, vec!["not-yours".to_owned()])
    );
}

#[tokio::test]
async fn in_clear_nobody_is_told_to_insist_on_tls() {
    let kit = Kit::new(Arc::new(SystemClock), Arc::new(SystemRandom)).in_clear();
    let request = Request::builder().uri("/").body(Body::empty()).unwrap();
    let response = kit.dress(Router::new()).oneshot(request).await.unwrap();
    assert!(!response.headers().contains_key("strict-transport-security"));
}
