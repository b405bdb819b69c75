//! The bounds that every set is held to, whichever way it came.

use crate::geometry::{Bounds, SLACK};
use crate::{
    Annotation, LARGEST, LONGEST_CLASS, LONGEST_TEXT, MOST_ANNOTATIONS, MOST_CORNERS, Set, Shape, Size,
};

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct Fault {
    /// The place in what was sent, as in `annotations[3].shape`.
    pub place: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl Fault {
    pub(crate) fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            problem: problem.into(),
        }
    }
}

impl Set {
    /// Holds the set to its bounds; gives the first fault.
    pub fn check(&self) -> Result<(), Fault> {
        if let Some(size) = self.size {
            size.check()?;
        }
        if self.annotations.len() > MOST_ANNOTATIONS {
            let problem = format!("send at most {MOST_ANNOTATIONS} for one item");
            return Err(Fault::new("annotations", problem));
        }
        let mut corners = 0;
        for (number, annotation) in self.annotations.iter().enumerate() {
            let fault = |(field, problem): (&str, String)| {
                Fault::new(format!("annotations[{number}].{field}"), problem)
            };
            annotation.check(self.size).map_err(fault)?;
            corners += annotation.shape.corners();
        }
        if corners > MOST_CORNERS {
            let problem = format!("the polygons of one item may have {MOST_CORNERS} corners together");
            return Err(Fault::new("annotations", problem));
        }
        Ok(())
    }
}

impl Size {
    fn check(self) -> Result<(), Fault> {
        let fits = |side| (1..=LARGEST).contains(&side);
        match fits(self.width) && fits(self.height) {
            true => Ok(()),
            false => Err(Fault::new("size", format!("use 1 to {LARGEST} pixels"))),
        }
    }
}

type Problem = (&'static str, String);

impl Annotation {
    pub(crate) fn check(&self, size: Option<Size>) -> Result<(), Problem> {
        let class = &self.class;
        if class.trim().is_empty() || class.len() > LONGEST_CLASS || class.chars().any(char::is_control) {
            let problem = format!("name the class in 1 to {LONGEST_CLASS} bytes on one line");
            return Err(("class", problem));
        }
        let too_long = |text: &String| text.len() > LONGEST_TEXT || text.contains('\0');
        if self.text.as_ref().is_some_and(too_long) {
            return Err(("text", format!("use at most {LONGEST_TEXT} bytes without NUL")));
        }
        if self.frame.is_some_and(|frame| frame > LARGEST) {
            return Err(("frame", format!("use 0 to {LARGEST}")));
        }
        self.shape.check(size).map_err(|problem| ("shape", problem))
    }
}

impl Shape {
    fn corners(&self) -> usize {
        match self {
            Self::Polygon { rings } => rings.iter().map(Vec::len).sum(),
            _ => 0,
        }
    }

    fn check(&self, size: Option<Size>) -> Result<(), String> {
        match self {
            Self::Box { width, height, .. } if !(*width > 0.0 && *height > 0.0) => {
                return Err("the sides of a box are longer than 0".into());
            }
            Self::Polygon { rings } if rings.is_empty() || rings.iter().any(|ring| ring.len() < 3) => {
                return Err("a polygon has one ring or more, of at least 3 corners each".into());
            }
            _ => {}
        }
        // No bounds at all are those of a tag, or of numbers that are none.
        let Some(bounds) = Bounds::of(self) else {
            return match self {
                Self::Tag {} => Ok(()),
                _ => Err("coordinates are finite numbers".into()),
            };
        };
        let most = |side: fn(Size) -> u32| f64::from(size.map_or(LARGEST, side)) + SLACK;
        let (width, height) = (most(|size| size.width), most(|size| size.height));
        if bounds.left < 0.0 || bounds.top < 0.0 || bounds.right > width || bounds.bottom > height {
            return Err(match size {
                Some(size) => format!(
                    "it reaches beyond the picture of {} by {} pixels",
                    size.width, size.height
                ),
                None => format!("coordinates are 0 to {LARGEST}"),
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(shape: Shape) -> Set {
        let annotation = Annotation {
            class: "nodule".into(),
            shape,
            text: None,
            frame: None,
        };
        Set {
            size: Some(Size {
                width: 100,
                height: 50,
            }),
            annotations: vec![annotation],
        }
    }

    fn boxed(x: f64, y: f64, width: f64, height: f64) -> Set {
        one(Shape::Box { x, y, width, height })
    }

    fn problem(set: &Set) -> Option<String> {
        set.check().err().map(|fault| fault.to_string())
    }

    #[test]
    fn shapes_lie_within_the_picture() {
        assert_eq!(problem(&boxed(0.0, 0.0, 100.0, 50.0)), None);
        assert_eq!(problem(&one(Shape::Point { x: 100.0, y: 50.0 })), None);
        assert_eq!(problem(&one(Shape::Tag {})), None);
        let beyond = [boxed(1.0, 0.0, 100.0, 50.0), boxed(-1.0, 0.0, 9.0, 9.0)];
        for set in beyond {
            let said = problem(&set).unwrap();
            assert!(
                said.starts_with("annotations[0].shape: it reaches beyond the picture of 100 by 50"),
                "{said}"
            );
        }
        let unsized_one = Set {
            size: None,
            ..boxed(1.0, 0.0, 100.0, 50.0)
        };
        assert_eq!(problem(&unsized_one), None);
    }

    #[test]
    fn what_is_no_place_is_no_annotation() {
        let flat = boxed(1.0, 1.0, 0.0, 3.0);
        let none = boxed(f64::NAN, 1.0, 2.0, 3.0);
        let endless = boxed(1.0, 1.0, f64::INFINITY, 3.0);
        let line = one(Shape::Polygon {
            rings: vec![vec![[0.0, 0.0], [1.0, 1.0]]],
        });
        let nothing = one(Shape::Polygon { rings: vec![] });
        let hidden = one(Shape::Polygon {
            rings: vec![vec![[0.0, 0.0], [1.0, f64::NAN], [2.0, 2.0]]],
        });
        for set in [flat, none, endless, line, nothing, hidden] {
            assert!(problem(&set).is_some(), "{set:?}");
        }
    }

    #[test]
    fn words_and_numbers_have_bounds() {
        let with = |change: fn(&mut Annotation)| {
            let mut set = one(Shape::Tag {});
            set.annotations.iter_mut().for_each(change);
            problem(&set)
        };
        assert_eq!(with(|it| it.text = Some("x".repeat(LONGEST_TEXT))), None);
        assert!(with(|it| it.text = Some("x".repeat(LONGEST_TEXT + 1))).is_some());
        assert!(with(|it| it.class = " ".into()).is_some());
        assert!(with(|it| it.class = "a\nb".into()).is_some());
        assert!(with(|it| it.class = "x".repeat(LONGEST_CLASS + 1)).is_some());
        assert!(with(|it| it.frame = Some(LARGEST + 1)).is_some());
        let mut many = one(Shape::Tag {});
        many.annotations = vec![many.annotations[0].clone(); MOST_ANNOTATIONS + 1];
        assert!(problem(&many).is_some());
        many.annotations.truncate(MOST_ANNOTATIONS);
        assert_eq!(problem(&many), None);
        let ring = vec![[1.0, 1.0]; MOST_CORNERS + 1];
        assert!(problem(&one(Shape::Polygon { rings: vec![ring] })).is_some());
        let empty = Set {
            size: Some(Size { width: 0, height: 1 }),
            annotations: vec![],
        };
        assert!(problem(&empty).is_some());
    }
}
