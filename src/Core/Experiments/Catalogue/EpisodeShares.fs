/// The rows of an iteration, divided among processes. A row is the same whoever plays it.
module internal MtrlFunctional.Experiments.EpisodeShares

open MtrlFunctional

/// The first row of each group in a batch; batches have about equally many.
[<CompiledName("FirstOfBatch")>]
let firstOfBatch batches batch plan = plan.Episodes * batch / batches

/// A process with more rows than this, relative to the mean, would make the others wait.
[<Literal>]
let private Uneven = 1.1

/// The process that plays each row; −1: a row that is not played. A process computes the actions of every batch of which it
/// plays a row: so each has whole batches where that divides the rows evenly, else consecutive rows of all groups.
[<CompiledName("Players")>]
let players processes batches plan : int[] =
    let rows =
        [|
            for row in 0 .. plan.Tasks.Length - 1 do
                if SamplingPlan.plays row plan then
                    row
        |]
        |> Array.sortBy (fun row -> row % plan.Episodes, row / plan.Episodes)

    let batchOf row =
        seq { 1..batches }
        |> Seq.findIndex (fun next -> row % plan.Episodes < firstOfBatch batches next plan)

    let inBatches = rows |> Array.map (fun row -> batchOf row * processes / batches)
    let inTurn = rows |> Array.mapi (fun i _ -> i * processes / rows.Length)

    let mean = float rows.Length / float processes

    let isEven =
        inBatches
        |> Array.countBy id
        |> Array.forall (fun (_, count) -> float count <= Uneven * mean)

    let players = Array.create plan.Tasks.Length -1
    Array.iter2 (Array.set players) rows (if isEven then inBatches else inTurn)
    players

/// Why several processes cannot share the parts of a batch; none: they can.
let private partsRefusal processes (e: Experiment) : string option =
    let parts, rows = e.Setup.Parts, e.ReplayBuffer.BatchSize / e.Environment.NumEnvs

    if processes > parts || not (System.Int32.IsPow2 processes) then
        let remedy =
            if System.Int32.IsPow2 processes then
                $"Add setup.parts={processes}, or a larger power of two"
            else
                "Start a power of two of them, and set setup.parts to this number or a larger power of two"

        Some
            $"{Digits.grouped processes} processes cannot share an off-policy agent with setup.parts={parts}: each computes the gradients of as many parts of a batch. {remedy}: results depend on it, and not on the number of processes. --alone trains in each process for itself, for example one seed in each."
    elif rows < parts then
        Some
            $"setup.parts={parts}, but a batch has {Digits.grouped rows} rows of each task (replay_buffer.batch_size={e.ReplayBuffer.BatchSize}, {Digits.grouped e.Environment.NumEnvs} tasks): a part has at least one."
    else
        None

/// Why several processes cannot train an experiment together; none: they can.
[<CompiledName("Refusal")>]
let refusal processes (e: Experiment) : string option =
    if not (Choices.isOnPolicy e.Choices) then
        partsRefusal processes e
    elif (AlgorithmKeys.onPolicy e.Agent.Algorithm).Asynchronous then
        Some
            $"agent.on_policy.asynchronous=True: actors that do not wait play in one process; here are {Digits.grouped processes}. Use a fixed lag: agent.on_policy.asynchronous=False."
    else
        let rows = Array.sum (SamplingPlan.ofExperiment 0L e).Played

        if rows < processes then
            Some
                $"{Digits.grouped processes} processes, but an iteration has {Digits.grouped rows} episodes. Start at most {Digits.grouped rows}, or raise agent.on_policy.batch_size."
        else
            None
