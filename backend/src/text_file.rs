//! Files that operators write: UTF-8, with a byte order mark or without.

use anyhow::bail;

/// The text of a file, without its byte order mark.
///
/// # Errors
/// Another encoding, by its name as far as it can be told.
pub(crate) fn utf8(text: &[u8]) -> anyhow::Result<&[u8]> {
    let marks: [(&[u8], &str); 4] = [
        (&[0xFF, 0xFE, 0, 0], "UTF-32"),
        (&[0, 0, 0xFE, 0xFF], "UTF-32"),
        (&[0xFF, 0xFE], "UTF-16"),
        (&[0xFE, 0xFF], "UTF-16"),
    ];
    if let Some((_, name)) = marks.iter().find(|(mark, _)| text.starts_with(mark)) {
        bail!("the file is {name}: save it as UTF-8");
    }
    let text = text.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(text);
    match std::str::from_utf8(text) {
        // JSON has no NUL: every other byte is one where the text is UTF-16 without a mark.
        Ok(_) if text.contains(&0) => bail!("the file looks like UTF-16: save it as UTF-8"),
        Ok(_) => Ok(text),
        Err(_) if is_gb18030(text) => bail!("the file looks like GB18030 (GBK): save it as UTF-8"),
        Err(fault) => bail!("the file is not UTF-8 from byte {} on: save it as UTF-8", fault.valid_up_to()),
    }
}

/// Whether every byte beyond ASCII is part of a character of two or four bytes, as in GBK and GB18030.
fn is_gb18030(mut text: &[u8]) -> bool {
    loop {
        text = match text {
            [] => return true,
            [0..=0x7F, rest @ ..]
            | [0x81..=0xFE, 0x40..=0x7E | 0x80..=0xFE, rest @ ..]
            | [0x81..=0xFE, b'0'..=b'9', 0x81..=0xFE, b'0'..=b'9', rest @ ..] => rest,
            _ => return false,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_skipped_and_another_encoding_is_named() {
        let text = r#"{"name": "小满"}"#;
        assert_eq!(utf8(&[b"\xEF\xBB\xBF", text.as_bytes()].concat()).unwrap(), text.as_bytes());
        let little = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let ascii = r#"{"profiles": []}"#;
        for (bytes, wanted) in [
            ([vec![0xFF, 0xFE], little(text)].concat(), "UTF-16"),
            (little(ascii), "UTF-16"),
            (vec![0xFF, 0xFE, 0, 0, b'{', 0, 0, 0], "UTF-32"),
            ([br#"{"name": ""#.as_slice(), &[0xD0, 0xA1, 0xC2, 0xFA], b"\"}"].concat(), "GB18030"),
            ([br#"{"name": ""#.as_slice(), &[0xFF], b"\"}"].concat(), "not UTF-8 from byte 10"),
        ] {
            let fault = utf8(&bytes).unwrap_err().to_string();
            assert!(fault.contains(wanted) && fault.ends_with("save it as UTF-8"), "{fault}: {wanted}");
        }
    }
}
