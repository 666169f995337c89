/// A line as RFC 2849 means it: folded lines joined, without the line break.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// 1-based number of the physical line on which it begins.
    pub(super) number: usize,
    pub(super) text: String,
}

/// Joins physical lines: one that begins with a space continues the one before, comments as well (RFC 2849 note 2).
#[derive(Default)]
pub(super) struct Unfold {
    number: usize,
    pending: Option<Line>,
    /// A text that is no longer needed, for the next line.
    spare: String,
}

impl Unfold {
    /// Takes one physical line without its line feed; gives the logical line that is complete by that.
    pub(super) fn push(&mut self, physical: &str) -> Option<Line> {
        self.number += 1;
        let physical = physical.strip_suffix('\r').unwrap_or(physical);
        if let (Some(rest), Some(pending)) = (physical.strip_prefix(' '), &mut self.pending)
            && !pending.text.is_empty()
        {
            pending.text.push_str(rest);
            return None;
        }
        let mut text = std::mem::take(&mut self.spare);
        text.push_str(physical);
        self.pending.replace(Line { number: self.number, text })
    }

    /// Takes a line back that was dealt with: a large file has millions.
    pub(super) fn give_back(&mut self, mut line: Line) {
        line.text.clear();
        self.spare = line.text;
    }

    /// The last line.
    pub(super) fn finish(&mut self) -> Option<Line> {
        self.pending.take()
    }

    /// The number of the last physical line.
    pub(super) fn number(&self) -> usize {
        self.number
    }
}
