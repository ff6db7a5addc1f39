/// Runs a search: chooses trials, trains them, and keeps the results.
module MtrlFunctional.Cli.Tuning.SearchRuns

open System.Threading.Tasks
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Storage
open MtrlFunctional.Training
open MtrlFunctional.Tuning
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Results
open MtrlFunctional.Cli.Tables
open MtrlFunctional.Cli.Training
open MtrlFunctional.Cli.Tuning.TrialRuns
open MtrlFunctional.Cli.With

/// Why a search ended before its end, with the exit code.
type private Stop = { ExitCode: int; Why: string option }

/// Trains until all decisions are made or one cannot be: `train` trains a trial to a rung, `keep` receives each result. Trials that run
/// when another stops the search end first. Returns all results.
let private search (console: TrainingConsole) jobs halving train keep results =
    let rec go stop (results: TrialResult list) (running: (int * int * Task<Outcome>) list) =
        let stop =
            if Option.isNone stop && console.Token.IsCancellationRequested then
                Some { ExitCode = console.ExitCode; Why = None }
            else
                stop

        let next () =
            Asha.next halving results [ for trial, rung, _ in running -> trial, rung ]

        match (if stop.IsNone then next () else Decision.Wait), running with
        | Decision.Train(trial, rung), _ when running.Length < jobs ->
            go stop results (running @ [ trial, rung, train trial rung ])
        | _, [] -> results, stop
        | _ -> await stop results running

    and await stop results running =
        Task.WhenAny([ for _, _, task in running -> task :> Task ]).Wait()
        let trial, rung, ended = running |> List.find (fun (_, _, task) -> task.IsCompleted)
        let others = running |> List.filter (fun (other, _, _) -> other <> trial)

        let reached metric episodeReturn =
            let result = { Trial = trial; Rung = rung; Metric = metric; Return = episodeReturn }

            keep (results @ [ result ]) result
            go stop (results @ [ result ]) others

        match ended.Result with
        | Outcome.Reached(metric, episodeReturn) -> reached metric episodeReturn
        | Outcome.Diverged -> reached nan nan
        | Outcome.Stopped code -> go (Some { ExitCode = code; Why = None }) results others
        | Outcome.Failed why ->
            go
                (Some { ExitCode = ExitCode.Stopped; Why = Some $"trial {trial}: {why}" })
                results
                others

    go None results []

let private facts (options: SearchOptions) (search: Search) words = [
    "words", String.concat "\n" (words @ Given.identity ())
    "--method", Search.methods |> List.find (snd >> (=) options.Method) |> fst
    "--seed", string options.Seed
    "--metric", SearchMetric.name search.Metric
    "--reduction", string search.Halving.Reduction
    "rungs", search.Budgets |> List.map string |> String.concat ", "
]

let private announce (planned: Search) earlier =
    let rungs = planned.Budgets |> List.map Format.count |> String.concat ", "

    let kept =
        if List.isEmpty earlier then
            ""
        else
            $"; {earlier.Length} results are there already"

    TrainingSession.notice
        $"""{Format.plural planned.Halving.Trials "trial"}, evaluated at {rungs} steps of each task{kept}."""

/// What is wrong with a number of trials: the best of fewer might be another than the best that is there.
let private fewer root (planned: Search) (earlier: TrialResult list) = [
    let most = earlier |> List.map _.Trial |> List.fold max 0

    if most > planned.Halving.Trials then
        $"{root}: has results of {most} trials, and {planned.Halving.Trials} are asked for. Write --trials {most}, or another setup.name."
]

/// Trains a search that can start; returns its results and how it stopped, if it did.
let private trainAll (console: TrainingConsole) jobs (planned: Search) root facts earlier =
    use _ = RunLock.Take((ReportFiles.folder root).Path)
    use log = Journal.openAt root facts
    use status = StatusLine.Standard

    let keep results (r: TrialResult) =
        Journal.append log planned.Budgets[r.Rung] r
        ReportFiles.write (RunFolder root) (SearchTable.pages root planned results)
        status.Clear()

        TrainingSession.notice
            $"trial {r.Trial}, {Format.count planned.Budgets[r.Rung]} steps: {SearchTable.metric planned r.Metric}  {SearchTable.values planned r.Trial}"

    let train trial rung =
        if jobs = 1 then
            Task.FromResult(here console status planned trial rung)
        else
            apart console jobs planned trial rung

    announce planned earlier
    search console jobs planned.Halving train keep earlier

/// What prevents a search with results: another one in its folder, runs of other configurations, too few trials.
let private obstacles root facts (planned: Search) earlier =
    match Journal.mistakes root facts with
    | [] -> SweepStatus.obstacles (List.concat planned.Trials) @ fewer root planned earlier
    | mistakes -> mistakes

/// Searches; prints the table, or JSON.
let run (console: TrainingConsole) jobs isJson (options: SearchOptions) words =
    let built = Given.search options words |> Result.mapError List.distinct |> valid
    let planned = built.Search
    let runs = List.concat planned.Trials
    let root = Sweep.rootOf runs.Head
    let facts = facts options planned words
    let earlier = Journal.results root

    match obstacles root facts planned earlier with
    | [] -> built.Warnings |> Seq.iter TrainingSession.notice
    | obstacles -> refuseAll obstacles

    if Asha.next planned.Halving earlier [] <> Decision.Finished then
        TrainingRun.RequireRuns([ for run in runs -> run.Experiment ], Given.extensions ())

    let results, stop = trainAll console jobs planned root facts earlier

    if isJson then
        printfn $"{SearchTable.json planned results}"
    else
        printf $"{SearchTable.text root planned results}"

        if results <> [] then
            printfn $"table: {root}/{SearchTable.main}"

    match stop with
    | Some { ExitCode = code; Why = why } ->
        Option.iter TrainingSession.notice why
        TrainingSession.notice "Stopped. Repeat the same command to continue."
        code
    | None -> ExitCode.Done
