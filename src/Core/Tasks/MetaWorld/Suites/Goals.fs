/// The goals of Meta-World's benchmarks: 50 randomisation vectors for each task, drawn with the
/// original's generator, so that equal seeds give equal goals.
module MtrlFunctional.Tasks.Goals

open MtrlFunctional.Randomness

/// Goals for each task of a benchmark.
[<CompiledName("Count")>]
let count = 50

/// Rejection sampling of low + (high − low) u, element-wise, until the task accepts.
let private draw (task: MetaWorldTask) (generator: Mt19937) =
    let once () =
        Array.map2
            (fun low high -> low + (high - low) * generator.Uniform())
            task.RandomLow
            task.RandomHigh

    let mutable random = once ()

    while not (task.Accepts random) do
        random <- once ()

    random

/// The vectors of each task, in order: one generator for all tasks of a split. A reset of the
/// original draws twice; the second draw is used.
[<CompiledName("OfSplit")>]
let ofSplit (seed: uint32) (tasks: MetaWorldTask list) : (MetaWorldTask * float[][]) list =
    let generator = Mt19937 seed

    tasks
    |> List.map (fun task ->
        let goals =
            Array.init count (fun _ ->
                draw task generator |> ignore
                draw task generator)

        task, goals)

/// `number` further vectors of each task, in order, from one generator. With another seed than the benchmark's, and as
/// many as a benchmark has, they are the benchmark's of that seed. A vector that a task has already is drawn again.
let internal unseen
    (seed: uint32)
    number
    (tasks: (MetaWorldTask * float[][]) list)
    : (MetaWorldTask * float[][]) list =
    let generator = Mt19937 seed

    tasks
    |> List.map (fun (task, trained) ->
        let known = System.Collections.Generic.HashSet(trained |> Seq.map Seq.toList)

        let rec next () =
            draw task generator |> ignore
            let random = draw task generator

            if known.Contains(Seq.toList random) then
                next ()
            else
                random

        task, Array.init number (fun _ -> next ()))

/// The goals of a single task: MT1, and ML1 with `seed + 1` for its test split.
[<CompiledName("OfTask")>]
let internal ofTask seed task =
    ofSplit seed [ task ] |> List.head |> snd
