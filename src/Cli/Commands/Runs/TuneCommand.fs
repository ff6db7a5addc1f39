/// `mtrl tune OVERRIDES`: searches values of keys with which a policy learns best.
module MtrlFunctional.Cli.Commands.TuneCommand

open Argu
open MtrlFunctional
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Cluster
open MtrlFunctional.Cli.Training
open MtrlFunctional.Cli.Tuning
open MtrlFunctional.Cli.Tuning.TuneOptions

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
