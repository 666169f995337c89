use std::fmt;
use std::hash::BuildHasher as _;
use std::sync::{Arc, OnceLock};

use hashbrown::{DefaultHashBuilder, HashTable};
use smallvec::SmallVec;
use uuid::Uuid;

use super::chunk::{Chunk, OBJECTS};
use super::packed::{Texts, pack};
use super::reference::{EntryRef, RawRef};
use crate::directory::snapshot::{Entry, Raw};

/// Octets that a packed person hardly ever has more than.
const ROOM: usize = 1 << 10;

/// Objects of the directory, packed, in the order in which they came. Cloning one costs little whatever it holds, and
/// the clone takes memory only for what is changed in it.
///
/// Texts that were kept for objects since replaced or removed stay until the store is made anew by a full read.
#[derive(Clone, Default)]
pub struct Entries {
    chunks: Vec<Arc<Chunk>>,
    len: usize,
    texts: Arc<Texts>,
    /// Made when an object is first sought by objectGUID, kept from then on.
    index: OnceLock<Arc<Index>>,
}

/// Where an object lies. Good for as long as the store is only added to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::directory) struct Slot(usize);

/// Slots by objectGUID, which several objects may have.
#[derive(Clone, Default)]
struct Index {
    hasher: DefaultHashBuilder,
    slots: HashTable<(Uuid, Slot)>,
}

impl Index {
    fn insert(&mut self, guid: Uuid, slot: Slot) {
        let hasher = &self.hasher;
        self.slots.insert_unique(hasher.hash_one(guid), (guid, slot), |(guid, _)| hasher.hash_one(guid));
    }

    fn remove(&mut self, guid: &Uuid, slot: Slot) {
        let hash = self.hasher.hash_one(guid);
        if let Ok(found) = self.slots.find_entry(hash, |known| *known == (*guid, slot)) {
            found.remove();
        }
    }

    /// Ascending.
    fn find(&self, guid: &Uuid) -> Vec<Slot> {
        let hash = self.hasher.hash_one(guid);
        let mut found: Vec<Slot> =
            self.slots.iter_hash(hash).filter(|known| known.0 == *guid).map(|known| known.1).collect();
        found.sort_unstable_by_key(|slot| slot.0);
        found
    }
}

impl Entries {
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// In the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = EntryRef<'_>> + Clone {
        self.slots().map(|(_, entry)| entry)
    }

    /// The object with this objectGUID; where several have it, the first.
    #[must_use]
    pub fn get(&self, guid: &Uuid) -> Option<EntryRef<'_>> {
        self.at(*self.index().find(guid).first()?)
    }

    /// Adds an object behind the others.
    pub fn push(&mut self, entry: &Entry) {
        self.place(entry);
    }

    /// The objects with this objectGUID become one, which stands where the first of them stood; behind the others when
    /// there was none, of which `false` tells.
    pub fn replace(&mut self, guid: &Uuid, entry: &Entry) -> bool {
        let slots = self.index().find(guid);
        let Some((first, rest)) = slots.split_first() else {
            self.place(entry);
            return false;
        };
        self.set(*first, entry);
        rest.iter().for_each(|slot| self.clear(*slot));
        true
    }

    /// Takes the objects with this objectGUID away; `false` when there was none.
    pub fn remove(&mut self, guid: &Uuid) -> bool {
        let slots = self.index().find(guid);
        slots.iter().for_each(|slot| self.clear(*slot));
        !slots.is_empty()
    }

    /// Adds an object behind the others: where it is.
    fn place(&mut self, entry: &Entry) -> Slot {
        let object = self.packed(entry);
        self.add(&object, entry.object_guid())
    }

    /// Adds an object that comes in the parts that a server sends, its attributes by their names without options, and
    /// their values: where it is. `guid` is the objectGUID among them.
    pub(in crate::directory) fn place_parts<'v>(
        &mut self,
        dn: &str,
        guid: Option<Uuid>,
        parts: &[(&str, impl ExactSizeIterator<Item = RawRef<'v>> + Clone)],
    ) -> Slot {
        let texts = Arc::make_mut(&mut self.texts);
        let mut before = None;
        let numbered = parts.iter().map(|(name, values)| {
            let number = texts.names.number_after(before, name);
            before = Some(number);
            (number, values.clone())
        });
        let mut attributes: SmallVec<[_; 32]> = numbered.collect();
        attributes.sort_unstable_by_key(|(number, _)| texts.names.rank(*number));
        let ranks = || attributes.iter().map(|(number, _)| texts.names.rank(*number));
        if ranks().zip(ranks().skip(1)).any(|(one, other)| one == other) {
            let mut entry = Entry::new(dn);
            for (name, values) in parts {
                values.clone().for_each(|value| entry.push(name, value.to_raw()));
            }
            return self.place(&entry);
        }
        let mut object = Vec::with_capacity(ROOM);
        pack(&mut object, dn, attributes.into_iter(), texts);
        self.add(&object, guid)
    }

    fn add(&mut self, object: &[u8], guid: Option<Uuid>) -> Slot {
        let pushed = self.chunks.last_mut().is_some_and(|last| Arc::make_mut(last).push(object));
        if !pushed {
            let mut chunk = match self.chunks.last_mut() {
                // A small store is not to take the room of a large one.
                None => Chunk::default(),
                Some(last) => {
                    Arc::make_mut(last).close();
                    Chunk::roomy()
                }
            };
            chunk.push(object);
            self.chunks.push(Arc::new(chunk));
        }
        self.len += 1;
        let last = self.chunks.last().map_or(0, |chunk| chunk.len());
        let slot = Slot((self.chunks.len() * OBJECTS + last).saturating_sub(OBJECTS + 1));
        self.note(guid, slot);
        slot
    }

    pub(in crate::directory) fn at(&self, slot: Slot) -> Option<EntryRef<'_>> {
        let object = self.chunks.get(slot.0 / OBJECTS)?.object(slot.0 % OBJECTS)?;
        (!object.is_empty()).then(|| EntryRef::new(object, &self.texts))
    }

    /// Puts another object into the place of one that is there.
    pub(in crate::directory) fn set(&mut self, slot: Slot, entry: &Entry) {
        self.forget(slot);
        let object = self.packed(entry);
        if let Some(chunk) = self.chunks.get_mut(slot.0 / OBJECTS) {
            Arc::make_mut(chunk).set(slot.0 % OBJECTS, &object);
        }
        self.note(entry.object_guid(), slot);
    }

    fn clear(&mut self, slot: Slot) {
        self.forget(slot);
        if let Some(chunk) = self.chunks.get_mut(slot.0 / OBJECTS) {
            Arc::make_mut(chunk).set(slot.0 % OBJECTS, &[]);
            self.len -= 1;
        }
    }

    fn packed(&mut self, entry: &Entry) -> Vec<u8> {
        let texts = Arc::make_mut(&mut self.texts);
        let attributes: Vec<_> = entry
            .attributes()
            .map(|a| (texts.names.number(&a.name), a.values.iter().map(Raw::by_ref)))
            .collect();
        let mut object = Vec::with_capacity(ROOM);
        pack(&mut object, &entry.dn, attributes.into_iter(), texts);
        object
    }

    fn slots(&self) -> impl Iterator<Item = (Slot, EntryRef<'_>)> + Clone {
        self.chunks.iter().enumerate().flat_map(move |(chunk, objects)| {
            objects
                .objects()
                .enumerate()
                .filter(|(_, object)| !object.is_empty())
                .map(move |(at, object)| (Slot(chunk * OBJECTS + at), EntryRef::new(object, &self.texts)))
        })
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let mut index = Index::default();
            for (slot, entry) in self.slots() {
                if let Some(guid) = entry.object_guid() {
                    index.insert(guid, slot);
                }
            }
            Arc::new(index)
        })
    }

    fn note(&mut self, guid: Option<Uuid>, slot: Slot) {
        if let (Some(index), Some(guid)) = (self.index.get_mut(), guid) {
            Arc::make_mut(index).insert(guid, slot);
        }
    }

    fn forget(&mut self, slot: Slot) {
        let guid = self.at(slot).and_then(|entry| entry.object_guid());
        if let (Some(index), Some(guid)) = (self.index.get_mut(), guid) {
            Arc::make_mut(index).remove(&guid, slot);
        }
    }
}

impl FromIterator<Entry> for Entries {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        let mut store = Self::default();
        entries.into_iter().for_each(|entry| store.push(&entry));
        store
    }
}

impl<'e> FromIterator<&'e Entry> for Entries {
    fn from_iter<I: IntoIterator<Item = &'e Entry>>(entries: I) -> Self {
        let mut store = Self::default();
        entries.into_iter().for_each(|entry| store.push(entry));
        store
    }
}

impl From<Vec<Entry>> for Entries {
    fn from(entries: Vec<Entry>) -> Self {
        entries.into_iter().collect()
    }
}

impl PartialEq for Entries {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len
            && self.iter().map(|entry| entry.to_entry()).eq(other.iter().map(|entry| entry.to_entry()))
    }
}

impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn person(number: u128, attributes: &[(&str, &str)]) -> Entry {
        let mut entry = Entry::new(format!("CN=Person {number},DC=x"));
        entry.set("objectGUID", Raw::from_bytes(Uuid::from_u128(number).to_bytes_le().to_vec()));
        attributes.iter().for_each(|(name, value)| entry.push(name, Raw::Text((*value).to_owned())));
        entry
    }

    fn told(entries: &Entries) -> Vec<String> {
        let line = |entry: EntryRef<'_>| format!("{} {}", entry.dn(), entry.text("title").unwrap_or("-"));
        entries.iter().map(line).collect()
    }

    #[test]
    fn what_was_put_in_is_read_as_it_was() {
        let mut entry = person(1, &[("proxyAddresses", "SMTP:a@x"), ("PROXYADDRESSES", "smtp:b@x")]);
        entry.set("distinguishedName", Raw::Text(entry.dn.clone()));
        entry.set("thumbnailPhoto", Raw::Bytes(vec![0xff; 70_000]));
        entry.set("info", Raw::Text("é".repeat(40_000)));
        let same = Entry::new("cn=person 1, dc=X");
        let entries = Entries::from(vec![entry.clone(), same.clone(), entry.clone(), Entry::default()]);
        let read: Vec<Entry> = entries.iter().map(|entry| entry.to_entry()).collect();
        assert_eq!(read, [entry.clone(), same, entry.clone(), Entry::default()]);
        let first = entries.iter().next().unwrap();
        assert_eq!(
            first.values("PROXYaddresses").map(|value| value.text()).collect::<Vec<_>>(),
            [Some("SMTP:a@x"), Some("smtp:b@x")]
        );
        assert_eq!((first.values("proxyAddresses").len(), first.values("title").len()), (2, 0));
        assert_eq!(first.text("distinguishedname"), Some(entry.dn.as_str()));
        assert_eq!((first.text("thumbnailPhoto"), first.object_guid()), (None, entry.object_guid()));
    }

    #[test]
    fn a_change_in_a_clone_leaves_the_first_as_it_was() {
        let first: Entries = (0..1000).map(|number| person(number, &[("title", "Analyst")])).collect();
        let mut next = first.clone();
        assert!(next.replace(&Uuid::from_u128(700), &person(700, &[("title", "Manager"), ("l", "Paris")])));
        assert!(next.remove(&Uuid::from_u128(0)));
        assert!(!next.remove(&Uuid::from_u128(0)));
        assert!(!next.replace(&Uuid::from_u128(1000), &person(1000, &[])));
        assert_eq!((first.len(), next.len()), (1000, 1000));
        let guid = Uuid::from_u128(700);
        assert_eq!(first.get(&guid).unwrap().text("title"), Some("Analyst"));
        assert_eq!(next.get(&guid).unwrap().text("title"), Some("Manager"));
        assert!(next.get(&Uuid::from_u128(0)).is_none());
        assert_eq!(next.get(&Uuid::from_u128(1000)).unwrap().dn(), "CN=Person 1000,DC=x");
        let untouched = first.chunks.iter().filter(|chunk| next.chunks.iter().any(|c| Arc::ptr_eq(c, chunk)));
        assert_eq!((first.chunks.len(), untouched.count()), (4, 1));
        assert_eq!(told(&next).len(), 1000);
        assert_eq!(told(&next)[698..700], ["CN=Person 699,DC=x Analyst", "CN=Person 700,DC=x Manager"]);
    }

    #[test]
    fn what_comes_in_parts_is_what_comes_whole() {
        let text = |text: &str| Raw::Text(text.to_owned());
        let guid = Raw::Bytes(Uuid::from_u128(7).to_bytes_le().to_vec());
        let parts = [
            ("sn", vec![text("Berg")]),
            ("objectGUID", vec![guid]),
            ("memberOf", vec![text("CN=b"), text("CN=a")]),
            ("CN", vec![text("Mia")]),
        ];
        // `member` and `member;range=0-1` of one answer are one attribute.
        let again = [&parts[..], &[("MEMBEROF", vec![text("CN=c")])]].concat();
        for attributes in [&parts[..], &again] {
            let mut entry = Entry::new("CN=Mia,DC=x");
            for (name, values) in attributes {
                values.iter().for_each(|value| entry.push(name, value.clone()));
            }
            let parts: Vec<_> =
                attributes.iter().map(|(name, values)| (*name, values.iter().map(Raw::by_ref))).collect();
            let mut entries = Entries::default();
            let slot = entries.place_parts("CN=Mia,DC=x", entry.object_guid(), &parts);
            assert_eq!(entries, Entries::from(vec![entry.clone()]));
            assert_eq!(entries.at(slot).unwrap().to_entry(), entry);
            assert_eq!(entries.get(&Uuid::from_u128(7)).unwrap().to_entry(), entry);
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Push(u8, u8),
        Replace(u8, u8),
        Remove(u8),
        Get(u8),
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Against a plain list.
        #[test]
        fn a_store_does_what_a_list_would(
            steps in prop::collection::vec(
                prop_oneof![
                    (0..40u8, 0..3u8).prop_map(|(guid, title)| Step::Push(guid, title)),
                    (0..40u8, 0..3u8).prop_map(|(guid, title)| Step::Replace(guid, title)),
                    (0..40u8).prop_map(Step::Remove),
                    (0..40u8).prop_map(Step::Get),
                ],
                0..600,
            ),
        ) {
            let entry = |guid: u8, title: u8| person(guid.into(), &[("title", ["Analyst", "x", ""][usize::from(title)])]);
            let id = |guid: u8| Uuid::from_u128(guid.into());
            let mut store = Entries::default();
            let mut list: Vec<Entry> = Vec::new();
            for step in steps {
                match step {
                    Step::Push(guid, title) => {
                        store.push(&entry(guid, title));
                        list.push(entry(guid, title));
                    }
                    Step::Replace(guid, title) => {
                        let at = list.iter().position(|known| known.object_guid() == Some(id(guid)));
                        prop_assert_eq!(store.replace(&id(guid), &entry(guid, title)), at.is_some());
                        list.retain({
                            let mut index = 0;
                            move |known| {
                                index += 1;
                                at.is_none_or(|at| index <= at + 1) || known.object_guid() != Some(id(guid))
                            }
                        });
                        match at.and_then(|at| list.get_mut(at)) {
                            Some(place) => *place = entry(guid, title),
                            None => list.push(entry(guid, title)),
                        }
                    }
                    Step::Remove(guid) => {
                        let before = list.len();
                        list.retain(|known| known.object_guid() != Some(id(guid)));
                        prop_assert_eq!(store.remove(&id(guid)), list.len() < before);
                    }
                    Step::Get(guid) => {
                        let there = list.iter().find(|known| known.object_guid() == Some(id(guid)));
                        let found = store.get(&id(guid)).map(|entry| entry.to_entry());
                        prop_assert_eq!(found.as_ref(), there);
                    }
                }
            }
            prop_assert_eq!(store.len(), list.len());
            prop_assert!(store.iter().map(|entry| entry.to_entry()).eq(list));
        }
    }
}
