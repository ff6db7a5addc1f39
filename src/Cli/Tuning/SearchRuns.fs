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
        let trial, _, ended = running |> List.find (fun (_, _, task) -> task.IsCompleted)
        let others = running |> List.filter (fun (other, _, _) -> other <> trial)

        match ended.Result with
        | Outcome.Ended result ->
            keep (results @ [ result ]) result
            go stop (results @ [ result ]) others
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

/// A search that can start, and what is there of it.
type StartedSearch = {
    Search: Search
    Root: string
    Facts: (string * string) list
    Earlier: TrialResult list
}

/// Keeps the last of these results.
let keep log (started: StartedSearch) results (r: TrialResult) =
    let planned, root = started.Search, started.Root
    Journal.append log planned.Budgets[r.Rung] r
    ReportFiles.write (RunFolder root) (SearchTable.pages root planned results)

    TrainingSession.notice
        $"trial {r.Trial}, {Format.count planned.Budgets[r.Rung]} steps: {SearchTable.metric planned r.Metric}  {SearchTable.values planned r.Trial}"

/// Trains a search; returns its results and how it stopped, if it did.
let private trainAll (console: TrainingConsole) jobs (started: StartedSearch) =
    let planned = started.Search
    use _ = RunLock.Take((ReportFiles.folder started.Root).Path)
    use log = Journal.openAt started.Root started.Facts
    use status = StatusLine.Standard

    let keep results r =
        status.Clear()
        keep log started results r

    let train trial rung =
        if jobs = 1 then
            Task.FromResult(here console status planned trial rung)
        else
            apart console jobs planned trial rung

    search console jobs planned.Halving train keep started.Earlier

/// What prevents a search with results: another one in its folder, runs of other configurations, too few trials.
let private obstacles root facts (planned: Search) earlier =
    match Journal.mistakes root facts with
    | [] -> SweepStatus.obstacles (List.concat planned.Trials) @ fewer root planned earlier
    | mistakes -> mistakes

/// A search of words, and remarks. Raises all mistakes in the words.
let plan options words =
    Given.search options words |> Result.mapError List.distinct |> valid

/// A search of words. Raises all mistakes, in words and in what is there.
let start (options: SearchOptions) words : StartedSearch =
    let built = plan options words
    let planned = built.Search
    let root = Sweep.rootOf planned.Trials.Head.Head
    let facts = facts options planned words
    let earlier = Journal.results root

    match obstacles root facts planned earlier with
    | [] -> built.Warnings |> Seq.iter TrainingSession.notice
    | obstacles -> refuseAll obstacles

    announce planned earlier

    { Search = planned; Root = root; Facts = facts; Earlier = earlier }

/// Prints the table of results, or JSON.
let show isJson { Search = planned; Root = root } results =
    if isJson then
        printfn $"{SearchTable.json planned results}"
    else
        printf $"{SearchTable.text root planned results}"

        if results <> [] then
            printfn $"table: {root}/{SearchTable.main}"

/// Searches; prints the table, or JSON.
let run (console: TrainingConsole) jobs isJson options words =
    let started = start options words
    let planned = started.Search

    if Asha.next planned.Halving started.Earlier [] <> Decision.Finished then
        TrainingRun.RequireRuns(
            [ for run in List.concat planned.Trials -> run.Experiment ],
            Given.extensions ()
        )

    let results, stop = trainAll console jobs started
    show isJson started results

    match stop with
    | Some { ExitCode = code; Why = why } ->
        Option.iter TrainingSession.notice why
        TrainingSession.notice "Stopped. Repeat the same command to continue."
        code
    | None -> ExitCode.Done
