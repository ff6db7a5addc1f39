/// `mtrl bench update --all`: an update of every network of the papers, at their sizes, for ten
/// tasks and for fifty, 128 rows of each, as its words on a command line resolve.
module MtrlFunctional.Cli.Bench.ArchitectureBench

open MtrlFunctional.Cli.Display
open MtrlFunctional.Experiments
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

/// The same network with gradient surgery, measured by itself without.
let private operated method' name words =
    $"{name}, {method'}", words @ [ $"agent.surgery.method={method'}" ], name

/// Names, words, and which network is the measure: the plain one of the same width.
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
    "Distral 400x3", Presets.size 400 3 @ [ "agent=state_distral" ], "MT-SAC 400x3"
    for method' in [ "pcgrad"; "cagrad"; "nash_mtl"; "gradnorm"; "uncertainty" ] do
        operated method' "MT-SAC 400x3" (Presets.size 400 3)
    operated "uncertainty" "multi-head 400x3" Presets.multiHead
    for method' in [ "pcgrad"; "uncertainty" ] do
        operated method' "CARE 400x3" (Presets.size 400 3 @ Presets.careEncoder)
        operated method' "CARE-PTSL 326x3" (Presets.projected 326 3 true "none")
]

/// Those whose name contains one of the words, and what they are measured by; without words all.
let private chosen (words: string list) =
    let isAsked (name: string) =
        words.IsEmpty
        || List.exists
            (fun (word: string) -> name.Contains(word, System.StringComparison.OrdinalIgnoreCase))
            words

    match networks |> List.filter (fun (name, _, _) -> isAsked name) with
    | [] ->
        let names = networks |> List.map (fun (name, _, _) -> name) |> String.concat ", "
        raise (MtrlException $"--networks: no name contains that. There are: {names}.")
    | asked ->
        // A measure has a measure of its own.
        let rec complete names =
            let measures = [
                for name, _, measure in networks do
                    if List.contains name names then
                        measure
            ]

            match List.except names measures with
            | [] -> names
            | more -> complete (names @ more)

        let names = asked |> List.map (fun (name, _, _) -> name) |> complete
        networks |> List.filter (fun (name, _, _) -> List.contains name names)

/// What words stand for: the parameters that it trains, and an update.
type private Contestant = { Trained: int64; Update: unit -> unit }

let private contestant env shards words =
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
                KnownTasks = TaskEmbeddings.Of experiment
            }

        {
            Trained = agent.Description.Parameters.Trained
            Update = (UpdateWork.ofAgent TensorOptions.cpu Rows agent).Update
        }

/// Least milliseconds of an update, on the clock and of the processors' work, which what else the
/// machine does changes less. Networks take turns of two updates, after two to warm up.
let private measure rounds contestants =
    let turn contestant = [ for _ in 1..2 -> Machine.worked contestant.Update ]
    let turns = [ for _ in 0..rounds -> List.map turn contestants ]

    List.transpose turns.Tail
    |> List.map (fun turns ->
        let clock, worked = turns |> List.concat |> List.unzip
        Sample.least clock, Sample.least worked)

let private benchmark rounds shards words (env, title) =
    let networks = chosen words

    let contestants =
        networks |> List.map (fun (_, words, _) -> contestant env shards words)

    let times = measure rounds contestants

    let worked =
        List.map2 (fun (name, _, _) (_, worked) -> name, worked) networks times
        |> Map.ofList

    List.map3
        (fun (name, _, measure) contestant (ms, work) ->
            let ratio = work / worked[measure]
            let count = Format.count (int contestant.Trained)

            let line =
                $"  %-5s{title} %-28s{name} %8.1f{ms} ms, work %8.1f{work} ms, %5.2f{ratio} times %-14s{measure} %12s{count} trained"

            [
                $"ms {title} {name}", ms
                $"worked {title} {name}", work
                $"ratio {title} {name}", ratio
            ],
            line)
        networks
        contestants
        times

/// Every network, or those whose name contains one of the words, for both benchmarks.
let run rounds threads words : Findings =
    use shards = new DataParallel(threads)

    let found =
        [ "metaworld-mt10", "MT10"; "metaworld-mt50", "MT50" ]
        |> List.collect (benchmark rounds shards words)

    {
        Numbers = [
            yield! List.collect fst found
            "threads", float threads
            "load", Machine.load ()
        ]
        Texts = [ "libtorch", Ops.LibtorchVersion ]
        Lines = [
            $"update of each network, {Rows} rows a task, fp32, {threads} threads; least times"
            yield! List.map snd found
            Machine.loadLine ()
        ]
    }
