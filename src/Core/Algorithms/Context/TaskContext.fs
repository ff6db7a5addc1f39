namespace MtrlFunctional.Algorithms

open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

/// Settings of the draw of contexts for updates.
type ContextDraw = internal {
    /// Transitions of each task.
    Transitions: int
    /// Number of newest transitions of each task from which the context is drawn.
    Window: int
    /// Share of the contexts of an update that are empty; the others have from 1 to all of the transitions.
    EmptyShare: float
    /// Numbers of a task's encoding.
    Width: int
}

/// A context: transitions of each task, from which its encoding is inferred. Padding is any finite rows.
type internal TaskContext = {
    /// Observation, action, reward and next observation, [tasks; transitions; numbers].
    Rows: Tensor
    /// 1 for a transition, 0 for padding, [tasks; transitions].
    Present: Tensor
    /// 1 for a transition that an update reads, a part of `Present`; [tasks; transitions].
    Kept: Tensor
    /// Standard normal draws for the encodings, [tasks; 1; width].
    Noise: Tensor
}

/// Contexts of batches. A context is among the draws of its batch (`Batch.Draws`).
module internal TaskContext =
    let private names = [ "context/rows"; "context/present"; "context/kept"; "context/noise" ]

    /// Numbers of a transition.
    let width obs actions = 2 * obs + actions + 1

    /// The context of one task, [1; …].
    let ofTask (task: int) context =
        let own (x: Tensor) = Tensor.narrow 0 (int64 task) 1L x

        {
            Rows = own context.Rows
            Present = own context.Present
            Kept = own context.Kept
            Noise = own context.Noise
        }

    /// The number of transitions that an update reads, for two uniform numbers in [0, 1).
    let private count (draw: ContextDraw) transitions (empty: float) (size: float) =
        if empty < draw.EmptyShare then
            0
        else
            min transitions (1 + int (size * float transitions))

    let private kept options key draw tasks transitions =
        let uniform = 0.5 +. Draw.uniform options 0.5 key [| int64 (tasks: int); 2L |]
        let numbers = Tensor.toDoubles uniform

        TensorOptions.fromDoubles options [|
            for task in 0 .. tasks - 1 do
                let count = count draw transitions numbers[2 * task] numbers[2 * task + 1]

                for row in 0 .. transitions - 1 -> if row < count then 1.0 else 0.0
        |] [| int64 tasks; int64 transitions |]

    /// The context of the rows of `transitions` with a weight above 0. How many an update keeps, and the noise, are
    /// drawn from branches of `key`.
    let ofTransitions options key (draw: ContextDraw) (transitions: Batch) : TaskContext =
        let key = Key.forPurpose "context" key

        let tasks, count =
            Tensor.size 0 transitions.Weight, Tensor.size 1 transitions.Weight

        let present =
            Tensor.isPositive transitions.Weight
            |> fun isPresent -> Tensor.toType options.ScalarType isPresent

        {
            Rows =
                Tensor.cat 2 [|
                    transitions.Obs
                    transitions.Action
                    Tensor.unsqueeze 2 transitions.Reward
                    transitions.NextObs
                |]
            Present = present
            Kept = present .* kept options (Key.forPurpose "kept" key) draw (int tasks) (int count)
            Noise =
                Draw.normal options (Key.forPurpose "noise" key) [| tasks; 1L; int64 draw.Width |]
        }

    /// The batch with a context among its draws.
    let add (context: TaskContext) (batch: Batch) : Batch =
        let draws =
            List.zip names [ context.Rows; context.Present; context.Kept; context.Noise ]
            |> List.fold (fun draws (name, x) -> Map.add name x draws) batch.Draws

        { batch with Draws = draws }

    /// The batch with a context of given transitions: `ofTransitions`, then `add`.
    [<CompiledName("Draw")>]
    let draw options key draw transitions batch : Batch =
        add (ofTransitions options key draw transitions) batch

    /// The context among the draws of a batch, if any, and the batch without it.
    let take (batch: Batch) : TaskContext option * Batch =
        match names |> List.map batch.Draws.TryFind with
        | [ Some rows; Some present; Some kept; Some noise ] ->
            Some { Rows = rows; Present = present; Kept = kept; Noise = noise },
            {
                batch with
                    Draws = names |> List.fold (fun draws name -> draws.Remove name) batch.Draws
            }
        | _ -> None, batch
