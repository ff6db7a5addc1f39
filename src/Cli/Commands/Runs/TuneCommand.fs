/// `mtrl tune OVERRIDES`: searches values of keys with which a policy learns best.
module MtrlFunctional.Cli.Commands.TuneCommand

open Argu
open MtrlFunctional
open MtrlFunctional.Tuning
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Cluster
open MtrlFunctional.Cli.Training
open MtrlFunctional.Cli.Tuning

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

let private searchOf (options: ParseResults<Options>) = {
    Method = named "--method" Search.methods SearchMethod.Asha (options.TryGetResult Method)
    Trials = options.TryGetResult Trials
    Seed = options.GetResult(Seed, 1L)
    Metric =
        options.TryGetResult Metric
        |> named "--metric" [ for name, metric in SearchMetric.names -> name, Some metric ] None
    Reduction = options.TryGetResult Reduction
    MinSteps = options.TryGetResult Min_Steps
}

let private wordsOf (options: ParseResults<Options>) =
    (options.GetResults Overrides |> List.concat) @ SeedRuns.assetsOverride ()

/// Options and words that decide what a search is.
let private commandOf (options: ParseResults<Options>) = [
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
        ArgumentParser.Create<Options>().Parse(List.toArray words, ignoreUnrecognized = false)

    (SearchRuns.plan (searchOf options) (wordsOf options)).Search
    |> SubmittedSearch.sweepOf

let private run (options: ParseResults<Options>) =
    let search, words = searchOf options, wordsOf options
    let isJson = options.Contains Json

    match options.Contains Submit, options.TryGetResult Jobs, options.TryGetResult Cluster with
    | true, Some _, _ -> refuse "--jobs: is of trials on this machine; leave it out with --submit."
    | false, _, Some _ -> refuse "--cluster: is of --submit, which is not given."
    | true, None, file ->
        let command = options.Parser.PrintCommandLineArguments(commandOf options)

        SubmittedSearch.run isJson (ClusterFile.read file []) (List.ofArray command) search words
    | false, jobs, None ->
        let jobs = Option.defaultValue 1 jobs |> Command.atLeastOne "--jobs"

        use console =
            new TrainingConsole { ConsoleOptions.usual with Detach = options.Contains Detach }

        SearchRuns.run console jobs isJson search words

let command =
    Command.define
        "tune"
        "Searches values of keys with which a policy learns best."
        [
            "mtrl tune preset=first/reach 'agent.optimizers.actor.lr=tag(log, interval(1e-5, 1e-2))' setup.name=lr"
            "mtrl tune preset=first/reach agent.actor.hidden_dim=64,128 agent.builder.discount=0.95,0.99 --method grid"
            "mtrl tune preset=fast/mt10 agent.actor.hidden_dim=200,400 --method grid --submit"
            "mtrl tune preset=fast/mt10-brief 'agent.builder.discount=interval(0.9, 0.999)' --trials 40 --jobs 4"
        ]
        run
    |> Command.withPaperWords
