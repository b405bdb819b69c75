//! Where shapes begin and end.

use crate::{Corner, Shape, Size};

/// What adding two coordinates may be wrong by.
pub(crate) const SLACK: f64 = 1e-6;

/// The smallest upright rectangle around something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Bounds {
    /// Nothing for what lies nowhere: tags, and coordinates that are no numbers.
    pub(crate) fn of(shape: &Shape) -> Option<Self> {
        match shape {
            Shape::Tag {} => None,
            Shape::Point { x, y } => Self::around([[*x, *y]]),
            Shape::Box { x, y, width, height } => Self::around([[*x, *y], [x + width, y + height]]),
            Shape::Polygon { rings } => Self::around(rings.iter().flatten().copied()),
        }
    }

    fn around(corners: impl IntoIterator<Item = Corner>) -> Option<Self> {
        let mut around: Option<Self> = None;
        for [x, y] in corners {
            if !(x.is_finite() && y.is_finite()) {
                return None;
            }
            let so_far = around.unwrap_or(Self {
                left: x,
                top: y,
                right: x,
                bottom: y,
            });
            around = Some(Self {
                left: so_far.left.min(x),
                top: so_far.top.min(y),
                right: so_far.right.max(x),
                bottom: so_far.bottom.max(y),
            });
        }
        around
    }

    pub(crate) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(crate) fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

/// The area within a ring, by the shoelace formula.
pub(crate) fn area(ring: &[Corner]) -> f64 {
    let next = ring.iter().cycle().skip(1);
    let twice: f64 = ring.iter().zip(next).map(|([x, y], [u, v])| x * v - u * y).sum();
    twice.abs() / 2.0
}

/// Puts a foreign shape that reaches less than a pixel beyond the picture back to its edge: tools round.
pub(crate) fn fitted(shape: Shape, size: Option<Size>) -> Shape {
    let Some(size) = size else { return shape };
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let at = |value: f64, most: f64| match value {
        value if (-1.0..0.0).contains(&value) => 0.0,
        value if value > most && value < most + 1.0 => most,
        value => value,
    };
    match shape {
        Shape::Box {
            x,
            y,
            width: across,
            height: down,
        } => {
            let (left, top) = (at(x, width), at(y, height));
            Shape::Box {
                x: left,
                y: top,
                width: shortened(left, x, x + across, at(x + across, width), across),
                height: shortened(top, y, y + down, at(y + down, height), down),
            }
        }
        Shape::Point { x, y } => Shape::Point {
            x: at(x, width),
            y: at(y, height),
        },
        Shape::Polygon { mut rings } => {
            for corner in rings.iter_mut().flatten() {
                *corner = [at(corner[0], width), at(corner[1], height)];
            }
            Shape::Polygon { rings }
        }
        Shape::Tag {} => Shape::Tag {},
    }
}

/// A side as long as it was, unless one of its ends was moved.
#[allow(clippy::float_cmp, reason = "whether an end was moved at all")]
fn shortened(from: f64, old_from: f64, old_to: f64, to: f64, length: f64) -> f64 {
    if from == old_from && to == old_to {
        length
    } else {
        to - from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_triangle_has_half_the_area_of_its_rectangle() {
        let ring = [[0.0, 0.0], [4.0, 0.0], [0.0, 2.0]];
        assert!((area(&ring) - 4.0).abs() < SLACK);
    }

    #[test]
    fn what_is_rounded_comes_back_to_the_edge_and_nothing_else_moves() {
        let size = Some(Size {
            width: 10,
            height: 10,
        });
        let shape = |x, width| Shape::Box {
            x,
            y: 1.0,
            width,
            height: 2.0,
        };
        assert_eq!(fitted(shape(-0.5, 3.5), size), shape(0.0, 3.0));
        assert_eq!(fitted(shape(8.0, 2.25), size), shape(8.0, 2.0));
        assert_eq!(fitted(shape(0.1, 0.2), size), shape(0.1, 0.2));
        assert_eq!(
            fitted(shape(8.0, 4.0), size),
            shape(8.0, 4.0),
            "two pixels are a mistake"
        );
    }

    #[test]
    fn bounds_are_those_of_all_rings() {
        let rings = vec![vec![[1.0, 2.0], [3.0, 4.0]], vec![[0.5, 9.0]]];
        let bounds = Bounds::of(&Shape::Polygon { rings }).unwrap();
        assert_eq!(
            (bounds.left, bounds.top, bounds.right, bounds.bottom),
            (0.5, 2.0, 3.0, 9.0)
        );
        assert_eq!(
            Bounds::of(&Shape::Point { x: 1.0, y: 2.0 }).map(|it| it.width()),
            Some(0.0)
        );
    }
}
