module MtrlFunctional.Tests.Training.OnPolicyLoopTests

open System
open Expecto
open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Tensors
open MtrlFunctional.Tests
open MtrlFunctional.Training

/// Episodes of three steps with a reward of 1 each: two of each of two tasks, of which the second one of a task succeeds.
let private episodesOf lengths : SampledEpisodes =
    let ones shape =
        Tensor.ofFloats shape (Array.create (shape |> Array.reduce (*) |> int) 1f)

    let results =
        lengths
        |> Array.mapi (fun row steps -> [|
            if steps = 0 then
                RunningEpisode.start
            else
                let success = float (row % 2)
                { Steps = steps; Return = float steps; Ever = success; AtEnd = success }
        |])

    {
        Episodes = {
            Obs = ones [| 2L; 2L; 3L; 3L |]
            Action = ones [| 2L; 2L; 3L; 2L |]
            Reward = ones [| 2L; 2L; 3L |]
            LastObs = ones [| 2L; 2L; 3L |]
            Lengths = lengths
            Terminal = Array.create 4 false
            Restarts = Array.create 4 [||]
            Remembered = Array.create 4 false
        }
        Tasks = [| 0; 0; 1; 1 |]
        Played = results
        UnstableSteps = 0
        StepsLeftOut = 0L
        Seconds = 1.0
        PhysicsShare = 0.5
        Lag = Nullable()
    }

/// Players of such episodes; stops at the iterations of a list.
type private Actors(lengths, stops: int64 list) =
    /// What was played, newest first, and whether beside an update.
    member val Turns: (Turn * bool) list = [] with get, set

    member private this.Played turn isBeside =
        this.Turns <- (turn, isBeside) :: this.Turns

        if List.contains turn.Iteration stops then
            ValueNone
        else
            ValueSome(episodesOf lengths)

    interface IPlayers with
        member this.Play(turn, _) =
            match this.Played turn false with
            | ValueSome played -> played
            | ValueNone -> raise (OperationCanceledException())

        member this.PlayBeside(update, turn, _) =
            struct (update.Invoke(), this.Played turn true)

let ``training in iterations`` = [
    /// A state is a number, to which an update adds the mean reward, times a factor.
    let agent factor : IAgent<EpisodeSample> =
        Algorithm.toAgent {
            Description = AgentDescription.create (2, 3, 2) [] [] []
            Start = fun _ place -> TensorOptions.fromDoubles place [| 0.0 |] [||]
            Owns = Seq.singleton
            Act = fun _ _ noise -> noise
            ActGreedily = fun _ obs -> obs
            Update =
                fun state sample ->
                    let next = state .+ factor *. Tensor.mean sample.Episodes.Reward
                    next, [ { Name = "policy_loss"; Value = next } ]
            RowLayers = fun _ -> Error "none"
            ToNamed = fun state -> [ "number", state ]
            OfNamed = fun _ _ -> Error []
            Capabilities = Capabilities.None
        }

    /// Iterations of six steps of each of two tasks.
    let experimentOf words =
        $"env=metaworld-mt10 env.tasks=[reach-v3,push-v3] agent=mtppo env.horizon=3 agent.on_policy.batch_size=12 agent.on_policy.minibatch_size=4 {words}"
        |> Words.split
        |> Experiment.resolve
        |> ok
        |> fst

    let run lengths stops earlier factor words =
        let experiment = experimentOf words
        let setup = OnPolicyLoop.setup experiment earlier
        let players = Actors(lengths, stops)

        let learner =
            Learner.start experiment (agent factor) SampleForm.episodes TensorOptions.cpu

        let loop = LoopState.start 2

        let rec advance (learner: Learner<EpisodeSample>) (loop: LoopState) progress =
            if loop.Step >= int64 experiment.Schedule.NumTrainSteps then
                learner, loop, progress
            else
                let piece = OnPolicyLoop.advance setup players learner loop progress

                match piece.Update with
                | Some(Ok update) -> advance update.Next piece.Loop piece.Progress
                | Some(Error refused) -> failtest (refused.Message [||])
                | None -> advance learner piece.Loop piece.Progress

        players, lazy advance learner loop (OnPolicyLoop.start (TaskSuccess.start experiment) loop)

    let whole = [| 3; 3; 3; 3 |]

    let turns (players: Actors) = [
        for turn, isBeside in List.rev players.Turns -> turn.Iteration, turn.Policy, isBeside
    ]

    testCase "an iteration of which every step was unstable is refused" (fun () ->
        let _, trained = run [| 0; 0; 0; 0 |] [] 0 1.0 "experiment.num_train_steps=18"

        Expect.throwsC (fun () -> trained.Force() |> ignore) (fun refused ->
            refused.Message
            |> contains "the environments were unstable in every step of an iteration"))

    for earlier, wanted in
        [
            0, [ 0L, 0, false; 1L, 0, false; 2L, 0, false ]
            1, [ 0L, 0, false; 1L, 1, true; 2L, 1, true ]
            2, [ 0L, 0, false; 1L, 1, false; 2L, 2, true ]
        ] do
        testCase
            $"plays what the run needs, each iteration by a policy {earlier} updates old"
            (fun () ->
                let players, trained = run whole [] earlier 1.0 "experiment.num_train_steps=18"

                let learner, loop, progress = trained.Value
                turns players |> equals wanted
                learner.Updates |> equals 3L
                loop.Step |> equals 18L
                progress.Played |> isEmpty
                loop.Episodes |> equals 6L
                // The numbers of the state after each update: 1, 2 and 3.
                Map.ofSeq (Seq.map (|KeyValue|) loop.Means)
                |> Map.find "policy_loss"
                |> equals 2.0)

    testCase
        "plays an iteration later by the same policy where it was stopped beside an update"
        (fun () ->
            let players, trained = run whole [ 1L ] 1 1.0 "experiment.num_train_steps=18"

            Expect.throwsT<OperationCanceledException>
                (fun () -> trained.Value |> ignore)
                "stopped"

            turns players |> equals [ 0L, 0, false; 1L, 1, true; 1L, 0, false ])

    testCase
        "counts means over the episodes of each task, without episodes that have no step"
        (fun () ->
            let _, trained = run [| 3; 0; 3; 3 |] [] 0 1.0 "experiment.num_train_steps=6"
            let _, loop, progress = trained.Value
            progress.Newest |> Array.map _.Return |> equals [| 3.0; 3.0 |]
            progress.Newest |> Array.map _.Ever |> equals [| 0.0; 0.5 |]
            loop.Finished |> Array.map _.Finished |> equals [| 1L; 2L |])

    testCase "remembers the rows that succeeded, whatever rows before them lack" (fun () ->
        let words =
            "experiment.num_train_steps=6 agent.on_policy.min_episodes=1 agent.on_policy.remembered_successes=4"

        let _, trained = run [| 0; 3; 3; 3 |] [] 0 1.0 words
        let _, _, progress = trained.Value
        progress.Success.Remembered |> Array.map List.length |> equals [| 1; 1 |])
]
