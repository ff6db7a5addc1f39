/// `mtrl train WORDS`: from override words to a finished run for each seed, or for each combination of
/// a sweep.
module Mtrl.Cli.TrainCommand

open System
open Argu
open MtrlFunctional
open MtrlFunctional.Environments
open MtrlFunctional.Training
open Mtrl.Experiments
open Mtrl.Cli.Training

type Options =
    | [<MainCommand>] Overrides of word: string list
    | Precision of name: string
    | Plain
    | [<AltCommandLine("-m")>] Multirun

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Overrides _ -> "key=value words, e.g. env=metaworld-mt10 agent=state_sac setup.seed=1"
            | Precision _ ->
                "fp32 (default), bf16 (products only) or fp64; short for setup.precision="
            | Plain -> "log lines instead of the live display"
            | Multirun ->
                "run every combination of values: key=a,b, key='choice(a,b)' or key='range(1,4)'"

/// Trains the one seed of an experiment from where it stands.
let trainOne notice plain (one: Experiment) =
    use training = TrainingRun.Start(one, Action<string> notice)
    Conduct.run plain training

/// Trains every seed of the experiment, one after the other, until one does not finish.
let private trainAll plain (experiment: Experiment) =
    Experiment.seeds experiment
    |> List.fold
        (fun code seed ->
            if code <> ExitCode.Done then
                code
            else
                trainOne Conduct.notice plain (Experiment.withSeed seed experiment))
        ExitCode.Done

/// Resolves the words and trains; all mistakes at once, and nothing is started then.
let trainWords name plain words =
    match Experiment.resolve words with
    | Error mistakes -> Command.mistakes name [ for mistake in mistakes -> string mistake ]
    | Ok(experiment, warnings) ->
        warnings |> List.iter (string >> Conduct.notice)
        trainAll plain experiment

/// A run keeps where its scenes came from.
let assets () =
    match SceneLibrary.Chosen with
    | null -> []
    | folder -> [ $"env.assets='{folder}'" ]

let private run (options: ParseResults<Options>) =
    let precision =
        options.TryGetResult Precision
        |> Option.map (fun name -> $"setup.precision={name}")
        |> Option.toList

    let words = options.GetResults Overrides |> List.concat

    let train =
        if options.Contains Multirun then
            Sweeping.run
        else
            trainWords

    train "train" (options.Contains Plain) (words @ precision @ assets ())

/// Commands of the papers may be pasted as they are, `python3 -u main.py` included.
let command =
    let parsed =
        Command.define
            "train"
            "Trains the policies of an experiment."
            [
                "mtrl train setup=metaworld env=metaworld-mt10 agent=state_sac setup.name=mt10 setup.seed=1"
                "mtrl train preset=ptsl/care-mt10 setup.num_seeds=1"
                "mtrl train -m preset=ptsl/care-mt10 agent.actor.hidden_dim=200,400 setup.seed_ref='range(1,4)'"
            ]
            run

    { parsed with Run = Overrides.dropLauncher >> parsed.Run }
