use super::varint::{self, Cursor};

/// Octets of objects that one allocation holds, unless a single object is larger.
const SIZE: usize = 1 << 16;

/// Objects of a chunk at most.
pub(super) const OBJECTS: usize = 256;

/// Objects one after the other, each behind its length. An empty one is one that was taken away.
#[derive(Clone, Default)]
pub(super) struct Chunk {
    octets: Vec<u8>,
    count: usize,
}

impl Chunk {
    /// A chunk that will be filled up.
    pub(super) fn roomy() -> Self {
        Self { octets: Vec::with_capacity(SIZE), count: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Adds an object behind the others; `false`, and nothing is done, when it has no room.
    pub(super) fn push(&mut self, object: &[u8]) -> bool {
        let room = self.octets.len() + object.len() + 2 < SIZE || self.count == 0;
        if !room || self.count == OBJECTS {
            return false;
        }
        varint::put(&mut self.octets, object.len());
        self.octets.extend_from_slice(object);
        self.count += 1;
        true
    }

    /// Gives the memory back that is kept for more objects.
    pub(super) fn close(&mut self) {
        // Moving all octets is not worth the last few.
        if self.octets.capacity() - self.octets.len() > SIZE / 16 {
            self.octets.shrink_to_fit();
        }
    }

    pub(super) fn objects(&self) -> impl Iterator<Item = &[u8]> + Clone {
        let mut cursor = Cursor(&self.octets);
        (0..self.count).map(move |_| cursor.piece())
    }

    pub(super) fn object(&self, at: usize) -> Option<&[u8]> {
        self.objects().nth(at)
    }

    /// Puts another object into the place of one.
    pub(super) fn set(&mut self, at: usize, object: &[u8]) {
        let mut cursor = Cursor(&self.octets);
        for _ in 0..at {
            cursor.piece();
        }
        let from = self.octets.len() - cursor.0.len();
        cursor.piece();
        let to = self.octets.len() - cursor.0.len();
        let mut new = Vec::with_capacity(object.len() + 2);
        varint::put(&mut new, object.len());
        new.extend_from_slice(object);
        self.octets.splice(from..to, new);
    }
}
