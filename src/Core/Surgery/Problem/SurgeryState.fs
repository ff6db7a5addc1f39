namespace MtrlFunctional.Surgery

/// State of a method between updates: named flat arrays, so that a checkpoint stores the state of any method in the
/// same way.
type SurgeryState = internal {
    /// [tasks] each.
    PerTask: Map<string, float[]>
    /// [tasks; tasks] each, row by row.
    PerPair: Map<string, float[]>
}

/// Reading, cutting and storing states.
module SurgeryState =
    [<CompiledName("Empty")>]
    let empty = { PerTask = Map.empty; PerPair = Map.empty }

    /// An array with a number for each task.
    let perTask name state = state.PerTask[name]

    /// The state with one array replaced.
    let withTask name (values: float[]) state = {
        state with
            PerTask = state.PerTask.Add(name, values)
    }

    let perPair name state = state.PerPair[name]

    let withPair name (values: float[]) state = {
        state with
            PerPair = state.PerPair.Add(name, values)
    }

    /// What concerns some of `count` tasks.
    let internal narrow count (tasks: int[]) state =
        let pair (values: float[]) = [|
            for i in tasks do
                for j in tasks -> values[i * count + j]
        |]

        {
            PerTask =
                state.PerTask |> Map.map (fun _ values -> tasks |> Array.map (Array.get values))
            PerPair = state.PerPair |> Map.map (fun _ values -> pair values)
        }

    /// The reverse: `narrowed` covers what concerns its tasks in `state`.
    let internal widen count (tasks: int[]) narrowed state =
        let task name (values: float[]) =
            let whole = Array.copy values
            let part = narrowed.PerTask |> Map.find name
            tasks |> Array.iteri (fun at i -> whole[i] <- part[at])
            whole

        let pair name (values: float[]) =
            let whole = Array.copy values
            let part = narrowed.PerPair |> Map.find name

            tasks
            |> Array.iteri (fun a i ->
                tasks
                |> Array.iteri (fun b j -> whole[i * count + j] <- part[a * tasks.Length + b]))

            whole

        {
            PerTask = state.PerTask |> Map.map task
            PerPair = state.PerPair |> Map.map pair
        }

    [<Literal>]
    let private TaskPrefix = "task/"

    [<Literal>]
    let private PairPrefix = "pair/"

    /// Whether an array of `toArrays` has a number for each pair of tasks; else for each task.
    let internal isOfPairs (name: string) = name.StartsWith PairPrefix

    /// All numbers by name, as a checkpoint holds them.
    let toArrays state : (string * float[]) list = [
        for KeyValue(name, values) in state.PerTask -> TaskPrefix + name, values
        for KeyValue(name, values) in state.PerPair -> PairPrefix + name, values
    ]

    /// The state that was stored; names of other things are passed over.
    let ofArrays (arrays: (string * float[]) seq) =
        let under (prefix: string) =
            arrays
            |> Seq.filter (fun (name, _) ->
                name.StartsWith(prefix, System.StringComparison.Ordinal))
            |> Seq.map (fun (name, values) -> name.Substring prefix.Length, values)
            |> Map.ofSeq

        { PerTask = under TaskPrefix; PerPair = under PairPrefix }
