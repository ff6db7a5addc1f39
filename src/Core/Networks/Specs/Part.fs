namespace MtrlFunctional.Networks

/// A part of a network in words and numbers, in the order in which features pass it.
type Part = {
    /// The beginning of the paths of its parameters.
    Name: string
    /// "100 → 400 → 400 → 8".
    Description: string
    /// Features of its output.
    Width: int
    /// Trained parameters.
    Trained: int64
    /// Parameters that are never trained.
    Fixed: int64
    /// Depends on the task encoding.
    UsesTask: bool
    /// Layers of each task beside the shared layers; their outputs are added.
    Branch: string option
}
