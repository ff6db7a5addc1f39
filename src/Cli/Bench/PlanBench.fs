/// `mtrl bench plan`: decisions of the planner of CaDM for a small model.
module MtrlFunctional.Cli.Bench.PlanBench

open MtrlFunctional
open MtrlFunctional.Algorithms
open MtrlFunctional.Cli.Display
open MtrlFunctional.Experiments
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

/// The settings of a run on cart-poles: four numbers, two choices, episodes that end.
let private config () =
    match Experiment.resolve [ "preset=cadm/cartpole" ] with
    | Error mistakes -> raise (MtrlException $"{mistakes}")
    | Ok(experiment, _) ->
        CadmSetup.ofExperiment (Option.get (Observed.environment experiment)) experiment,
        CadmSetup.planOfExperiment experiment

/// Short turns: other programs interrupt some of them only.
[<Literal>]
let private TurnsPerRound = 20

/// Measures the time of a decision, the draw of its random numbers included.
let run rounds =
    use _ = TorchSharp.torch.NewDisposeScope()
    let config, plan = config ()
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
                    (shape (CadmConfig.noiseSize plan config))

            Cadm.act plan agent state obs noise |> Tensor.toFloats |> ignore)

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

    let search = plan.Search

    {
        Numbers = [
            "planMilliseconds", least
            "planMillisecondsMedian", median
            "planMsProcessor", processor
            "load", Machine.load ()
        ]
        Texts = []
        Lines = [
            $"Decisions of CaDM: {search.Candidates} candidates, {search.Horizon} steps, {search.Iterations} iterations; {config.Layers} layers of {config.Units} units, one thread"
            $"  %.2f{least} ms a decision, median %.2f{median} ms, %.2f{processor} ms of processor time"
            Machine.loadLine ()
        ]
    }
