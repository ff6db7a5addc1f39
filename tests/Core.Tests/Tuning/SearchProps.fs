module MtrlFunctional.Tests.Tuning.SearchProps

open System
open System.Globalization
open Expecto
open MtrlFunctional.Experiments
open MtrlFunctional.Randomness
open MtrlFunctional.Tests
open MtrlFunctional.Tuning

let private base' = [ "preset=first/reach"; "setup.name=search" ]

let private usual = {
    Method = SearchMethod.Random
    Trials = Some 9
    Seed = 1L
    Metric = None
    Reduction = None
    MinSteps = None
}

let private asha = { usual with Method = SearchMethod.Asha }

let private mistakes options words =
    match Search.plan Additions.none options (base' @ words) with
    | Ok _ -> ""
    | Error mistakes -> mistakes |> List.map string |> String.concat "\n"

let private planned options words =
    Search.plan Additions.none options (base' @ words) |> ok |> fst

let private dimensionsOf words =
    SearchSpace.read Additions.none words |> ok |> fst

let private number (text: string) =
    Double.Parse(text, CultureInfo.InvariantCulture)

let private lr = "agent.optimizers.actor.lr"
let private width = "agent.actor.hidden_dim"

let ``a search space`` = [
    let words = [
        $"{lr}=tag(log, interval(1e-5, 1e-2))"
        $"{width}=interval(8, 11)"
        "agent.builder.discount=interval(0.9, 0.999)"
        "agent.on_policy.activation=relu,tanh"
    ]

    let space = dimensionsOf words

    testLaw 50 [] "has all draws of a seed in it, the first ones of more" (fun (seed: int64) ->
        let drawn = SearchSpace.draws seed 30 space
        SearchSpace.draws seed 12 space |> equals (List.truncate 12 drawn)

        for picked in drawn do
            let values = Map.ofList picked
            number values[lr] |> isInRange 1e-5 1e-2
            number values["agent.builder.discount"] |> isInRange 0.9 0.999
            [ "8"; "9"; "10"; "11" ] |> includes values[width]
            [ "relu"; "tanh" ] |> includes values["agent.on_policy.activation"])

    testCase
        "is drawn from on all of its length, on a logarithmic scale where it asks for one"
        (fun () ->
            let drawn = SearchSpace.draws 3L 2000 space |> List.map Map.ofList

            let share holds =
                (drawn |> List.filter holds |> List.length |> float) / 2000.0

            share (fun values -> number values[lr] < 1e-4) |> isWithin 0.05 (1.0 / 3.0)
            share (fun values -> values[width] = "11") |> isWithin 0.05 0.25

            share (fun values -> number values["agent.builder.discount"] < 0.95)
            |> isWithin 0.05 0.505)

    testCase "that is narrow has many values, all between its ends" (fun () ->
        let narrow = dimensionsOf [ "agent.builder.discount=interval(0.9999, 0.99999)" ]

        let drawn = [
            for draw in SearchSpace.draws 5L 100 narrow -> number (snd (List.head draw))
        ]

        drawn |> List.distinct |> List.length |> isAbove 90

        for value in drawn do
            value |> isInRange 0.9999 0.99999)

    testCase "of lists is drawn from without repetition" (fun () ->
        let lists = dimensionsOf [ $"{lr}=1e-4,1e-3,1e-2"; $"{width}=range(8,12)" ]
        let all = SearchSpace.draws 1L 100 lists
        all |> isPermutationOf (SearchSpace.grid lists |> Option.get)
        all |> differsFrom (SearchSpace.draws 2L 100 lists))

    testTheory "says what is wrong with" [
        $"{lr}=interval(1e-2, 1e-3)", "the interval is empty"
        $"{lr}=tag(log, interval(0, 1))", "must be above 0"
        $"{lr}=tag(linear, interval(0, 1))", "a tag is written tag(log, interval(low, high))"
        $"{lr}=interval(a, b)", "takes two numbers"
        $"{lr}=interval(-1, 1)",
        $"{lr} = -1.0: must be at least 0 and finite. It is an end of its interval."
        $"{width}=interval(8.5, 16)", $"{width} = 8.5: must be a whole number"
        "agent.builder.discount=interval(0.5, 1.5)", "1.5: must be in [0, 1]"
        $"{lr}=loguniform(1e-5, 1e-2)",
        "in mtrl tune interval(low, high) and tag(log, interval(low, high))"
        "agent.actor.lrr=interval(0, 1)", "agent.actor.lrr: no such key."
        $"{width}=8,x", $"{width} = x: must be a whole number"
        "setup.seed=1,2", "setup.seed: decides where a run is written"
        "experiment.num_train_steps=100,200", "is the budget, which all trials share"
        "setup.threads=1", "no key is searched: give one several values"
        "~agent.builder.discount=interval(0.9, 0.99)", "no key is searched"
    ]
    <| fun (word, why) -> mistakes usual [ word ] |> contains why

    testTheory "is refused with" [
        { usual with Trials = Some 0 }, "--trials 0: must be at least 1"
        { usual with Reduction = Some 3 }, "--reduction: is of --method asha alone"
        { usual with Method = SearchMethod.Grid; Trials = None }, "a grid takes lists"
        { asha with Reduction = Some 1 }, "--reduction 1: must be from 2 to 100"
        { asha with MinSteps = Some 100_000 }, "--min-steps 100000: a run has 60000 steps"
        { asha with MinSteps = Some 100 }, "--trials 9: with rungs at 247,"
        { asha with MinSteps = Some 300; Trials = Some 100 },
        "--min-steps: an iteration has 2000 steps"
        { asha with Trials = Some 8 },
        "--trials 8: with rungs at 6667, 20001, 60000 steps, 9 trials are needed for one at the last"
    ]
    <| fun (options, why) -> mistakes options [ $"{lr}=interval(1e-5, 1e-2)" ] |> contains why
]

let ``the plan of a search`` = [
    testCase "evaluates at each rung, where no word says how often" (fun () ->
        let search = planned asha [ $"{lr}=interval(1e-5, 1e-2)" ]
        search.Budgets |> equals [ 6667; 20001; 60000 ]
        let schedule = search.Trials.Head.Head.Experiment.Schedule
        schedule.EvalFreq |> equals 6667
        schedule.NumTrainSteps |> equals 60_000

        mistakes asha [ $"{lr}=interval(1e-5, 1e-2)"; "experiment.eval_freq=10000" ]
        |> contains
            "experiment.eval_freq: no evaluation takes place before the first rung, 6667 steps")

    testCase "has a folder and the seeds of the experiment for each trial" (fun () ->
        let search = planned usual [ $"{lr}=interval(1e-5, 1e-2)"; "setup.num_seeds=2" ]
        search.Trials |> hasLength 9

        let runs =
            search.Trials[4]
            |> List.map (fun run -> run.Experiment.Setup.SaveDir, run.Experiment.Setup.SeedRef)

        runs |> equals [ "runs/search/trial-5", 1L; "runs/search/trial-5", 2L ])

    testCase "has the return of tasks that define no success" (fun () ->
        let words = [ "env=mt-cartpole"; "agent=state_sac"; "agent.builder.discount=0.9,0.99" ]

        (Search.plan Additions.none usual words |> ok |> fst).Metric
        |> equals SearchMetric.Return

        (planned usual [ $"{width}=8,16" ]).Metric |> equals SearchMetric.Success

        match
            Search.plan Additions.none { usual with Metric = Some SearchMetric.Success } words
        with
        | Error [ mistake ] ->
            string mistake |> contains "--metric: no task of the experiment defines success"
        | other -> failtest $"{other}")
]

/// Plays a search to its end, `jobs` trials at once of which a random one ends first; how good a trial is follows from its number.
let private play halving jobs (seed: int64) (metric: int -> int -> float) =
    let rec go (results: TrialResult list) running count =
        let pick () =
            let at = Key.ofSeed seed |> Key.at count |> Key.below (List.length running)
            let trial, rung = List.item at running
            let result = { Trial = trial; Rung = rung; Metric = metric trial rung; Return = 0.0 }
            go (results @ [ result ]) (List.removeAt at running) (count + 1L)

        match Asha.next halving results running with
        | Decision.Train(trial, rung) when running.Length < jobs ->
            go results (running @ [ trial, rung ]) count
        | Decision.Finished -> results
        | _ -> pick ()

    go [] [] 0L

let ``asynchronous successive halving`` = [
    let halving = { Trials = 27; Rungs = 3; Reduction = 3 }

    let noise seed trial rung =
        let x =
            Key.ofSeed seed |> Key.at (int64 trial) |> Key.at (int64 rung) |> Key.uniform

        if x < 0.1 then nan else x

    testLaw
        (LongForm.count 20 100)
        []
        "trains each trial once at a rung, and promotes the best of each"
        (fun (seed: int64) ->
            for jobs in [ 1; 4 ] do
                let results = play halving jobs seed (noise seed)
                results |> List.map (fun r -> r.Trial, r.Rung) |> isDistinct

                let at rung =
                    results |> List.filter (fun r -> r.Rung = rung)

                at 0 |> hasLength 27

                for rung in [ 0; 1 ] do
                    let next = at (rung + 1)
                    let quota = (at rung).Length / 3

                    let top =
                        at rung
                        |> List.filter (_.Metric >> Double.IsNaN >> not)
                        |> List.sortByDescending _.Metric
                        |> List.truncate quota

                    // All of the best at the end; others were among the best of those that had ended when they were promoted.
                    for r in top do
                        next |> List.map _.Trial |> includes r.Trial

                    for r in next do
                        at rung
                        |> List.exists (fun before ->
                            before.Trial = r.Trial && not (Double.IsNaN before.Metric))
                        |> isTrue)

    testLaw
        50
        []
        "goes in waves on, whatever the order of the results of each"
        (fun (seed: int64) ->
            let rec waves (results: TrialResult list) =
                match Asha.wave halving results with
                | [] -> []
                | wave ->
                    let ended = [|
                        for trial, rung in wave ->
                            {
                                Trial = trial
                                Rung = rung
                                Metric = noise seed trial rung
                                Return = 0.0
                            }
                    |]

                    let shuffled = Array.copy ended
                    Shuffle.keyed (Key.ofSeed seed |> Key.at (int64 results.Length)) shuffled

                    Asha.wave halving (results @ List.ofArray shuffled)
                    |> equals (Asha.wave halving (results @ List.ofArray ended))

                    wave :: waves (results @ List.ofArray ended)

            let all = waves []
            all |> List.map List.length |> equals [ 27; 9; 3 ]
            all |> List.concat |> isDistinct)

    testCase "promotes no trial before a third is worse" (fun () ->
        let metric trial _ = -float trial
        let results = play halving 1 0L metric
        // In the order of the trials from the best on, none but the first ones go on.
        results
        |> List.filter (fun r -> r.Rung = 2)
        |> List.map _.Trial
        |> equals [ 1; 2; 3 ]

        results
        |> List.filter (fun r -> r.Rung = 1)
        |> List.map _.Trial
        |> equals [ 1..9 ]

        (Asha.standings results |> List.map _.Trial)
        |> List.truncate 4
        |> equals [ 1; 2; 3; 4 ])

    testLaw
        50
        []
        "goes on from its results as if it had not stopped, also with more trials"
        (fun (seed: int64) ->
            let whole = play halving 1 seed (noise seed)
            let fewer = play { halving with Trials = 12 } 1 seed (noise seed)

            for count in [ 0; 7; 20 ] do
                let before = List.truncate count whole

                match Asha.next halving before [] with
                | Decision.Train(trial, rung) ->
                    (whole[count].Trial, whole[count].Rung) |> equals (trial, rung)
                | other -> failtest $"{other}"

            let steps results = [ for r: TrialResult in results -> r.Trial, r.Rung ]
            steps whole |> List.truncate fewer.Length |> equals (steps fewer))

    testCase "ranks trials that diverged last, whatever they were before" (fun () ->
        let result trial rung metric = {
            Trial = trial
            Rung = rung
            Metric = metric
            Return = -metric
        }

        [
            result 1 0 nan
            result 2 0 0.1
            result 3 0 0.5
            result 3 1 nan
            result 4 0 0.2
            result 4 1 0.0
        ]
        |> Asha.standings
        |> List.map (fun r -> r.Trial, r.Rung)
        |> equals [ 4, 1; 2, 0; 1, 0; 3, 1 ])

    testCase "takes the return where metrics are equal" (fun () ->
        let results = [
            for trial in 1..3 -> { Trial = trial; Rung = 0; Metric = 0.0; Return = float trial }
        ]

        Asha.next halving results [] |> equals (Decision.Train(3, 1)))
]

let ``the importance of a key`` = [
    let space =
        dimensionsOf [ $"{lr}=tag(log, interval(1e-5, 1e-2))"; $"{width}=8,16,32" ]

    let importance seed (metric: Map<string, string> -> float) =
        let drawn = SearchSpace.draws seed 60 space |> List.map Map.ofList

        [
            for i, values in List.indexed drawn ->
                { Trial = i + 1; Rung = 0; Metric = metric values; Return = 0.0 }
        ]
        |> Asha.standings
        |> Importance.ofTrials space (fun trial -> drawn[trial - 1])
        |> Map.ofList

    testLaw
        50
        []
        "is largest for the only one with effect, also where the middle is best"
        (fun (seed: int64) ->
            let bowl = importance seed (fun values -> -abs(log10 (number values[lr]) + 3.5))
            bowl[lr] |> isAbove 0.3
            bowl[lr] |> isAbove bowl[width]
            let steps = importance seed (fun values -> number values[width])
            steps[width] |> isWithin 1e-9 1.0
            steps[lr] |> isBelow 0.6)

    testCase "is not known from one trial of each value" (fun () ->
        Importance.share [| "a"; "b" |] [| 1.0; 2.0 |] |> equals None
        Importance.share [||] [||] |> equals None)

    testCase "is zero without an effect, and near zero where chance alone decides" (fun () ->
        importance 1L (fun _ -> 0.5) |> Map.toList |> List.map snd |> areAll 0.0
        // Each value has the same scores.
        Importance.share [| "a"; "a"; "b"; "b" |] [| 1.0; 2.0; 1.0; 2.0 |]
        |> equals (Some 0.0)

        let chance (values: Map<string, string>) =
            Key.ofSeed (int64 (1e12 * number values[lr])) |> Key.uniform

        [ 1L .. 50L ]
        |> List.averageBy (fun seed -> (importance seed chance)[width])
        |> isBelow 0.1)
]
