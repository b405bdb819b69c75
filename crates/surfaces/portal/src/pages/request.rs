//! What somebody asked for, and where it is.

use kernel::Timestamp;
use maud::{Markup, html};
use rights::package::Offer;
use rights::portal::OwnRequest;
use rights::request::{PersonRequest, State};

use super::Frame;
use super::frame::Place;
use crate::words::{day, minute};

/// All that was asked for from an address.
pub fn requests(frame: &Frame, list: &[PersonRequest]) -> Markup {
    let content = html! {
        @if list.is_empty() {
            div.panel { p { (frame.t("requests.none")) } p { a href=(frame.to("")) { (frame.t("requests.ask")) } } }
        } @else {
            ul.choices {
                @for request in list {
                    li {
                        a href=(frame.to(&format!("/requests/{}", request.id))) {
                            b { (frame.t(&format!("kind.{}", request.kind.as_str()))) }
                            span { (state(frame, request.state)) " · " (day(request.received_at)) }
                        }
                    }
                }
            }
            p { a href=(frame.to("")) { (frame.t("requests.more")) } }
        }
    };
    frame.page(
        Place::Requests,
        frame.t("requests.title"),
        &frame.named("requests.lede"),
        &content,
    )
}

/// One request. `now` settles whether its package can still be taken.
pub fn request(frame: &Frame, own: &OwnRequest, now: Timestamp) -> Markup {
    let asked = &own.file.request;
    let content = html! {
        @if let Some(offer) = &own.offer { (package(frame, asked, offer, now)) }
        @if let Some(answer) = own.file.answer.as_ref() {
            section.panel { h2 { (frame.t("request.answer")) } p.letter { (answer) } }
        }
        section.panel {
            dl.facts {
                dt { (frame.t("request.state")) } dd { (state(frame, asked.state)) }
                dt { (frame.t("request.received")) } dd { time { (day(asked.received_at)) } }
                @if !asked.state.is_closed() {
                    @if let Some(due) = asked.law_due_at.or(asked.own_due_at) {
                        dt { (frame.t("request.due")) } dd { time { (day(due)) } }
                    }
                }
                @if let Some(closed) = asked.closed_at { dt { (frame.t("request.closed")) } dd { time { (day(closed)) } } }
                @if let Some(details) = &own.file.details {
                    dt { (frame.t("request.words")) } dd.letter { (details.words) }
                }
            }
            p.soft { (frame.named(next(asked))) }
        }
        @if !asked.state.is_closed() { (withdraw(frame, asked)) }
        p { a href=(frame.to("/requests")) { (frame.t("request.all")) } }
    };
    let kind = asked.kind.as_str();
    frame.page(Place::Requests, frame.t(&format!("kind.{kind}")), "", &content)
}

/// What happens next.
fn next(request: &PersonRequest) -> &'static str {
    match (request.state, request.extended_at) {
        (State::Received | State::Identity, _) => "next.identity",
        (State::Open, Some(_)) => "next.extended",
        (State::Open, None) => "next.open",
        (State::Answered, _) => "next.answered",
        (State::Refused, _) => "next.refused",
        (State::Withdrawn, _) => "next.withdrawn",
        (State::Duplicate, _) => "next.duplicate",
    }
}

fn state(frame: &Frame, state: State) -> Markup {
    html! { (frame.t(&format!("state.{}", state.as_str()))) }
}

fn package(frame: &Frame, request: &PersonRequest, offer: &Offer, now: Timestamp) -> Markup {
    let until = minute(offer.until_at);
    html! {
        section.panel.main {
            h2 { (frame.t("package.title")) }
            @if now < offer.until_at {
                p { (frame.with("package.until", &[("until", &until)])) }
                form method="post" action=(frame.to(&format!("/requests/{}/package", request.id))) {
                    (frame.guard())
                    button.button.main type="submit" { (frame.t("package.take")) }
                }
                p.quiet { (frame.t("package.says")) }
            } @else {
                p { (frame.with("package.over", &[("until", &until)])) }
            }
        }
    }
}

fn withdraw(frame: &Frame, request: &PersonRequest) -> Markup {
    html! {
        details {
            summary { (frame.t("withdraw.title")) }
            form.panel method="post" action=(frame.to(&format!("/requests/{}/withdraw", request.id))) {
                (frame.guard())
                p { (frame.t("withdraw.says")) }
                button.button.danger type="submit" { (frame.t("withdraw.do")) }
            }
        }
    }
}
