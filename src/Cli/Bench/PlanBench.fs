/// `mtrl bench plan`: decisions of the planner of CaDM for a small model.
module MtrlFunctional.Cli.Bench.PlanBench

open MtrlFunctional.Algorithms
open MtrlFunctional.Cli.Display
open MtrlFunctional.Randomness
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors

/// A cart-pole: four numbers, two choices, episodes that end. 200 candidates of 30 steps, five iterations, two hidden
/// layers of 64 units.
let private config: CadmConfig = {
    StateSize = 4
    Actions = ActionSpace.Discrete 2
    Terminates = true
    History = 10
    Future = 10
    ContextSize = 10
    Layers = 2
    Units = 64
    BackwardWeight = 0.5
    Discount = 0.99
    Adam = AdamRule(1e-3, 0.9, 0.999, 1e-8, 0.0)
    Plan = {
        Candidates = 200
        Horizon = 30
        Iterations = 5
        Elites = 20
        Smoothing = 0.1
        InitialStd = 0.5
    }
}

/// Short turns: other programs interrupt some of them only.
[<Literal>]
let private TurnsPerRound = 20

/// Measures the time of a decision, the draw of its random numbers included.
let run rounds =
    use _ = Ops.Scope()
    let agent = CadmAgent.create (Shards.serial 1) config
    let state = CadmState.create agent (Key.ofSeed 1L) TensorOptions.cpu
    let shape size = [| 1L; 1L; int64 (size: int) |]

    let obs =
        Draw.normal TensorOptions.cpu (Key.ofSeed 2L) (shape (CadmConfig.obsSize config))

    let decide turn =
        Tensors.scope (fun _ -> Seq.empty) (fun () ->
            let noise =
                Draw.normal
                    TensorOptions.cpu
                    (Key.at (int64 turn) (Key.ofSeed 3L))
                    (shape (CadmConfig.noiseSize config))

            Cadm.act agent state obs noise |> Ops.ToFloats |> ignore)

    // Compiled with what the first calls show.
    for turn in 1..TurnsPerRound do
        decide turn

    let turns = rounds * TurnsPerRound
    let mutable times = []

    let _, processor =
        Machine.cpuTimed (fun () ->
            times <- [ for turn in 1..turns -> Machine.timed (fun () -> decide turn) ])

    let least, median, processor =
        Sample.least times, Sample.median times, processor / float turns

    {
        Numbers = [
            "planMilliseconds", least
            "planMillisecondsMedian", median
            "planMsProcessor", processor
            "load", Machine.load ()
        ]
        Texts = []
        Lines = [
            "Decisions of CaDM: 200 candidates, 30 steps, 5 iterations; two layers of 64 units, one thread"
            $"  %.2f{least} ms a decision, median %.2f{median} ms, %.2f{processor} ms of processor time"
            Machine.loadLine ()
        ]
    }
