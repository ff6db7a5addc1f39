/// `mtrl bench update --all`: updates of all networks of the papers, at their sizes, for ten and
/// fifty tasks with 128 rows each.
module MtrlFunctional.Cli.Bench.ArchitectureBench

open MtrlFunctional.Cli.Display
open MtrlFunctional.Experiments
open MtrlFunctional.Spaces
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Tensors
open MtrlFunctional
open MtrlFunctional.Training

[<Literal>]
let private Rows = 128

let private film = [
    "agent.encoder.type_to_select=film"
    "agent.multitask.should_use_task_encoder=True"
]

/// Projected task layers of rank 50 on the observation itself.
let private projected = [
    "agent.encoder.type_to_select=identity"
    "agent.multitask.should_use_pal=True"
    "agent.multitask.pal_cfg.pal_dim=50"
    "agent.multitask.pal_cfg.shared_projection=True"
    "agent.multitask.pal_cfg.residual_mode=none"
]

/// A network with gradient surgery; its baseline is the same network without.
let private withSurgery method' name words =
    $"{name}, {method'}", words @ [ $"agent.surgery.method={method'}" ], name

/// Name, overrides, and baseline: the plain network of the same width.
let private networks = [
    "MT-SAC 400x3", Presets.size 400 3, "MT-SAC 400x3"
    "MT-SAC 326x3", Presets.size 326 3, "MT-SAC 326x3"
    "PTSL 400x3", Presets.size 400 3 @ projected, "MT-SAC 400x3"
    "PTSL 326x3", Presets.size 326 3 @ projected, "MT-SAC 326x3"
    "multi-head 400x3", Presets.multiHead, "MT-SAC 400x3"
    "soft modularization", Presets.softModularization, "MT-SAC 400x3"
    "FiLM 400x3", Presets.size 400 3 @ film, "MT-SAC 400x3"
    "CARE 400x3", Presets.size 400 3 @ Presets.careEncoder, "MT-SAC 400x3"
    "CARE-PTSL 326x3", Presets.projected 326 3 true "none", "MT-SAC 326x3"
    "CARE-PTSL 326x3 linear", Presets.projected 326 3 true "linear", "MT-SAC 326x3"
    "CARE-PTSL 321x3 project", Presets.projected 321 3 true "project", "MT-SAC 326x3"
    "CARE-PTSL 400x2", Presets.projected 400 2 true "none", "MT-SAC 400x3"
    "CARE-PTSL 400x2 independent", Presets.projected 400 2 false "none", "MT-SAC 400x3"
    "PaCo 400x3, 5 sets", Presets.composed, "MT-SAC 400x3"
    "MOORE 400x3, 4 experts", Presets.orthogonal 4, "MT-SAC 400x3"
    "hypernetwork 400x3", Presets.hypernetwork, "MT-SAC 400x3"
    "DeepMDP 400x3", Presets.size 400 3 @ [ "agent=state_deepmdp" ], "MT-SAC 400x3"
    "Distral 400x3", Presets.size 400 3 @ [ "agent=state_distral" ], "MT-SAC 400x3"
    for method' in [ "pcgrad"; "cagrad"; "nash_mtl"; "gradnorm"; "uncertainty" ] do
        withSurgery method' "MT-SAC 400x3" (Presets.size 400 3)
    withSurgery "uncertainty" "multi-head 400x3" Presets.multiHead
    for method' in [ "pcgrad"; "uncertainty" ] do
        withSurgery method' "CARE 400x3" (Presets.size 400 3 @ Presets.careEncoder)
        withSurgery method' "CARE-PTSL 326x3" (Presets.projected 326 3 true "none")
]

/// Networks whose name contains one of the words, and their baselines; all without words.
let private selected (words: string list) =
    let matches (name: string) =
        words.IsEmpty
        || List.exists
            (fun (word: string) -> name.Contains(word, System.StringComparison.OrdinalIgnoreCase))
            words

    match networks |> List.filter (fun (name, _, _) -> matches name) with
    | [] ->
        let names = networks |> List.map (fun (name, _, _) -> name) |> String.concat ", "
        raise (MtrlException $"--networks: no name contains these words. There are: {names}.")
    | found ->
        // A baseline may have a baseline too.
        let rec complete names =
            let baselines = [
                for name, _, baseline in networks do
                    if List.contains name names then
                        baseline
            ]

            match List.except names baselines with
            | [] -> names
            | more -> complete (names @ more)

        let names = found |> List.map (fun (name, _, _) -> name) |> complete
        networks |> List.filter (fun (name, _, _) -> List.contains name names)

/// A network to measure: its trained parameters and its update.
type private Candidate = { Trained: int64; Update: unit -> unit }

let private candidate env place shards words =
    let words =
        [
            $"env={env}"
            "agent=state_sac"
            "agent.multitask.should_use_disentangled_alpha=True"
            "replay_buffer.batch_size=6400"
        ]
        @ words

    match Experiment.resolve words with
    | Error mistakes -> raise (MtrlException $"{mistakes}")
    | Ok(experiment, _) ->
        let agent =
            experiment
            |> Catalogue.create {
                Environment = MetaWorldSpaces.spec experiment.Environment.Horizon
                Precision = Precision.Full
                Shards = shards
                TaskEmbeddings = Option.ofObj (TaskEmbeddings.Of experiment)
            }

        {
            Trained = agent.Description.Parameters.Trained
            Update = (UpdateWork.ofAgent place ElementType.Float32 Rows agent).Update
        }

/// Minimum wall-clock and CPU milliseconds of an update; CPU time depends less on other programs.
/// Networks alternate every two updates, after some for warm-up.
let private measure rounds candidates =
    for candidate in candidates do
        for _ in 1 .. UpdateWork.WarmUp do
            candidate.Update()

    let measureOnce candidate = [ for _ in 1..2 -> Machine.cpuTimed candidate.Update ]
    let samples = [ for _ in 1..rounds -> List.map measureOnce candidates ]

    List.transpose samples
    |> List.map (fun samples ->
        let clock, cpu = samples |> List.concat |> List.unzip
        Sample.least clock, Sample.least cpu)

let private benchmark rounds place shards words (env, title) =
    let networks = selected words

    let candidates =
        networks |> List.map (fun (_, words, _) -> candidate env place shards words)

    let times = measure rounds candidates

    // The processor only starts the work of a GPU.
    let cost (clock, cpu) =
        if Libtorch.IsCpu place.Device then cpu else clock

    let costs =
        List.map2 (fun (name, _, _) times -> name, cost times) networks times
        |> Map.ofList

    List.map3
        (fun (name, _, baseline) candidate (ms, cpu) ->
            let ratio = cost (ms, cpu) / costs[baseline]
            let count = Format.count (int candidate.Trained)

            let line =
                $"  %-5s{title} %-28s{name} %8.1f{ms} ms, CPU %8.1f{cpu} ms, %5.2f{ratio} times %-14s{baseline} %12s{count} parameters"

            [
                $"ms {title} {name}", ms
                $"worked {title} {name}", cpu
                $"ratio {title} {name}", ratio
            ],
            line)
        networks
        candidates
        times

/// Measures all networks, or those whose name contains one of the words, for MT10 and MT50.
let run rounds threads (device: TorchSharp.torch.Device) words : Findings =
    use shards = new DataParallel(UpdateWork.shardsOn device threads)
    let place = { ScalarType = ScalarType.Float32; Device = device }

    let found =
        [ "metaworld-mt10", "MT10"; "metaworld-mt50", "MT50" ]
        |> List.collect (benchmark rounds place shards words)

    {
        Numbers = [
            yield! List.collect fst found
            "threads", float threads
            "load", Machine.load ()
        ]
        Texts = [ "libtorch", Libtorch.Version ]
        Lines = [
            $"update of each network, {Rows} rows per task, fp32, {UpdateWork.placeOf device threads}; minimum times"
            yield! List.map snd found
            Machine.loadLine ()
        ]
    }
