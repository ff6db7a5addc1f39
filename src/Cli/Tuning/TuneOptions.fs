/// Options and words of a search, as a command line and the file of an array have them.
module MtrlFunctional.Cli.Tuning.TuneOptions

open Argu
open MtrlFunctional
open MtrlFunctional.Tuning
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Training

type Options =
    | [<MainCommand>] Overrides of word: string list
    | Method of name: string
    | Trials of count: int
    | Seed of seed: int64
    | Metric of name: string
    | Min_Steps of steps: int
    | Reduction of factor: int
    | Jobs of count: int
    | Submit
    | Cluster of file: string
    | Json
    | Detach

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Overrides _ ->
                "configuration: key=value, and for each key to search key=a,b, key='choice(a, b)', key='range(1, 4)', key='interval(0.9, 1)' or key='tag(log, interval(1e-5, 1e-2))'"
            | Method _ ->
                "asha (default): many trials with few steps, of which the best go on; random: all with all steps; grid: every combination of lists"
            | Trials _ -> "how many combinations are drawn (default 20)"
            | Seed _ -> "seed of the draws (default 1); the seeds of the runs are setup.seed's"
            | Metric _ ->
                "what the last evaluation has to have most of, over all tasks: success (default where tasks define it), success_at_end or return"
            | Min_Steps _ ->
                "asha: least steps before a trial is left behind (default: a ninth of experiment.num_train_steps)"
            | Reduction _ -> "asha: one of so many trials goes on to the next rung (default 3)"
            | Jobs _ -> "how many trials train at once, each in a process of its own (default 1)"
            | Submit ->
                "train the trials on a cluster with Slurm; repeat the command when they ended, until it prints the result"
            | Cluster _ ->
                "with --submit: file with options of the cluster, as 'mtrl submit' reads it (default: slurm.yaml in this folder, where it is)"
            | Json -> "print the result as JSON"
            | Detach -> "continue when the terminal, or the reader of the output, is closed"

/// The named value of an option; usual where it is not given.
let private named option all usual given =
    given |> Option.map (oneOf all option) |> Option.defaultValue usual

let searchOf (options: ParseResults<Options>) = {
    Method = named "--method" Search.methods SearchMethod.Asha (options.TryGetResult Method)
    Trials = options.TryGetResult Trials
    Seed = options.GetResult(Seed, 1L)
    Metric =
        options.TryGetResult Metric
        |> named "--metric" [ for name, metric in SearchMetric.names -> name, Some metric ] None
    Reduction = options.TryGetResult Reduction
    MinSteps = options.TryGetResult Min_Steps
}

let wordsOf (options: ParseResults<Options>) =
    (options.GetResults Overrides |> List.concat) @ SeedRuns.assetsOverride ()

/// Options and words that decide what a search is.
let commandOf (options: ParseResults<Options>) = [
    for option in options.GetAllResults() do
        match option with
        | Submit
        | Cluster _
        | Json
        | Detach
        | Jobs _
        | Overrides _ -> ()
        | option -> option

    Overrides(wordsOf options)
]

/// The runs of a search by its options and words, as its array keeps them.
let plan (words: string list) =
    let options =
        try
            ArgumentParser.Create<Options>().Parse(List.toArray words)
        with :? ArguParseException as e ->
            refuse $"has words that 'mtrl tune' does not know: {(e.Message.Split '\n')[0]}"

    (SearchRuns.plan (searchOf options) (wordsOf options)).Search
    |> SubmittedSearch.sweepOf
