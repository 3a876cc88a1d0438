//! A record that others are held against: where they go on as it does, letter for letter, their
//! values are its values, and nobody has to read them.

use super::part::Key;
use super::scratch::Place;
use super::store::filling::Filling;

/// A record's text, and what became of it.
#[derive(Debug)]
pub(super) struct Mould {
    text: Box<[u8]>,
    members: Vec<Member>,
}

/// A key and its value.
#[derive(Clone, Copy, Debug)]
struct Member {
    /// Where the key's first quote is, and where the value ends.
    start: usize,
    end: usize,
    /// Where the last one ends that can be taken together with this one.
    last: usize,
    becomes: Becomes,
}

#[derive(Clone, Copy, Debug)]
enum Becomes {
    /// A value that the field's column has numbered.
    Number(usize, u32),
    /// Nothing: nobody reads it.
    Nothing,
    /// What has to be read each time.
    More,
}

impl Mould {
    /// Of a record that was put into the columns; `spans` say from where to where each key and its value are.
    pub(super) fn of(text: &str, spans: &[(usize, usize)], keys: &[Key], columns: &[Option<Filling>]) -> Self {
        let twice = |field: usize| keys.iter().filter(|key| key.target.field == Some(field)).nth(1).is_some();
        let member = |(key, (start, end)): (&Key, &(usize, usize))| {
            let becomes = match key.target.field {
                _ if key.target.setting => Becomes::More,
                None => Becomes::Nothing,
                Some(field) if twice(field) => Becomes::More,
                Some(field) => {
                    let column = columns.get(field).and_then(Option::as_ref);
                    let number = column.and_then(Filling::number_of_last);
                    number.map_or(Becomes::More, |number| Becomes::Number(field, number))
                }
            };
            Member { start: *start, end: *end, last: *end, becomes }
        };
        let mut members: Vec<Member> = keys.iter().zip(spans).map(member).collect();
        let mut last = None;
        for member in members.iter_mut().rev() {
            last = match member.becomes {
                Becomes::More => None,
                _ => last.or(Some(member.end)),
            };
            member.last = last.unwrap_or(member.start);
        }
        Self { text: text.as_bytes().into(), members }
    }

    /// How many keys it has.
    pub(super) fn keys(&self) -> usize {
        self.members.len()
    }

    /// Takes what the rest of a record, from the key at an index on, has in common with this one: how many
    /// keys with their values that is, and how many bytes.
    pub(super) fn take(
        &self,
        index: usize,
        rest: &[u8],
        places: &mut [Place],
        columns: &[Option<Filling>],
    ) -> Option<(usize, usize)> {
        let first = self.members.get(index)?;
        // With the byte that follows on the last value: it ends it.
        let common = in_common(self.text.get(first.start..=first.last)?, rest);
        let mut taken = None;
        for (count, member) in (1..).zip(self.members.get(index..)?) {
            let length = member.end - first.start;
            if length >= common {
                break;
            }
            match member.becomes {
                Becomes::Nothing => {}
                Becomes::Number(field, number) => match (places.get_mut(field), columns.get(field)) {
                    (Some(place), Some(Some(column))) if !column.is_plain() => *place = Place::Numbered(number),
                    _ => break,
                },
                Becomes::More => break,
            }
            taken = Some((count, length));
        }
        taken
    }
}

/// How many bytes two texts begin with alike.
fn in_common(a: &[u8], b: &[u8]) -> usize {
    let (of_a, of_b) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
    for (number, (a, b)) in of_a.iter().zip(of_b).enumerate() {
        let differ = u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b);
        if differ != 0 {
            return number * 8 + differ.trailing_zeros() as usize / 8;
        }
    }
    let whole = of_a.len().min(of_b.len()) * 8;
    let rest = a.get(whole..).unwrap_or_default().iter().zip(b.get(whole..).unwrap_or_default());
    whole + rest.take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::in_common;

    #[test]
    fn what_is_common_is_counted() {
        let text = b"a text that is longer than two times eight";
        for common in 0..=text.len() {
            for length in common..=text.len() {
                let mut other = text.get(..length).expect("a part").to_vec();
                if let Some(byte) = other.get_mut(common) {
                    *byte = b'!';
                }
                assert_eq!(in_common(text, &other), common, "{length}");
                assert_eq!(in_common(&other, text), common, "{length}");
            }
        }
    }
}
