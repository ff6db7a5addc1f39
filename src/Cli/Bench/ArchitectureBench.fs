/// `mtrl bench update --all`: an update of every network of the papers, at their sizes, for ten
/// tasks and for fifty, 128 rows of each, as its words on a command line resolve.
module Mtrl.Cli.Bench.ArchitectureBench

open Mtrl.Algorithms
open Mtrl.Cli.Display
open Mtrl.Experiments
open Mtrl.Networks
open Mtrl.Tensors
open MtrlFunctional
open MtrlFunctional.Tensors
open MtrlFunctional.Training

[<Literal>]
let private Rows = 128

let private film = [
    "agent.encoder.type_to_select=film"
    "agent.multitask.should_use_task_encoder=True"
]

/// Names and words; the first is what others are compared with, at its width.
let private networks = [
    "MT-SAC 400x3", Presets.size 400 3
    "MT-SAC 326x3", Presets.size 326 3
    "multi-head 400x3", Presets.multiHead
    "soft modularization", Presets.softModularization
    "FiLM 400x3", Presets.size 400 3 @ film
    "CARE 400x3", Presets.size 400 3 @ Presets.careEncoder
    "CARE-PTSL 326x3", Presets.projected 326 3 true "none"
    "CARE-PTSL 326x3 linear", Presets.projected 326 3 true "linear"
    "CARE-PTSL 321x3 project", Presets.projected 321 3 true "project"
    "CARE-PTSL 400x2", Presets.projected 400 2 true "none"
    "CARE-PTSL 400x2 independent", Presets.projected 400 2 false "none"
]

let private config env precision words =
    let words =
        [
            $"env={env}"
            "agent=state_sac"
            "agent.multitask.should_use_disentangled_alpha=True"
            "replay_buffer.batch_size=6400"
        ]
        @ words

    match Experiment.resolve words with
    | Ok(experiment, _) ->
        let known = TaskEmbeddings.Of experiment
        SacSetup.ofExperiment precision known 39 4 experiment
    | Error mistakes -> raise (MtrlException $"{mistakes}")

let private parameters config =
    let agent = SacAgent.create (Shards.serial 1) config

    agent.ActorLayout.Length
    + agent.CriticLayout.Length
    + agent.TaskEncoderLayout.Length

/// Least milliseconds of an update over `rounds` turns, after two to warm up: on the clock, and of
/// the processors' work, which what else the machine does changes less.
let private measure rounds shards config =
    let work = UpdateWork.Work(Place.cpu, config, Rows, shards)
    work.Update()
    work.Update()

    let clock, worked =
        List.unzip [ for _ in 1 .. 2 * rounds -> Machine.worked work.Update ]

    Sample.least clock, Sample.least worked

let private benchmark rounds shards (env, title) =
    let measured = [
        for name, words in networks ->
            let config = config env Precision.Full words
            name, measure rounds shards config, parameters config
    ]

    let _, (_, first), _ = measured.Head

    [
        for name, (ms, worked), parameters in measured ->
            let line =
                $"  %-5s{title} %-28s{name} %8.1f{ms} ms, work %8.1f{worked} ms, %5.2f{worked / first} times MT-SAC  %12s{Format.count (int parameters)} trained"

            [ $"ms {title} {name}", ms; $"worked {title} {name}", worked ], line
    ]

/// Every network, for both benchmarks.
let run rounds threads : Findings =
    use shards = new DataParallel(threads)

    let found =
        [ "metaworld-mt10", "MT10"; "metaworld-mt50", "MT50" ]
        |> List.collect (benchmark rounds shards)

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
