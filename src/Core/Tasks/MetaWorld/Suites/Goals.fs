/// The goals of Meta-World's benchmarks: 50 randomisation vectors for each task, drawn as the
/// original draws them, so that seed 42 here is seed 42 there.
module MtrlFunctional.Tasks.Goals

open MtrlFunctional.Randomness

/// Goals for each task of a benchmark.
let count = 50

/// Draws until the task accepts: low + (high − low) u, component by component.
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

/// The vectors of each task, in order: one generator runs through all tasks of a split. A reset of
/// the original prepares the world twice and draws each time; the second draw counts.
let ofSplit (seed: uint32) (tasks: MetaWorldTask list) : (MetaWorldTask * float[][]) list =
    let generator = Mt19937 seed

    tasks
    |> List.map (fun task ->
        let goals =
            Array.init count (fun _ ->
                draw task generator |> ignore
                draw task generator)

        task, goals)

/// The goals of a single task: MT1, and ML1 with `seed + 1` for its test part.
let ofTask seed task =
    ofSplit seed [ task ] |> List.head |> snd
