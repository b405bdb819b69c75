//! The few signs of the console, drawn on a grid of sixteen. They stand beside words and are not read out.

use maud::{Markup, PreEscaped, html};

macro_rules! icons {
    ($($name:ident $doc:literal $path:literal;)*) => {
        /// A sign.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Icon { $(#[doc = $doc] $name,)* }

        impl Icon {
            /// Every sign, for the page that shows them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            const fn path(self) -> &'static str {
                match self { $(Self::$name => $path,)* }
            }
        }
    };
}

icons! {
    Home "The first page." "M2.5 7 8 2.5 13.5 7v6.5h-4v-4h-3v4h-4z";
    Dataset "Datasets." "M2.5 4c0-1 2.5-1.75 5.5-1.75S13.5 3 13.5 4 11 5.75 8 5.75 2.5 5 2.5 4zm0 0v8c0 1 2.5 1.75 5.5 1.75S13.5 13 13.5 12V4m-11 4c0 1 2.5 1.75 5.5 1.75S13.5 9 13.5 8";
    Task "Tasks." "M3.5 2.5h9a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1zM5.5 8l2 2 3.25-4";
    Team "Members." "M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zm-4.5 6c0-2.5 2-4 4.5-4s4.5 1.5 4.5 4M11 7.3a2.3 2.3 0 0 0 0-4.6m1.5 7.1c1.3.6 2 1.9 2 3.7";
    Key "API keys." "M10.25 9a3.25 3.25 0 1 0-3.1-2.25L2.5 11.4v2.1H5v-1.75h1.75V10l1-1A3.2 3.2 0 0 0 10.25 9zm.9-4.15h.01";
    Trail "The trail." "M3 3.5h.01M3 8h.01M3 12.5h.01M6 3.5h7.5M6 8h7.5M6 12.5h7.5";
    Rights "The class table." "M2.5 2.5h11v11h-11zm0 3.75h11M6.25 2.5v11";
    Session "Sessions." "M2.5 3.5h11v7h-11zM6 13.5h4m-2-3v3";
    Shield "Security." "M8 1.75 13 3.5v4c0 3.25-2 5.5-5 6.75-3-1.25-5-3.5-5-6.75v-4z";
    Archive "The archive." "M2.5 3h11v3h-11zm1 3v7h9V6M6.5 9h3";
    Leave "Signing out." "M6 2.5H3.5v11H6M7 8h6.5M11 5.25 13.75 8 11 10.75";
    Menu "The menu of a phone." "M2.5 4.5h11M2.5 8h11m-11 3.5h11";
    Cross "Closing." "m4 4 8 8m0-8-8 8";
    Check "In order." "m3 8.5 3.25 3.25L13 4.75";
    Info "To be known." "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zm0-3V7.5M8 5h.01";
    Warning "To be careful about." "M8 2.25 14.25 13.5H1.75zM8 6.5v3.25M8 11.75h.01";
    Globe "The public." "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM2 8h12M8 2c2 1.75 2.75 3.75 2.75 6S10 12.25 8 14c-2-1.75-2.75-3.75-2.75-6S6 3.75 8 2z";
    Plus "Something new." "M8 3v10M3 8h10";
    Minus "Less, or farther." "M3 8h10";
    Left "To the left." "M10 3.5 5.5 8l4.5 4.5";
    Right "To the right." "M6 3.5 10.5 8 6 12.5";
    Up "Upwards." "M3.5 10 8 5.5l4.5 4.5";
    Down "Downwards." "M3.5 6 8 10.5 12.5 6";
    Hand "Moving and choosing." "M3.5 2.5 12.5 8l-4 1-2 4z";
    Box "Drawing a box." "M3 4h10v8H3z";
    Polygon "Drawing a polygon." "M8 2.5 13.5 6.5 11 13H4.5L2.5 6z";
    Point "Drawing a point." "M8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM8 1.5v2.75m0 7.5v2.75M1.5 8h2.75m7.5 0h2.75";
    Tag "Saying something of the whole." "M2.5 2.5h5l6 6-5 5-6-6zM5.25 5.25h.01";
    Undo "Undoing." "M5.5 3 2.75 5.75 5.5 8.5M3 5.75h6a4 4 0 0 1 0 8H6";
    Redo "Doing again." "m10.5 3 2.75 2.75L10.5 8.5m2.5-2.75H7a4 4 0 0 0 0 8h3";
    Search "Finding." "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zm3.25-1.25 3.25 3.25";
    Upload "Uploading." "M8 10.5v-8M4.75 5.5 8 2.25l3.25 3.25M2.5 10.5v3h11v-3";
    Download "Downloading." "M8 2.25v8M4.75 7.25 8 10.5l3.25-3.25M2.5 10.5v3h11v-3";
    File "A file." "M4 1.75h5l3.5 3.5v9H4zM9 1.75v3.5h3.5";
    Picture "A picture." "M2.5 3h11v10h-11zm0 8 3.25-3.5 2.5 2.5 2-1.75 3.25 3M10.25 6.25h.01";
    Film "A video." "M2.5 3h11v10h-11zm3 0v10m5-10v10M2.5 6.25h3m-3 3.5h3m5-3.5h3m-3 3.5h3";
    Record "A record." "M5.5 2.5c-1.5 0-1.5 1-1.5 2s0 3-1.75 3.5C4 8.5 4 10.5 4 11.5s0 2 1.5 2m5-11c1.5 0 1.5 1 1.5 2s0 3 1.75 3.5C12 8.5 12 10.5 12 11.5s0 2-1.5 2";
    Text "Text." "M3 4h10M3 7h10M3 10h10M3 13h6";
    Scan "A medical picture." "M2.5 5.5v-3h3m5 0h3v3m0 5v3h-3m-5 0h-3v-3M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6z";
    Lock "Held, or sealed." "M4 7h8v6.5H4zm1.5 0V5a2.5 2.5 0 0 1 5 0v2";
    Copy "Copying." "M5.5 5.5h8v8h-8zm0 5h-3v-8h8v3";
    Clock "Time." "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zm0-9v3.25l2 1.5";
    Sun "Light." "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1.5v1m0 11v1M1.5 8h1m11 0h1M3.4 3.4l.7.7m7.8 7.8.7.7M3.4 12.6l.7-.7m7.8-7.8.7-.7";
    Moon "Dark." "M13.25 9.5A5.75 5.75 0 0 1 6.5 2.75a5.75 5.75 0 1 0 6.75 6.75z";
    Auto "As the device has it." "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 2v12m0-10 3.5 0M8 7h5.5M8 10h5.25";
}

/// The sign, to stand beside words.
pub fn icon(icon: Icon) -> Markup {
    html! {
        svg.icon viewBox="0 0 16 16" aria-hidden="true" focusable="false" {
            (PreEscaped("<path d=\"")) (PreEscaped(icon.path())) (PreEscaped("\"/>"))
        }
    }
}

/// The mark of the product.
pub fn mark() -> Markup {
    html! {
        svg.mark viewBox="0 0 32 32" aria-hidden="true" focusable="false" {
            (PreEscaped("<rect width=\"32\" height=\"32\" rx=\"8\"/><path d=\"M11.5 7.5v17\"/><circle cx=\"17\" cy=\"19\" r=\"5.5\"/>"))
        }
    }
}
