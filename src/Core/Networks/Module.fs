namespace Mtrl.Networks

open Mtrl.Tensors

/// What a network is shown: batches are task-major.
type Signal = {
    /// [tasks; rows; features].
    Rows: Tensor
    /// [tasks; 1; features]: what a task encoder says of each task, for all its rows.
    Context: Tensor option
}

/// The sizes of a signal; no context has size 0.
type Widths = { Tasks: int; Features: int; Context: int }

/// A spec built for an input of known size: what it stores and what it computes.
/// It holds no tensors: the weights come in at each run, by the paths of `Parameters`.
type Module = {
    Parameters: Parameter list
    /// Features of the output.
    Width: int
    /// [tasks; rows; features] to [tasks; rows; Width].
    Run: Weights -> Signal -> Tensor
}
