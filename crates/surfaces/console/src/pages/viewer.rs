//! A picture in the viewer, as a page without script shows it: one view, and links to others of the same picture.
//!
//! Promises: every view has an address of its own; nearer, farther and aside are links, the frame and the values are a
//! form. The script takes the same links and the same form and stays on the page.

use maud::{Markup, html};

use crate::assets;
use crate::kit::{Icon, icon};

/// A part of a picture, in its own pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// To the right.
    pub width: u32,
    /// Downwards.
    pub height: u32,
}

/// What of a picture is shown, and how: what stands in the address.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shown {
    /// The frame, from 0.
    pub frame: u32,
    /// The part; all of it when absent.
    pub part: Option<Part>,
    /// How many values are told apart, and the one in the middle; as the file says when absent.
    pub window: Option<(f64, f64)>,
}

/// A picture that the server draws.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureView {
    /// The path of the page it stands on.
    pub page: String,
    /// The path of its views.
    pub source: String,
    /// The version in both, where it is not the newest.
    pub version: Option<String>,
    /// What the picture is, for who does not see it.
    pub alt: String,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// How many frames, or pages.
    pub frames: u32,
    /// Of a document, how large its pages are, or the first of them.
    pub pages: Option<Vec<(u32, u32)>>,
    /// Of a film, how many seconds it takes; its frames are taken to last equally long.
    pub seconds: Option<f64>,
    /// Whether its values are measured, so that some of them can be told apart better than others.
    pub values: bool,
    /// What of it is shown.
    pub shown: Shown,
    /// Whether the visitor's name is all over it.
    pub marked: bool,
}

impl Part {
    /// The whole of a picture.
    const fn whole(width: u32, height: u32) -> Self {
        Self {
            x: 0,
            y: 0,
            width,
            height,
        }
    }

    /// A part of this size around the same middle, kept inside the picture; nothing where it would be all of it.
    fn around(self, width: u32, height: u32, of: &PictureView) -> Option<Self> {
        let (width, height) = (width.clamp(1, of.width.max(1)), height.clamp(1, of.height.max(1)));
        let middle = |start: u32, length: u32, new: u32, all: u32| {
            (start + length / 2)
                .saturating_sub(new / 2)
                .min(all.saturating_sub(new))
        };
        let part = Self {
            x: middle(self.x, self.width, width, of.width),
            y: middle(self.y, self.height, height, of.height),
            width,
            height,
        };
        (width < of.width || height < of.height).then_some(part)
    }

    /// The same part moved by shares of itself, as far as the picture goes.
    fn moved(self, right: f64, down: f64, of: &PictureView) -> Self {
        let step = |start: u32, length: u32, by: f64, all: u32| {
            let to = f64::from(start) + f64::from(length) * by;
            to.clamp(0.0, f64::from(all.saturating_sub(length))) as u32
        };
        Self {
            x: step(self.x, self.width, right, of.width),
            y: step(self.y, self.height, down, of.height),
            ..self
        }
    }
}

impl Shown {
    /// As the part of an address after the question mark.
    pub fn query(&self, version: Option<&str>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.pairs() {
            query.append_pair(name, &value);
        }
        query.extend_pairs(version.map(|version| ("version", version)));
        query.finish()
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        if self.frame > 0 {
            pairs.push(("frame", self.frame.to_string()));
        }
        if let Some(part) = self.part {
            let sides = [
                ("x", part.x),
                ("y", part.y),
                ("w", part.width),
                ("h", part.height),
            ];
            pairs.extend(sides.map(|(name, side)| (name, side.to_string())));
        }
        if let Some((window, level)) = self.window {
            pairs.push(("window", window.to_string()));
            pairs.push(("level", level.to_string()));
        }
        pairs
    }
}

impl PictureView {
    fn part(&self) -> Part {
        self.shown.part.unwrap_or(Part::whole(self.width, self.height))
    }

    /// The page with another view of the same picture.
    fn to(&self, shown: &Shown) -> String {
        address(&self.page, &shown.query(self.version.as_deref()))
    }

    fn to_part(&self, part: Option<Part>) -> String {
        self.to(&Shown {
            part,
            ..self.shown.clone()
        })
    }

    fn to_frame(&self, frame: u32) -> String {
        self.to(&Shown {
            frame,
            ..self.shown.clone()
        })
    }

    /// The picture itself.
    fn picture(&self) -> String {
        address(&self.source, &self.shown.query(self.version.as_deref()))
    }

    /// The sizes of the pages where they differ: the script is told, so that each is shown in its own.
    fn sizes(&self) -> Option<String> {
        let pages = self.pages.as_deref()?;
        let differ = pages.windows(2).any(|two| two[0] != two[1]);
        differ.then(|| {
            pages
                .iter()
                .map(|(width, height)| format!("{width}x{height}"))
                .collect::<Vec<_>>()
                .join(" ")
        })
    }

    /// How near one is, in percent of the whole.
    fn percent(&self) -> u32 {
        let part = self.part();
        let times = |all: u32, part: u32| f64::from(all) / f64::from(part.max(1));
        (times(self.width, part.width).max(times(self.height, part.height)) * 100.0).round() as u32
    }
}

fn address(path: &str, query: &str) -> String {
    match query {
        "" => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// The viewer of a picture.
pub(super) fn picture(view: &PictureView, tools: Markup) -> Markup {
    html! {
        div.viewer data-viewer data-page=(view.page) data-source=(view.source) data-version=[view.version.as_deref()]
            data-width=(view.width) data-height=(view.height) data-frames=(view.frames) data-sizes=[view.sizes()] data-seconds=[view.seconds] {
            (tools)
            div.stage id="stage" tabindex="0" role="group" aria-label="The picture" aria-describedby="stage-keys" {
                img src=(view.picture()) alt=(view.alt);
            }
            p.only-read id="stage-keys" { "Arrow keys move, plus and minus go nearer and farther, 0 shows all of it." }
            div.viewer-foot {
                (near(view))
                @if view.frames > 1 { (frames(view)) }
                @if view.values { (values(view)) }
                p.viewer-says role="status" data-says { @if view.marked { "Your name is on it" } }
            }
        }
        script type="module" src=(assets::path("viewer.js")) {}
    }
}

fn way(to: &str, go: &str, sign: Icon, says: &str) -> Markup {
    html! {
        a.button.square.bare href=(to) data-go=(go) aria-label=(says) title=(says) { (icon(sign)) }
    }
}

/// Nearer, farther, and aside while a part is shown.
fn near(view: &PictureView) -> Markup {
    let part = view.part();
    let nearer = part.around(part.width.div_ceil(2), part.height.div_ceil(2), view);
    let farther = part.around(part.width.saturating_mul(2), part.height.saturating_mul(2), view);
    let aside = [
        ("left", Icon::Left, "Left", -0.5, 0.0),
        ("up", Icon::Up, "Up", 0.0, -0.5),
        ("down", Icon::Down, "Down", 0.0, 0.5),
        ("right", Icon::Right, "Right", 0.5, 0.0),
    ];
    html! {
        div.tools role="group" aria-label="How near" {
            (way(&view.to_part(farther), "out", Icon::Minus, "Farther"))
            a.button.bare.percent href=(view.to_part(None)) data-go="fit" title="Show all of it" { span data-percent { (view.percent()) " %" } }
            (way(&view.to_part(nearer), "in", Icon::Plus, "Nearer"))
            @if view.shown.part.is_some() {
                span.tools data-plain {
                    @for (go, sign, says, right, down) in aside { (way(&view.to_part(Some(part.moved(right, down, view))), go, sign, says)) }
                }
            }
        }
    }
}

/// A slider, which sends its form without script, and the frames or pages beside this one.
fn frames(view: &PictureView) -> Markup {
    let (name, many, before, after) = match view.pages {
        Some(_) => ("Page", "Pages", "The page before", "The next page"),
        None => ("Frame", "Frames", "The frame before", "The next frame"),
    };
    let (frame, last) = (view.shown.frame, view.frames - 1);
    let kept = Shown {
        frame: 0,
        ..view.shown.clone()
    };
    html! {
        form.tools.frames method="get" action=(view.page) data-frames role="group" aria-label=(many) {
            (hidden(&kept, view))
            (way(&view.to_frame(frame.saturating_sub(1)), "before", Icon::Left, before))
            label for="frame" {
                (name) " " span data-frame { (frame + 1) } " of " (view.frames)
                @if let Some(seconds) = view.seconds {
                    span.time { span data-time { (clock(seconds * f64::from(frame) / f64::from(view.frames))) } " of " (clock(seconds)) }
                }
            }
            input id="frame" type="range" name="frame" min="0" max=(last) value=(frame);
            (way(&view.to_frame((frame + 1).min(last)), "after", Icon::Right, after))
            button.button data-plain type="submit" { "Show" }
        }
    }
}

/// A time in a film, in minutes, seconds and tenths of them.
fn clock(seconds: f64) -> String {
    let tenths = (seconds * 10.0).floor();
    let (minutes, tenths) = ((tenths / 600.0).floor(), tenths % 600.0);
    format!("{minutes:.0}:{:04.1}", tenths / 10.0)
}

/// Which measured values are told apart.
fn values(view: &PictureView) -> Markup {
    let kept = Shown {
        window: None,
        ..view.shown.clone()
    };
    let (window, level) = match view.shown.window {
        Some((window, level)) => (Some(window), Some(level)),
        None => (None, None),
    };
    html! {
        form.tools.values method="get" action=(view.page) data-values role="group" aria-label="Values" {
            (hidden(&kept, view))
            label for="window" { "Window" }
            input.input id="window" type="number" name="window" step="any" min="0" value=[window] placeholder="file’s";
            label for="level" { "Level" }
            input.input id="level" type="number" name="level" step="any" value=[level] placeholder="file’s";
            button.button type="submit" { "Apply" }
        }
    }
}

fn hidden(shown: &Shown, view: &PictureView) -> Markup {
    html! {
        @for (name, value) in shown.pairs() { input type="hidden" name=(name) value=(value); }
        @if let Some(version) = &view.version { input type="hidden" name="version" value=(version); }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(width: u32, height: u32) -> PictureView {
        PictureView {
            page: "/console/items/1".to_owned(),
            source: "/console/items/1/picture".to_owned(),
            version: None,
            alt: String::new(),
            width,
            height,
            frames: 1,
            pages: None,
            seconds: None,
            values: false,
            shown: Shown::default(),
            marked: false,
        }
    }

    #[test]
    fn nearer_and_farther_stay_inside_and_come_back_to_all_of_it() {
        let of = view(1000, 601);
        let near = of.part().around(500, 301, &of).unwrap();
        assert_eq!((near.x, near.y), (250, 150));
        let corner = near.moved(9.0, 9.0, &of);
        assert_eq!((corner.x + corner.width, corner.y + corner.height), (1000, 601));
        assert_eq!(corner.moved(-9.0, -9.0, &of).x, 0);
        assert_eq!(corner.around(1000, 602, &of), None, "all of it");
        let point = view(1, 1);
        assert_eq!(point.part().around(1, 1, &point), None);
    }

    #[test]
    fn an_address_says_what_is_shown_and_nothing_more() {
        let of = view(100, 100);
        assert_eq!(of.to(&Shown::default()), "/console/items/1");
        let shown = Shown {
            frame: 3,
            part: of.part().around(50, 50, &of),
            window: Some((400.0, -40.5)),
        };
        let query = "frame=3&x=25&y=25&w=50&h=50&window=400&level=-40.5&version=v";
        assert_eq!(shown.query(Some("v")), query);
    }

    #[test]
    fn frames_of_a_document_are_pages_and_their_sizes_are_told_where_they_differ() {
        let mut of = view(100, 100);
        of.frames = 2;
        assert!(frames(&of).into_string().contains("The next frame"));
        of.pages = Some(vec![(100, 100); 2]);
        assert!(frames(&of).into_string().contains("The next page"));
        assert_eq!(of.sizes(), None);
        of.pages = Some(vec![(100, 100), (100, 70)]);
        assert_eq!(of.sizes().as_deref(), Some("100x100 100x70"));
    }

    #[test]
    fn frames_of_a_film_have_times() {
        let mut of = view(100, 100);
        (of.frames, of.seconds, of.shown.frame) = (2400, Some(80.0), 1953);
        let slider = frames(&of).into_string();
        assert!(
            slider.contains("1:05.1") && slider.contains(" of 1:20.0"),
            "{slider}"
        );
        assert_eq!(clock(0.0), "0:00.0");
        assert_eq!(clock(3599.99), "59:59.9");
    }

    #[test]
    fn how_near_is_told_in_percent() {
        let mut of = view(1000, 500);
        assert_eq!(of.percent(), 100);
        of.shown.part = of.part().around(250, 125, &of);
        assert_eq!(of.percent(), 400);
    }
}
