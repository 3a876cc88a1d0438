//! Over TCP every message has four bytes before it: its type, nothing, its length.

use super::message::{LONGEST, Malformed, TooLong};

const HEADER: usize = 4;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// A message of the protocol.
    Control,
    /// Data from end to end.
    Data,
}

/// A frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it holds.
    pub kind: FrameKind,
    /// The bytes that it holds.
    pub body: Vec<u8>,
}

/// A message in its frame.
///
/// # Errors
/// It is too long.
pub fn framed(message: &[u8]) -> Result<Vec<u8>, TooLong> {
    let [high, low] = u16::try_from(message.len()).map_err(|_| TooLong)?.to_be_bytes();
    let mut bytes = vec![2, 0, high, low];
    bytes.extend(message);
    Ok(bytes)
}

/// Takes frames from a stream of bytes, in pieces of any size.
#[derive(Clone, Debug, Default)]
pub struct Frames {
    bytes: Vec<u8>,
}

impl Frames {
    /// Takes bytes as they come. Who pushes them takes what is whole before more come.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    /// What is not taken yet.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        &self.bytes
    }

    /// The next frame, once it is whole.
    ///
    /// # Errors
    /// It is no frame, or longer than is read: nothing behind it can be told apart.
    pub fn frame(&mut self) -> Result<Option<Frame>, Malformed> {
        let kind = match self.bytes.first() {
            None => return Ok(None),
            Some(2) => FrameKind::Control,
            Some(3) => FrameKind::Data,
            Some(other) => return Err(Malformed::Frame(*other)),
        };
        let Some(&[_, _, high, low]) = self.bytes.first_chunk::<HEADER>() else { return Ok(None) };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length > LONGEST {
            return Err(Malformed::Long(length));
        }
        let Some(body) = self.bytes.get(HEADER..HEADER + length).map(<[u8]>::to_vec) else { return Ok(None) };
        self.bytes.drain(..HEADER + length);
        Ok(Some(Frame { kind, body }))
    }
}
