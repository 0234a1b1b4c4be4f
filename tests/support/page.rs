//! Pages as they are read.

/// A page without the marks around numbers and times, which only the script looks at.
pub fn read(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        text.push_str(before);
        let is_mark = ["<data ", "</data>", "<time ", "</time>"].iter().any(|mark| tag.starts_with(mark));
        let end = if is_mark { tag.find('>').map_or(tag.len(), |end| end + 1) } else { 1 };
        text.push_str(if is_mark { "" } else { "<" });
        rest = &tag[end..];
    }
    text + rest
}
