module MtrlFunctional.Tests.Experiments.SamplingPlanProps

open Expecto
open Expecto.Flip
open FsCheck
open MtrlFunctional.Experiments
open MtrlFunctional.Randomness

/// Sizes as experiments have them: steps of a batch, of an episode, and tasks.
type Sizes = {
    Batch: PositiveInt
    Horizon: PositiveInt
    Tasks: PositiveInt
    Workers: PositiveInt
    Iteration: NonNegativeInt
}

let ``episodes of an iteration`` = [
    let law name = testLaw 100 [] name

    let turns s iteration =
        SamplingPlan.inTurns s.Workers.Get s.Batch.Get s.Horizon.Get s.Tasks.Get iteration

    law "balanced, each task is a group and has as many" (fun (s: Sizes) ->
        let plan = SamplingPlan.balanced s.Batch.Get s.Horizon.Get s.Tasks.Get

        plan.Groups = s.Tasks.Get
        && Array.countBy id plan.Tasks = Array.init s.Tasks.Get (fun t -> t, plan.Episodes)
        && Array.forall2 (=) plan.Tasks (Array.init plan.Tasks.Length (fun i -> i / plan.Episodes)))

    law "reach the batch with no episode too many" (fun (s: Sizes) ->
        let plan = SamplingPlan.balanced s.Batch.Get s.Horizon.Get s.Tasks.Get
        let round = s.Tasks.Get * s.Horizon.Get

        plan.Episodes * round >= s.Batch.Get
        && (plan.Episodes = 1 || (plan.Episodes - 1) * round < s.Batch.Get))

    law
        "where they are divided, there are rows for the most of a task, or twice as many"
        (fun (s: Sizes) (most: PositiveInt option) ->
            let equal = SamplingPlan.balanced s.Batch.Get s.Horizon.Get s.Tasks.Get
            let most = most |> Option.map (fun most -> equal.Episodes + most.Get - 1)
            let plan = SamplingPlan.divisible most s.Batch.Get s.Horizon.Get s.Tasks.Get

            plan.Episodes = Option.defaultValue (2 * equal.Episodes) most
            && plan.Played = equal.Played
            && Array.countBy id plan.Tasks = Array.init s.Tasks.Get (fun t -> t, plan.Episodes))

    law "the first rows of a group are played" (fun (s: Sizes) ->
        let plan = SamplingPlan.divisible None s.Batch.Get s.Horizon.Get s.Tasks.Get
        let played = Array.init plan.Groups (fun group -> group % (plan.Episodes + 1))
        let plan = SamplingPlan.allotted played plan

        [| 0 .. plan.Tasks.Length - 1 |]
        |> Array.filter (fun row -> SamplingPlan.plays row plan)
        |> Array.countBy (fun row -> plan.Tasks[row])
            =
            (Array.indexed played |> Array.filter (fun (_, n) -> n > 0)))

    law "in turns, workers go through the tasks in step" (fun (s: Sizes) ->
        let plan = turns s 0L

        plan.Groups = 1
        && plan.Tasks
           |> Array.indexed
           |> Array.forall (fun (i, task) -> task = i / s.Workers.Get % s.Tasks.Get))

    law "in turns, an iteration goes on where the one before ended" (fun (s: Sizes) ->
        let iteration = int64 s.Iteration.Get
        let both = Array.append (turns s iteration).Tasks (turns s (iteration + 1L)).Tasks
        let indices = both |> Array.chunkBySize s.Workers.Get

        both.Length = 2 * (turns s 0L).Episodes
        && (iteration <> 0L
            || indices
               |> Array.indexed
               |> Array.forall (fun (i, v) -> Array.forall ((=) (i % s.Tasks.Get)) v)))
]

/// Of an agent that is adapted to each task.
let ``rounds with an instance for each group`` = [
    let law name = testLaw 200 [] name

    let resolve words =
        Resolving.resolve ([ "env=metaworld-ml10"; "agent=maml" ] @ words)

    let key = Key.ofSeed 4L

    testCase "have the numbers of Meta-World's experiments" (fun () ->
        let e = resolve []
        let plan = SamplingPlan.ofExperiment 0L e
        SamplingPlan.rounds e |> equals 2
        plan.Groups |> Expect.equal "two goals of each of ten tasks" 20
        plan.Episodes |> equals 10
        plan.Tasks.Length |> equals 200
        SamplingPlan.stepsOfTask e |> equals (2 * 2 * 10 * e.Environment.Horizon))

    testCase "have equally many goals of each task" (fun () ->
        let plan =
            SamplingPlan.ofExperiment 0L (resolve [ "agent.maml.meta_batch_size=21" ])

        plan.Groups |> equals 30

        Array.countBy id plan.Tasks
        |> Array.map snd
        |> Array.distinct
        |> equals [| 30 |])

    let ofTwoSteps = lazy resolve [ "agent.maml.inner_steps=2" ]

    law "play the goals of an iteration in all of its rounds" (fun (iteration: NonNegativeInt) ->
        let counts = Array.create 10 50

        let instances round =
            SamplingPlan.ofExperiment round ofTwoSteps.Value
            |> SamplingPlan.instances key counts

        let first = 3L * int64 iteration.Get
        let goals = instances first

        goals = instances (first + 1L)
        && goals = instances (first + 2L)
        && goals <> instances (first + 3L))

    law "differ as long as a task has goals" (fun (number: NonNegativeInt) (goals: PositiveInt) ->
        let counts = [| 50; 3 |]

        let plan =
            SamplingPlan.ofInstances (Drawn(int64 number.Get)) 2 (min 50 goals.Get) 1 5

        match SamplingPlan.instances key counts plan with
        | Some instances ->
            let ofTask task = [| for g in task..2 .. plan.Groups - 1 -> instances[g] |]

            Array.distinct (ofTask 0) = ofTask 0
            && Array.distinct (ofTask 1) |> Array.length = min 3 (min 50 goals.Get)
        | None -> false)

    testCase "go through the goals of each task in turn" (fun () ->
        let plan = SamplingPlan.ofInstances (InTurn 2) 2 3 4 5

        SamplingPlan.instances key [| 50; 3 |] plan
        |> equals (Some [| 2; 2; 3; 0; 4; 1 |]))
]
