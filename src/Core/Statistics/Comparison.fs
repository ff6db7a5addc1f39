namespace MtrlFunctional.Statistics

open System

/// One evaluation of all tasks, each array in their order. Rates are fractions in [0, 1].
type Measured = internal {
    /// Vector steps of training before it.
    Step: float
    /// Success at any step of the episode.
    Ever: float[]
    /// Success at its last step.
    AtEnd: float[]
    Return: float[]
}

/// Results of a run with one seed so far.
type SeedResult = {
    Seed: int64
    /// Vector steps recorded.
    Step: float
    /// Oldest first.
    Evaluations: Measured list
}

/// A row of a comparison: one experiment with all its seeds.
type ComparedExperiment = {
    Name: string
    /// Planned seeds; some may not have started.
    Planned: int
    /// Vector steps of a whole run.
    Total: float
    Seeds: SeedResult list
    /// Names of the evaluated tasks.
    Tasks: string list
    /// Settings that must be stated beside results, such as ("env.horizon", "150").
    Facts: (string * string) list
}

/// Experiments beside each other.
type Comparison = {
    Title: string
    Rows: ComparedExperiment list
    /// Compare after this many vector steps; none: at the end, or as far as there is anything.
    At: float option
    /// Further aggregates of success over the tasks of a row; the average is always present.
    Aggregates: TaskAggregate list
}

/// Mean over seeds, and its standard error where there are two.
type internal MeanAndError = { Mean: float; Error: float option }

/// Numbers of a row. NaN without a measurement.
type RowSummary = internal {
    Name: string
    Planned: int
    /// Seeds that reached their last step.
    Finished: int
    /// Seeds whose evaluations are counted here.
    Counted: int
    /// Vector steps at which seeds are compared, and of a whole run.
    Step: float
    Total: float
    /// Of the mean over tasks.
    Ever: MeanAndError
    AtEnd: MeanAndError
    Return: MeanAndError
    /// The other aggregates of "ever".
    Others: (TaskAggregate * MeanAndError) list
    /// The evaluation at which the mean over seeds of "ever" was highest, up to `Step`.
    Best: MeanAndError
    BestStep: float
    /// Interquartile mean of "ever" over all seeds and tasks, and its interval.
    Middle: float
    MiddleInterval: Aggregate.Interval option
    /// "Ever" of each task.
    Tasks: (string * MeanAndError) list
    /// The same, seed by seed: a row for each task.
    Scores: float[][]
}

/// Probability that a seed of one row has a higher "ever" than a seed of another row on the same
/// task.
type Improvement = internal {
    Better: string
    Than: string
    Probability: float
    Interval: Aggregate.Interval option
}

/// A comparison in numbers.
type Findings = {
    Comparison: Comparison
    /// In the order of the comparison's.
    Rows: RowSummary list
    Improvements: Improvement list
}

/// Evaluations from the metrics of a run.
module Measured =
    /// The evaluations among a run's records, of as many tasks; oldest first.
    let ofRecords tasks (records: RunRecord list) : Measured list = [
        for record in records do
            if record.Mode = RunRecord.Eval then
                let values prefix = [|
                    for i in 0 .. tasks - 1 ->
                        Map.tryFind $"{prefix}{i}" record.Numbers |> Option.defaultValue nan
                |]

                {
                    Step = record.Step
                    Ever = values RunRecord.SuccessEver
                    AtEnd = values RunRecord.SuccessAtEnd
                    Return = values RunRecord.Return
                }
    ]

/// Summaries of the evaluations of many seeds.
///
/// Reading order: meanAndError → counted → best → summary → improvements → summarise.
module Comparison =
    let private finite = Array.filter Double.IsFinite

    /// Mean and standard error of the finite numbers.
    let internal meanAndError (scores: float[]) : MeanAndError =
        let scores = finite scores

        { Mean = Aggregate.mean scores; Error = Aggregate.standardError scores }

    /// Mean over tasks.
    let private overTasks scores =
        TaskAggregate.over TaskAggregate.Average scores

    let internal isFinished (row: ComparedExperiment) (seed: SeedResult) = seed.Step >= row.Total

    /// An evaluation of on-policy agents follows the iteration that reaches its step, a little later; of two seeds not at the same
    /// step, because episodes that end after a success differ.
    let private tolerance = 0.02

    /// Whether two evaluations are after as many steps.
    let internal areNear (a: float) (b: float) = abs (a - b) <= tolerance * max a b

    /// The evaluations up to a step, with one that is late by less than half of the time between two.
    let private upTo step (seed: SeedResult) =
        let gaps =
            seed.Evaluations |> List.pairwise |> List.map (fun (a, b) -> b.Step - a.Step)

        let late = List.fold min (2.0 * tolerance * step) gaps / 2.0

        seed.Evaluations
        |> List.filter (fun e -> e.Step <= step || e.Step - step < late)

    /// The last evaluation up to a step.
    let private lastUpTo step = upTo step >> List.tryLast

    /// The compared seeds, and the last compared step. Finished ones alone where there are any:
    /// a seed that has just started has no result for the end. Else all that have started, up to the
    /// step that all of them reached.
    let private counted at (row: ComparedExperiment) =
        let measured = row.Seeds |> List.filter (fun seed -> not seed.Evaluations.IsEmpty)

        match at, List.filter (isFinished row) measured with
        | Some step, _ -> measured |> List.filter (fun seed -> seed.Step >= step), step
        | None, [] ->
            let reached (seed: SeedResult) = (List.last seed.Evaluations).Step
            measured, measured |> List.map reached |> List.fold min infinity
        | None, finished -> finished, infinity

    /// The evaluations of several seeds that are after as many steps, with the mean of their steps.
    let private together (evaluations: Measured list list) =
        let most =
            evaluations
            |> List.fold (fun most own -> if own.Length > List.length most then own else most) []

        /// The nearest step of the seed with the most evaluations.
        let place (e: Measured) =
            match most |> List.filter (fun other -> areNear other.Step e.Step) with
            | [] -> e.Step
            | near -> (near |> List.minBy (fun other -> abs (other.Step - e.Step))).Step

        /// The nearest evaluation of each seed.
        let nearest at ofSeeds = [
            for _, own in List.groupBy fst ofSeeds ->
                own |> List.map snd |> List.minBy (fun (e: Measured) -> abs (e.Step - at))
        ]

        [
            for seed, own in List.indexed evaluations do
                for e in own -> seed, e
        ]
        |> List.groupBy (snd >> place)
        |> List.map (fun (at, ofSeeds) -> nearest at ofSeeds)
        |> List.map (fun near -> near |> List.averageBy _.Step, near)
        |> List.sortBy fst

    /// Those that all seeds have.
    let private common (evaluations: Measured list list) =
        together evaluations
        |> List.filter (fun (_, near) -> near.Length = evaluations.Length)

    /// The evaluation with the highest mean over seeds; the first of several.
    let private best step (seeds: SeedResult list) =
        let scored = [
            for at, evaluations in seeds |> List.map (upTo step) |> common ->
                at, meanAndError [| for e in evaluations -> overTasks e.Ever |]
        ]

        match scored |> List.filter (fun (_, s) -> Double.IsFinite s.Mean) with
        | [] -> nan, meanAndError [||]
        | scored -> scored |> List.maxBy (fun (_, s) -> s.Mean)

    /// Key of the bootstrap draws; constant, so that equal tables give equal texts.
    let private key =
        MtrlFunctional.Randomness.Key.ofSeed 0L
        |> MtrlFunctional.Randomness.Key.forPurpose "bootstrap"

    /// A row in numbers, with these aggregates beside the average.
    let internal summary aggregates at (row: ComparedExperiment) : RowSummary =
        let seeds, limit = counted at row
        let last = seeds |> List.choose (lastUpTo limit)

        let over aggregate pick =
            meanAndError [| for e in last -> TaskAggregate.over aggregate (pick e) |]

        let perSeed = over TaskAggregate.Average

        // A row for each task, a column for each seed.
        let scores = [|
            for i in 0 .. row.Tasks.Length - 1 -> finite [| for e in last -> e.Ever[i] |]
        |]

        let bestStep, best = best limit seeds

        {
            Name = row.Name
            Planned = row.Planned
            Finished = row.Seeds |> List.filter (isFinished row) |> List.length
            Counted = last.Length
            Step =
                if last.IsEmpty then
                    nan
                else
                    last |> List.map _.Step |> List.max
            Total = row.Total
            Ever = perSeed _.Ever
            AtEnd = perSeed _.AtEnd
            Return = perSeed _.Return
            Others = [
                for aggregate in aggregates |> List.except [ TaskAggregate.Average ] ->
                    aggregate, over aggregate _.Ever
            ]
            Best = best
            BestStep = bestStep
            Middle = Aggregate.interquartileMean (Array.concat scores)
            MiddleInterval = Aggregate.interval key Aggregate.interquartileMean scores
            Tasks = [ for i, task in List.indexed row.Tasks -> task, meanAndError scores[i] ]
            Scores = scores
        }

    /// Every later row against every earlier one, where both have successes at the same step of the same tasks.
    let private improvements (rows: RowSummary list) : Improvement list = [
        for i, than in List.indexed rows do
            for better in List.skip (i + 1) rows do
                let isSame =
                    areNear better.Step than.Step
                    && List.map fst better.Tasks = List.map fst than.Tasks

                if isSame && better.Counted > 0 then
                    let probability = Aggregate.improvement better.Scores than.Scores

                    if Double.IsFinite probability then
                        {
                            Better = better.Name
                            Than = than.Name
                            Probability = probability
                            Interval = Aggregate.improvementInterval key better.Scores than.Scores
                        }
    ]

    /// The numbers of a comparison.
    let summarise (comparison: Comparison) : Findings =
        let rows = comparison.Rows |> List.map (summary comparison.Aggregates comparison.At)

        { Comparison = comparison; Rows = rows; Improvements = improvements rows }

    /// Mean and standard error over the seeds for every evaluation that one of them has, with the mean of its steps.
    let internal curve pick (row: ComparedExperiment) =
        row.Seeds
        |> List.map _.Evaluations
        |> together
        |> List.map (fun (step, evaluations) ->
            step, meanAndError [| for e in evaluations -> pick e |])
