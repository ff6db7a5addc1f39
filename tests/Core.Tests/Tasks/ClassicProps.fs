module MtrlFunctional.Tests.Tasks.ClassicProps

open Expecto
open MtrlFunctional.Randomness
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.Classic

/// What every classic family is checked by.
let ``classic families`` = [
    let sampled (rules: Rules<'task, 'state>) seed =
        let key = Key.ofSeed seed
        let state = rules.SampleTask(Key.forPurpose "task" key)
        state, rules.Start (rules.TaskOf state) (Key.forPurpose "start" key)

    // Laws of any family: tasks are in their space, and a state is its numbers.
    let obeys (rules: Rules<'task, 'state>) seed =
        let task, start = sampled rules seed

        let next =
            rules.Step.Invoke(rules.TaskOf task, start, rules.Actions - 1, Key.ofSeed seed)

        (TaskSpace.fault rules.TaskStates task).IsNone
        && (TaskSpace.fault rules.TaskObs (rules.ObserveTask task)).IsNone
        && rules.StateOf(rules.NumbersOf next.Next) = next.Next
        && System.Double.IsFinite next.Reward

    testProperty "sample tasks of their space, and states are numbers" (fun (seed: int64) ->
        obeys CartPole.rules seed
        && obeys Acrobot.rules seed
        && obeys (TabularMdp.rules 4 5) seed
        && obeys (Bandits.uniform 5) seed
        && obeys (Bandits.finite (Bandits.table 10 5)) seed
        && obeys (TwoGoalMaze.rules 3.0 2.0 true) seed
        && obeys (TwoGoalMaze.withBoxes (TwoGoalMaze.rules 3.0 2.0 true)) seed)

    testProperty "rows of a sampled table of transitions are distributions" (fun (seed: int64) ->
        let task, _ = sampled (TabularMdp.rules 4 5) seed
        let tables = (TabularMdp.rules 4 5).TaskOf task

        tables.Transitions
        |> Array.chunkBySize 4
        |> Array.forall (fun row ->
            abs (Array.sum row - 1.0) < 1e-12 && Array.forall (fun p -> p > 0.0) row))

    testCase "next states are drawn by their probabilities" (fun () ->
        let tables: TabularMdp.Tables = {
            States = 3
            Actions = 1
            Rewards = [| 0.0; 0.5; 1.0 |]
            Transitions = [| 0.25; 0.5; 0.25; 0.0; 0.0; 0.0; 1.0; 0.0; 0.0 |]
        }

        let nexts = [
            for u in [ 0.0; 0.24; 0.25; 0.74; 0.75; 0.999 ] -> TabularMdp.next tables 0 0 u
        ]

        nexts |> equals [ 0; 0; 1; 1; 2; 2 ]
        // Zeros, as before any task is set: all mass is on the last state.
        TabularMdp.next tables 1 0 0.0 |> equals 2
        TabularMdp.next tables 2 0 0.999 |> equals 0)

    testProperty "an episode of the maze starts away from both boxes" (fun (seed: int64) ->
        let maze, s = sampled (TwoGoalMaze.rules 2.0 2.0 true) seed

        let distance (a: TwoGoalMaze.Point) (b: TwoGoalMaze.Point) =
            sqrt ((a.X - b.X) ** 2.0 + (a.Z - b.Z) ** 2.0)

        distance s.Agent s.Box0 >= 2.0
        && distance s.Agent s.Box1 >= 2.0
        && abs s.Agent.X <= 1.6
        && abs s.Agent.Z <= 1.6
        && maze[0] * (1.0 - maze[0]) = 0.0)

    testProperty
        "an observation of the maze with boxes leads to them, and has the original's before"
        (fun (seed: int64) ->
            let plain = TwoGoalMaze.rules 3.0 2.0 true
            let rules = TwoGoalMaze.withBoxes plain
            let task, s = sampled rules seed
            let physics = rules.TaskOf task

            let numbers, original =
                Array.zeroCreate rules.ObsSize, Array.zeroCreate plain.ObsSize

            rules.Observe.Invoke(physics, s, System.Span numbers)
            plain.Observe.Invoke(physics, s, System.Span original)

            let leads (box: TwoGoalMaze.Point) i =
                abs (s.Agent.X + 3.0 * numbers[i] - box.X) < 1e-12
                && abs (s.Agent.Z + 2.0 * numbers[i + 1] - box.Z) < 1e-12

            numbers[..4] = original && leads s.Box0 5 && leads s.Box1 7)
]
