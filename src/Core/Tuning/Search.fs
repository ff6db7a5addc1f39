namespace MtrlFunctional.Tuning

open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Statistics

/// How trials are chosen, and which of them go on.
[<RequireQualifiedAccess>]
type SearchMethod =
    /// Every combination.
    | Grid
    | Random
    | Asha

/// What a search makes as large as it can, over all tasks of the last evaluation at a budget.
[<RequireQualifiedAccess>]
type SearchMetric =
    | Success
    | SuccessAtEnd
    | Return

/// Options of a search; none: the usual value.
type SearchOptions = {
    Method: SearchMethod
    Trials: int option
    Seed: int64
    Metric: SearchMetric option
    Reduction: int option
    MinSteps: int option
}

/// A search that can be run: what is trained, and how far.
type Search = {
    Dimensions: Dimension list
    Metric: SearchMetric
    Halving: Halving
    /// Steps of each task at each rung; the last is the end of a run.
    Budgets: int list
    /// The runs of each trial: one for each seed.
    Trials: SweptRun list list
}

module SearchMetric =
    let names = [
        "success", SearchMetric.Success
        "success_at_end", SearchMetric.SuccessAtEnd
        "return", SearchMetric.Return
    ]

    /// Its word.
    let name metric = Choices.nameOf names metric

    /// The measurement in the records of a run, the mean over its tasks.
    let private measurement metric =
        match metric with
        | SearchMetric.Success -> RunMetrics.Success
        | SearchMetric.SuccessAtEnd -> RunMetrics.SuccessAtEnd
        | SearchMetric.Return -> RunMetrics.EpisodeReward

    /// In the first evaluation at or after a budget, else in the last one; NaN without an evaluation.
    let at (budget: int) metric records =
        let points = RunRecord.curve RunRecord.Eval (measurement metric) records

        points
        |> Array.tryFind (fun struct (step, _) -> step >= float budget)
        |> Option.orElse (Array.tryLast points)
        |> Option.map (fun struct (_, value) -> value)
        |> Option.defaultValue nan

/// Words and options to a search, or all mistakes in them.
///
/// Reading order: budgets → choose → plan.
module Search =
    let private usualTrials, private usualReduction = 20, 3

    /// Rungs of a search that names no smallest budget.
    let private usualRungs = 3

    let methods = [
        "asha", SearchMethod.Asha
        "random", SearchMethod.Random
        "grid", SearchMethod.Grid
    ]

    let private wrong option why = [ ConfigError.Malformed(option, why) ]

    /// The whole number of steps by which a reduction of the last budget is reached, each rung a multiple of the one before.
    let private geometric reduction rungs steps =
        let times rung = pown (int64 reduction) rung
        let first = (int64 steps + times (rungs - 1) - 1L) / times (rungs - 1)
        [ for rung in 0 .. rungs - 1 -> int (min (int64 steps) (first * times rung)) ]

    /// The budgets of a search over runs of so many steps.
    let internal budgets (options: SearchOptions) steps : int list =
        let reduction = Option.defaultValue usualReduction options.Reduction

        match options.Method, options.MinSteps with
        | SearchMethod.Asha, None -> geometric reduction usualRungs steps
        | SearchMethod.Asha, Some least ->
            let rungs =
                Seq.initInfinite (fun rung -> pown (int64 reduction) rung * int64 least)
                |> Seq.takeWhile (fun budget -> budget <= int64 steps)
                |> Seq.length

            geometric reduction (max 1 rungs) steps
        | _ -> [ steps ]

    let private optionMistakes (options: SearchOptions) dimensions = [
        let only name (given: int option) =
            match given with
            | Some _ when options.Method <> SearchMethod.Asha ->
                wrong name "is of --method asha alone"
            | _ -> []

        yield! only "--reduction" options.Reduction
        yield! only "--min-steps" options.MinSteps

        match options.Trials with
        | Some n when n < 1 -> yield! wrong $"--trials {n}" "must be at least 1"
        | Some n when n > Sweep.most ->
            yield! wrong $"--trials {n}" $"must be at most {Digits.grouped Sweep.most}"
        | Some _ when options.Method = SearchMethod.Grid ->
            yield! wrong "--trials" "a grid has a trial for every combination: leave it out"
        | _ -> ()

        match options.Reduction with
        | Some n when n < 2 || n > 100 -> yield! wrong $"--reduction {n}" "must be from 2 to 100"
        | _ -> ()

        match options.MinSteps with
        | Some n when n < 1 -> yield! wrong $"--min-steps {n}" "must be at least 1"
        | _ -> ()

        if options.Method = SearchMethod.Grid && (SearchSpace.grid dimensions).IsNone then
            for d in dimensions do
                if d.Domain.IsInterval then
                    yield!
                        wrong
                            d.Key
                            "a grid takes lists, such as 1e-4,1e-3, or --method random takes intervals"

            if dimensions |> List.forall _.Domain.IsValues then
                yield!
                    wrong
                        "--method grid"
                        $"there are more than {Digits.grouped Sweep.most} combinations"
    ]

    let private chosen (options: SearchOptions) dimensions =
        match options.Method, SearchSpace.grid dimensions with
        | SearchMethod.Grid, Some combinations -> combinations
        | _ ->
            SearchSpace.draws
                options.Seed
                (Option.defaultValue usualTrials options.Trials)
                dimensions

    let private jobs read more combinations =
        combinations |> List.mapi (fun i -> Sweep.job read more $"trial-{i + 1}")

    /// The interval of evaluations that reaches every rung, where no word has one.
    let private evaluations (options: SearchOptions) words (budgets: int list) =
        if
            options.Method = SearchMethod.Asha
            && not (Sweep.isGiven "experiment.eval_freq" words)
        then
            [ $"experiment.eval_freq={budgets.Head}" ]
        else
            []

    let private budgetMistakes (options: SearchOptions) trials budgets (e: Experiment) = [
        let first, steps = List.head budgets, e.Schedule.NumTrainSteps

        let needed =
            pown (float (Option.defaultValue usualReduction options.Reduction)) (budgets.Length - 1)

        let evaluate = (LoopBoundaries.ofExperiment e).Evaluate

        match options.MinSteps with
        | Some least when least > steps ->
            yield!
                wrong $"--min-steps {least}" $"a run has {steps} steps (experiment.num_train_steps)"
        | _ when options.Method <> SearchMethod.Asha -> ()
        | _ when float trials < needed ->
            let setting =
                match options.Trials with
                | Some given when given = trials -> $"--trials {given}"
                | _ -> $"{trials} combinations"

            yield!
                wrong
                    setting
                    $"""with rungs at {budgets |> List.map string |> String.concat ", "} steps, {needed} trials are needed for one at the last; a larger --min-steps makes fewer rungs, --method random or grid has none"""
        | _ when MtrlFunctional.Training.Recurrence.ahead 0L (int64 first) evaluate < 1L ->
            yield!
                wrong
                    "experiment.eval_freq"
                    $"no evaluation takes place before the first rung, {first} steps: evaluate more often, or give a larger --min-steps"
        | _ ->
            let iteration = RunLength.lastStep (Experiment.withSteps 1 e)

            if
                budgets
                |> List.pairwise
                |> List.exists (fun (a, b) -> int64 (b - a) < iteration)
            then
                yield!
                    wrong
                        "--min-steps"
                        $"an iteration has {iteration} steps, more than there are between two rungs: give at least so many"
    ]

    let private metricOf (options: SearchOptions) (e: Experiment) =
        match options.Metric, Array.contains true (NetworkTasks.defineSuccess e) with
        | None, true -> Ok SearchMetric.Success
        | None, false
        | Some SearchMetric.Return, _ -> Ok SearchMetric.Return
        | Some metric, true -> Ok metric
        | Some _, false ->
            Error(wrong "--metric" "no task of the experiment defines success: return is left")

    let private trialMistakes (runs: SweptRun list) = [
        if runs |> List.distinctBy Sweep.rootOf |> List.length > 1 then
            yield! wrong "setup.name" "depends on a key that is searched: give it one value"

        if runs |> List.distinctBy _.Experiment.Schedule.NumTrainSteps |> List.length > 1 then
            yield!
                wrong
                    "experiment.num_train_steps"
                    "depends on a key that is searched: give it one value"
    ]

    let private planRead added (options: SearchOptions) words (dimensions, read) =
        let combinations = chosen options dimensions

        let resolved = jobs read [] combinations |> List.truncate 1 |> Sweep.runsOf added

        resolved
        |> Result.bind (fun (first, _) ->
            let budgets = budgets options (List.head first).Experiment.Schedule.NumTrainSteps

            jobs read (evaluations options words budgets) combinations
            |> Sweep.runsOf added
            |> Result.bind (fun (runs, warnings) ->
                let e = runs.Head.Experiment
                let trials = runs |> List.groupBy _.Job.Folder |> List.map snd

                match
                    metricOf options e,
                    trialMistakes runs @ budgetMistakes options trials.Length budgets e
                with
                | Ok metric, [] ->
                    Ok(
                        {
                            Dimensions = dimensions
                            Metric = metric
                            Halving = {
                                Trials = trials.Length
                                Rungs = budgets.Length
                                Reduction = Option.defaultValue usualReduction options.Reduction
                            }
                            Budgets = budgets
                            Trials = trials
                        },
                        warnings
                    )
                | metric, errors ->
                    Error(
                        (match metric with
                         | Error e -> e
                         | Ok _ -> [])
                        @ errors
                    )))

    /// A short name for each key that is searched.
    let names search =
        SweepNames.shortNames [ for d in search.Dimensions -> d.Key ]

    /// The value of each key in a trial.
    let valuesOf search trial =
        Map.ofList search.Trials[trial - 1].Head.Job.Picked

    /// The words that train a trial anew, in a folder beside the search's.
    let commandOf search trial =
        let run = search.Trials[trial - 1].Head
        let root = Sweep.rootOf run

        let locations, others =
            run.Job.Words
            |> List.partition (fun word ->
                Sweep.isGiven "setup.name" [ word ] || Sweep.isGiven "setup.save_dir" [ word ])

        let text key value =
            $"{key}={ValueText.print (Value.Text value)}"

        others
        @ [
            text "setup.name" $"{run.Experiment.Setup.Name}-best"

            if Sweep.isGiven "setup.save_dir" locations then
                text "setup.save_dir" $"{root}-best"
        ]

    /// The search of words and options, every trial checked; or all mistakes. Words may name the additions.
    [<CompiledName("Plan")>]
    let internal plan
        (added: Additions)
        (options: SearchOptions)
        words
        : Result<Search * Warning list, ConfigError list> =
        match SearchSpace.read added words with
        | Error errors -> Error(errors @ optionMistakes options [])
        | Ok((dimensions, _) as read) ->
            match optionMistakes options dimensions with
            | [] -> planRead added options words read
            | errors -> Error errors
