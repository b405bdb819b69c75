//! An address as a QR code (ISO/IEC 18004), drawn as one path.

use qrcode::{Color, EcLevel, QrCode};

/// The path, one unit for each module, and how many modules a side has; nothing for what does not fit a code.
pub(crate) fn path(text: &str) -> Option<(String, u32)> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let side = code.width();
    let dark = code
        .to_colors()
        .into_iter()
        .enumerate()
        .filter(|(_, color)| *color == Color::Dark);
    let path = dark
        .map(|(at, _)| format!("M{} {}h1v1h-1z", at % side, at / side))
        .collect();
    Some((path, u32::try_from(side).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_corners() {
        let (path, side) = path("otpauth://totp/Bailee:a@b.example?secret=JBSWY3DPEHPK3PXP").unwrap();
        for (x, y) in [(0, 0), (side - 7, 0), (0, side - 7)] {
            assert!(path.contains(&format!("M{x} {y}h1")), "{x} {y}");
            assert!(!path.contains(&format!("M{} {}h1", x + 1, y + 1)), "{x} {y}");
        }
    }

    #[test]
    fn what_does_not_fit_is_no_code() {
        assert!(path(&"x".repeat(5_000)).is_none());
    }
}
