namespace MtrlFunctional.Experiments

/// Where observations of a replay lie.
[<RequireQualifiedAccess>]
type ReplayBacking =
    /// In main memory where it fits, else in files: decided when a run starts, and kept in its configuration.
    | Auto
    /// In main memory.
    | Memory
    /// In files of the run folder, which main memory caches.
    | File
    /// In main memory, images compressed without loss.
    | Compressed

/// `replay_buffer.*`.
type ReplayBuffer = {
    /// Transitions of all tasks together.
    Capacity: int
    /// Rows of a batch, all tasks together.
    BatchSize: int
    Backing: ReplayBacking
    /// Largest random shift of images in a batch, in pixels; 0: none.
    RandomShift: int
}

module internal ReplayBuffer =
    open Schema

    /// Key of where observations are kept.
    let backing = "replay_buffer.backing"

    /// Key of random shifts.
    let randomShift = "replay_buffer.random_shift"

    /// Words of `backing`.
    let backings = [
        "auto", ReplayBacking.Auto
        "memory", ReplayBacking.Memory
        "file", ReplayBacking.File
        "compressed", ReplayBacking.Compressed
    ]

    let private shape name =
        ignored "fixed by the environment" $"replay_buffer.{name}" Codec.anything (is Value.Null)

    let schema =
        record [
            shape "env_obs_shape" <| "shape of an observation"

            shape "action_shape" <| "shape of an action"

            key "replay_buffer.capacity" Codec.count (is 1_000_000) _.Capacity
            <| "transitions of all tasks together"

            key "replay_buffer.batch_size" (Codec.int 1 10_000_000) (is 128) _.BatchSize
            <| "rows of a batch, all tasks together (the papers: 1280)"

            key backing (Codec.oneOf backings) (is ReplayBacking.Memory) _.Backing
            <| "where observations lie: memory, files of the run folder, memory with images compressed without loss, or auto: memory where it fits, else files; images: auto"

            key randomShift (Codec.int 0 41) (is 0) _.RandomShift
            <| "images: largest random shift in a batch, in pixels (DrQ: 4)"
        ]
