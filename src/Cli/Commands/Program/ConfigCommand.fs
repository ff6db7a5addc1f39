/// `mtrl config KEY=VALUE…`: prints the resolved configuration as YAML, with the source of each
/// value.
module MtrlFunctional.Cli.Commands.ConfigCommand

open Argu
open MtrlFunctional
open MtrlFunctional.Training
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Storage
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Training
open MtrlFunctional.Cli.With

type Options =
    | [<MainCommand>] Overrides of word: string list
    | Changed
    | Network
    | Svg of file: string
    | Presets
    | Keys
    | Differences
    | [<AltCommandLine("-m")>] Multirun
    | Precision of name: string
    // The options of train that decide how a run is shown and ended, so that a whole command of train may stand here.
    | [<Hidden>] Plain
    | [<Hidden>] Paper_Lines
    | [<Hidden>] Detach
    | [<Hidden>] Alone
    | [<Hidden>] Until of step: int64

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Overrides _ ->
                "configuration: key=value, as for train, whose other options may stand here and decide nothing"
            | Changed -> "print only the values that the command line or a preset sets"
            | Network -> "print a diagram of the network and a table of its parameters"
            | Svg _ -> "write the diagram of the network to an SVG file"
            | Presets -> "print all presets with their overrides"
            | Keys -> "print the reference of all keys as Markdown"
            | Multirun -> "list the runs of a sweep with their states"
            | Differences ->
                "print the differences between fidelity=original and fidelity=corrected"
            | Precision _ -> "same as setup.precision=NAME"
            | Plain
            | Paper_Lines
            | Detach
            | Alone
            | Until _ -> "of train"

let private printWarnings warnings =
    warnings |> Seq.iter (fun warning -> eprintfn $"warning: {warning}")

/// The experiment of words, and warnings. Raises all mistakes.
let private read words =
    Experiment.readWith (Given.additions ()) words
    |> Result.mapError (List.map string)
    |> valid

/// Prints the configuration by `render` to standard output, warnings to standard error.
let private show render words =
    let experiment, warnings = read words
    printf $"{render (Experiment.origins (Given.additions ()) words) experiment}"
    printWarnings warnings

    Available.missing experiment
    |> List.iter (fun absent -> eprintfn $"cannot be trained: {absent}")

    ExitCode.Done

/// Diagram and parameter table of an experiment's networks, for Meta-World's observations.
let private networksOf (experiment: Experiment) =
    match Available.missing experiment with
    | [] ->
        let agent =
            experiment
            |> Catalogue.createFrom (Additions.catalogue (Given.additions ())) {
                Environment = (Observed.environment experiment).Value
                Precision = MtrlFunctional.Tensors.Precision.Full
                Shards = Shards.serial 1
                TaskEmbeddings = Option.ofObj (TaskEmbeddings.Of experiment)
            }

        agent.Description.Diagram.Value, agent.Description.ParameterTable.Value
    | absent -> refuseAll (List.map string absent)

/// Prints the diagram if `print`; writes it to the SVG file, whose path is printed last.
let private draw print (svg: string option) words =
    let svg = svg |> Option.map (Command.checkedFile "--svg")
    let experiment, warnings = read words
    printWarnings warnings
    let columns, table = networksOf experiment

    if print then
        printf $"{Diagram.text columns}\n{table}"

    for file in Option.toList svg do
        OutputFile.WriteText(file, Diagram.svg columns)
        printfn $"{file}"

    ExitCode.Done

let private page text () =
    printf "%s" text
    ExitCode.Done

let private presets () =
    String.concat "" [
        for preset in Additions.presets (Given.additions ()) do
            let words = String.concat " " preset.Words
            $"preset={preset.Name}\n    {words}\n"
    ]

/// The given options that exclude each other, and what they do; --network and --svg count as one.
let private modes (options: ParseResults<Options>) words = [
    if options.Contains Presets then
        "--presets", page (presets ())
    if options.Contains Keys then
        "--keys", page (Reference.markdown (Given.additions ()))
    if options.Contains Differences then
        "--differences", page Differences.page
    if options.Contains Multirun then
        "--multirun", (fun () -> SweepRuns.list words)
    if options.Contains Changed then
        "--changed", (fun () -> show Experiment.renderChanged words)
    if options.Contains Network || options.Contains Svg then
        (if options.Contains Network then "--network" else "--svg"),
        (fun () -> draw (options.Contains Network) (options.TryGetResult Svg) words)
]

let private run (options: ParseResults<Options>) =
    // Overrides may come before and after options.
    let words =
        (options.GetResults Overrides |> List.concat)
        @ SeedRuns.precisionOverride (options.TryGetResult Precision)

    match modes options words with
    | [] -> show Experiment.renderWith words
    | [ _, run ] -> run ()
    | several ->
        let given = several |> List.map fst |> String.concat " and "
        refuseAll [ $"{given}: exclude each other; choose one." ]

let command =
    Command.define
        "config"
        "Prints the configuration of a run and the source of each value."
        [
            "mtrl config env=metaworld-mt10 agent=state_sac agent.actor.hidden_dim=400"
            "mtrl config --network env=metaworld-mt10 agent=state_sac agent.multitask.should_use_pal=True"
            "mtrl config preset=ptsl/care-ptsl-3-hidden-mt10"
            "mtrl config -m preset=ptsl/care-mt10 agent.actor.hidden_dim=200,400 setup.seed_ref='range(1,4)'"
            "mtrl config --changed preset=fast/mt10"
            "mtrl config --keys"
        ]
        run
    |> Command.withPaperWords
