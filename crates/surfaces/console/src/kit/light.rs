//! Light and dark.

/// Which light somebody chose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Light {
    /// As the device has it.
    #[default]
    Device,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Light {
    /// The word in the cookie and in the document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Reads the word; what is none means the device's own.
    pub fn parse(word: &str) -> Self {
        match word {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::Device,
        }
    }

    /// What the document says of it; nothing where the device decides.
    pub(super) fn attribute(self) -> Option<&'static str> {
        (self != Self::Device).then_some(self.as_str())
    }
}
