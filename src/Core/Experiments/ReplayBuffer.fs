namespace Mtrl.Experiments

/// `replay_buffer.*`.
type ReplayBuffer = {
    /// Transitions of all tasks together.
    Capacity: int
    /// Rows of a batch, all tasks together.
    BatchSize: int
}
