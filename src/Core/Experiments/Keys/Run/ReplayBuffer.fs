namespace MtrlFunctional.Experiments

/// `replay_buffer.*`.
type ReplayBuffer = {
    /// Transitions of all tasks together.
    Capacity: int
    /// Rows of a batch, all tasks together.
    BatchSize: int
}

module internal ReplayBuffer =
    open Schema

    let schema =
        schema {
            let! () =
                ignored
                    "the environment says it"
                    "replay_buffer.env_obs_shape"
                    Codec.anything
                    (is Value.Null)
                |> about "shape of an observation"

            and! () =
                ignored
                    "the environment says it"
                    "replay_buffer.action_shape"
                    Codec.anything
                    (is Value.Null)
                |> about "shape of an action"

            and! capacity =
                key "replay_buffer.capacity" Codec.count (is 1_000_000) (fun (s: ReplayBuffer) ->
                    s.Capacity)
                |> about "transitions of all tasks together"

            and! batchSize =
                key "replay_buffer.batch_size" (Codec.int 1 10_000_000) (is 128) _.BatchSize
                |> about "rows of a batch, all tasks together (the papers: 1280)"

            return { Capacity = capacity; BatchSize = batchSize }
        }
