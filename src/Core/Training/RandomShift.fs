namespace MtrlFunctional.Replay

open MtrlFunctional.Randomness

/// Random shifts of pictures: each observation of a batch is padded by repetition of its border and cropped at
/// random to its size. All frames of an observation are shifted alike; an observation and the next one
/// independently. Source: Kostrikov, Yarats and Fergus (2020), arXiv:2004.13649, section 4.1.
type RandomShift = {
    /// Largest shift in pixels, at least 1.
    Pad: int
    /// Rows of a picture.
    Height: int
    /// Pixels of a row.
    Width: int
    /// The shift of a row depends on it and on the number of the row only.
    Key: Key
}
