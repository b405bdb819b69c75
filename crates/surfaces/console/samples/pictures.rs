//! Pictures that look a little like scans, drawn from a number.

/// How many there are.
pub(crate) const COUNT: u32 = 8;

/// The path of a picture on sample pages.
pub(crate) fn path(number: u32) -> String {
    format!("/samples/{}.svg", number % COUNT)
}

/// The picture as SVG.
pub(crate) fn svg(number: u32) -> String {
    let n = f64::from(number);
    let (shift, tilt) = ((n * 37.0) % 23.0 - 11.0, (n * 17.0) % 9.0 - 4.0);
    let ribs: String = (0..7)
        .map(|rib| {
            let y = 96 + rib * 30;
            format!("<path d=\"M100 {y}q45 -34 92 6M300 {y}q-45 -34 -92 6\"/>")
        })
        .collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"400\" height=\"400\" viewBox=\"0 0 400 400\"><defs><radialGradient id=\"g\"><stop offset=\"0\" stop-color=\"#c9cfd3\"/>\
         <stop offset=\".75\" stop-color=\"#6f787e\"/><stop offset=\"1\" stop-color=\"#14181a\"/></radialGradient><filter id=\"b\"><feGaussianBlur stdDeviation=\"7\"/></filter>\
         <filter id=\"s\"><feGaussianBlur stdDeviation=\"2.2\"/></filter></defs><rect width=\"400\" height=\"400\" fill=\"#0a0c0d\"/>\
         <g transform=\"rotate({tilt} 200 200)\"><ellipse cx=\"{cx}\" cy=\"215\" rx=\"172\" ry=\"205\" fill=\"url(#g)\"/>\
         <g filter=\"url(#b)\"><path d=\"M176 92c-50 0-86 92-84 208 34 22 76 18 84-6z\" fill=\"#161a1c\"/><path d=\"M226 92c50 0 86 92 84 208-34 18-60 22-84-6z\" fill=\"#14181a\"/>\
         <ellipse cx=\"{heart}\" cy=\"262\" rx=\"54\" ry=\"62\" fill=\"#aeb6bb\"/></g>\
         <g filter=\"url(#s)\" fill=\"none\" stroke=\"#dfe4e6\" stroke-opacity=\".26\" stroke-width=\"9\">{ribs}</g>\
         <path d=\"M201 40v330\" stroke=\"#e8ecee\" stroke-opacity=\".35\" stroke-width=\"20\" filter=\"url(#s)\"/></g></svg>",
        cx = 200.0 + shift,
        heart = 222.0 + shift
    )
}
