/// `mtrl bench update --all`, SAC-AE from pixels: updates of one task with 128 rows of three stacked frames, and the
/// same in PyTorch, alternating.
module MtrlFunctional.Cli.Bench.PixelUpdateBench

open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors
open MtrlFunctional.Training

/// As `--networks` selects it.
[<Literal>]
let Name = "SAC-AE"

[<Literal>]
let private Rows = 128

/// mtrl's sizes for pixels: 4 convolutions of 32 filters, encodings of 50, hidden layers of 2 × 1024.
let private words = [
    "env=dmc-finger-spin"
    "setup=hipbmdp"
    "agent=sac_ae"
    "env.builder.make_kwargs.from_pixels=True"
]

/// The agent that is measured, and the environment that it observes.
let agent shards =
    match Experiment.resolve words with
    | Error mistakes -> raise (MtrlException $"{mistakes}")
    | Ok(experiment, _) ->
        let environment = Observed.environment experiment |> Option.get

        let agent =
            experiment
            |> Catalogue.create {
                Environment = environment
                Precision = Precision.Full
                Shards = shards
                TaskEmbeddings = Option.ofObj (TaskEmbeddings.Of experiment)
            }

        agent, environment

/// A pair of updates on one batch: actor and targets learn in one of two.
let private pairOf (work: UpdateWork.Learning<_>) () =
    work.Update()
    work.Update()

let private element (environment: EnvironmentSpec) = environment.Observation.Element

let private pair place shards =
    let agent, environment = agent shards
    UpdateWork.ofAgent place (element environment) Rows agent |> pairOf

/// The same with a batch of a replay in main memory for each update.
let private pairWithReplay place shards replay =
    let agent, environment = agent shards
    let key = Randomness.Key.ofSeed 1L |> Randomness.Key.forPurpose "replay"

    let refresh count (batch: Algorithms.Batch) =
        let obs, next = PictureReplayBench.draw replay (Randomness.Key.at count key)

        {
            batch with
                Obs = Tensor.toDevice place.Device obs
                NextObs = Tensor.toDevice place.Device next
        }

    UpdateWork.ofAgentWith refresh place (element environment) Rows agent |> pairOf

/// Mean wall-clock and CPU milliseconds of an update of a pair.
let private timed pair =
    let clock, cpu = Machine.cpuTimed pair
    clock / 2.0, cpu / 2.0

let private settings (device: TorchSharp.torch.Device) threads =
    if Libtorch.IsCpu device then
        PythonReference.settings threads |> List.filter _.Name.Contains("AVX-512")
    else
        PythonReference.onDevice device |> List.truncate 1

let private references alone device threads =
    if alone then
        []
    else
        match PythonReference.find "sac_ae_update.py" with
        | Error _ -> []
        | Ok found -> settings device threads |> List.choose (PythonReference.launch found)

let private line name (times: (float * float) list) =
    let clock, cpu = List.unzip times

    $"  %-40s{name} %8.0f{Sample.least clock} ms, CPU %8.0f{Sample.least cpu} ms"

/// Minimum times of an update and of the reference, over as many rounds of one pair each.
let run rounds threads alone (device: TorchSharp.torch.Device) : Findings =
    use shards = new DataParallel(UpdateWork.shardsOn device threads)
    let place = { ScalarType = ScalarType.Float32; Device = device }

    let pair = pair place shards
    use replay = PictureReplayBench.filled ()
    let withReplay = pairWithReplay place shards replay
    let references = references alone device threads

    try
        for _ in 1 .. UpdateWork.WarmUp / 2 do
            pair ()
            withReplay ()

        let samples = [
            for _ in 1..rounds ->
                timed pair, timed withReplay, references |> List.map (PythonReference.run "1")
        ]

        let own = samples |> List.map (fun (own, _, _) -> own)
        let sampled = samples |> List.map (fun (_, sampled, _) -> sampled)
        let clock, cpu = List.unzip own
        let rate = 1000.0 / Sample.least (List.map fst sampled)

        let found = [
            for i, worker in List.indexed references ->
                worker.Setting.Name, samples |> List.collect (fun (_, _, times) -> times[i])
        ]

        let least = Sample.least clock

        let compared = [
            if not found.IsEmpty then
                let best = found |> List.map (snd >> List.map fst >> Sample.least) |> List.min
                "referenceMsPixels", best
                "speedupOverReferencePixels", best / least
        ]

        {
            Numbers = [
                "msPixels", least
                "processorMsPixels", Sample.least cpu
                "updatesPerSecondPixelsWithReplay", rate
                yield! compared
            ]
            Texts = []
            Lines = [
                $"SAC-AE update from pixels: one task, {Rows} rows of 9×84×84, fp32, {UpdateWork.placeOf device threads}; minimum times, mean of two updates"
                line Name own
                line $"{Name}, a batch of the replay each" sampled
                $"  %.0f{rate} updates a second with the replay in main memory"
                for name, times in found do
                    line $"PyTorch, {name}" times
                for name, value in compared do
                    if name.StartsWith "speedup" then
                        $"  %.2f{value} times the speed of PyTorch with its best setting"
                Machine.loadLine ()
            ]
        }
    finally
        references |> List.iter PythonReference.stop
