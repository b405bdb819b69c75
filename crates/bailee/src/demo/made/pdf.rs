//! One-page documents as PDF (ISO 32000-1, section 7.5): a few lines of text in a font that every reader has.

use std::fmt::Write as _;

/// A page with these lines; the first is set larger.
pub(super) fn page(lines: &[String]) -> Vec<u8> {
    let content = content(lines);
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 420 298] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{content}endstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    let mut pdf = "%PDF-1.4\n".to_owned();
    let mut table = "0000000000 65535 f \n".to_owned();
    for (at, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", pdf.len());
        let _ = writeln!(pdf, "{} 0 obj\n{object}\nendobj", at + 1);
    }
    let (start, count) = (pdf.len(), objects.len() + 1);
    let _ = write!(
        pdf,
        "xref\n0 {count}\n{table}trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    );
    pdf.into_bytes()
}

fn content(lines: &[String]) -> String {
    let mut content = "BT\n28 252 Td\n".to_owned();
    for (at, line) in lines.iter().enumerate() {
        let size = if at == 0 { 18 } else { 11 };
        let _ = writeln!(content, "/F1 {size} Tf ({}) Tj 0 -24 Td", escaped(line));
    }
    content + "ET\n"
}

/// Brackets and backslashes have a meaning in strings (section 7.3.4.2); what is not ASCII is left out.
fn escaped(line: &str) -> String {
    let mut text = String::new();
    for letter in line.chars().filter(|letter| matches!(letter, ' '..='~')) {
        if matches!(letter, '(' | ')' | '\\') {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_points_at_every_object_and_the_end_at_the_table() {
        let pdf = String::from_utf8(page(&["Pass (copy)".to_owned(), "No. 1".to_owned()])).unwrap();
        let start: usize = pdf.lines().rev().nth(1).unwrap().parse().unwrap();
        assert!(pdf[start..].starts_with("xref\n0 6\n"));
        for (at, line) in pdf[start..].lines().skip(3).take(5).enumerate() {
            let offset: usize = line[..10].parse().unwrap();
            assert!(pdf[offset..].starts_with(&format!("{} 0 obj", at + 1)), "{line}");
        }
        assert!(pdf.contains("(Pass \\(copy\\)) Tj"));
    }
}
