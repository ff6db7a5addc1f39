module MtrlFunctional.Tests.Training.OffPolicyLoopTests

open System
open Expecto
open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors
open MtrlFunctional.Tests
open MtrlFunctional.Training

/// Two tasks with three numbers as observation and two as action; each step gives the results.
type private Tasks(results: StepResult[]) =
    /// Actions and rewards of each step, newest first.
    member val Stored: (float32[] * float32 voption[]) list = [] with get, set

    interface IEnvironments with
        member _.Observe() =
            Tensor.ofFloats [| 2L; 1L; 3L |] (Array.create 6 0.5f)

        member _.Step _ = results

        member this.Store(actions, rewards) =
            this.Stored <- (actions, rewards) :: this.Stored

/// Rows of ones of each task.
type private Ones(count) =
    /// The rows that were read, newest first.
    member val Reads: ReplayRows list = [] with get, set

    interface IReplay with
        member _.Count = count

        member this.Read(rows, _, _, _, _) =
            this.Reads <- rows :: this.Reads

            let ones shape =
                Tensor.ofFloats shape (Array.create (shape |> Array.reduce (*) |> int) 1f)

            {
                Obs = ones [| 2L; 4L; 3L |]
                Action = ones [| 2L; 4L; 2L |]
                Reward = ones [| 2L; 4L |]
                NextObs = ones [| 2L; 4L; 3L |]
                Terminal = ones [| 2L; 4L |]
                Weight = ones [| 2L; 4L |]
                IsFinite = true
            }

let ``training with a replay`` = [
    /// A state is a number, to which an update adds the rewards; most exploring actions are outside their range.
    let agent: IAgent<ReplaySample> =
        Algorithm.toAgent {
            Description = AgentDescription.create (2, 3, 2) [] [] []
            Start = fun _ place -> TensorOptions.fromDoubles place [| 0.0 |] [||]
            Owns = Seq.singleton
            Act = fun _ _ noise -> 100.0 *. noise
            ActGreedily = fun _ obs -> obs
            Update =
                fun state sample ->
                    let next = state .+ Tensor.sum (ReplaySample.only sample).Reward
                    next, [ { Name = "critic_loss"; Value = next } ]
            RowLayers = fun _ -> Error "none"
            ToNamed = fun state -> [ "number", state ]
            OfNamed = fun _ _ -> Error []
            Capabilities = Capabilities.None
        }

    let experiment =
        let words =
            Words.split
                "env=metaworld-mt10 env.tasks=[reach-v3,push-v3] agent=state_sac experiment.init_steps=2
                env.reward_normalization=running replay_buffer.batch_size=8"

        lazy (Experiment.resolve words |> ok |> fst)

    let spec = {
        Observation = EnvironmentSpec.vector 3
        Action = ActionSpace.Box 2
        Horizon = 10
        Terminates = false
    }

    let setup =
        lazy
            (OffPolicyLoop.setup
                experiment.Value
                {
                    Experiment = experiment.Value
                    Draws = { Rows = RowDraw.Balanced; Draws = []; Context = None }
                    Options = TensorOptions.cpu
                    ObsSize = 3
                }
                spec
                [| 2; 1 |])

    let learner () =
        Learner.start experiment.Value agent SampleForm.replay TensorOptions.cpu

    let result = { Reward = 3.0; Success = Nullable true; IsUnstable = false; Ended = false }

    /// Pieces until a step is done: the loop and the learner after it, and the number of updates.
    let play tasks replay (learner: Learner<ReplaySample>) loop =
        let rec advance (learner: Learner<ReplaySample>) loop underway updates =
            let piece = OffPolicyLoop.advance setup.Value tasks replay learner loop underway

            let learner, updates =
                match piece.Update with
                | Some(Ok update) -> update.Next, updates + 1
                | Some(Error refused) -> failtest (refused.Message [||])
                | None -> learner, updates

            match piece.Underway with
            | Some _ -> advance learner piece.Loop piece.Underway updates
            | None -> learner, piece.Loop, updates

        advance learner loop None 0

    testCase "environments that are unstable in every step are refused" (fun () ->
        let broken = { result with IsUnstable = true; Ended = true }
        let tasks, replay = Tasks [| broken; broken |], Ones 0L

        let next loop =
            let _, loop, _ = play tasks replay (learner ()) loop
            loop

        let loop = LoopState.start 2 |> next |> next

        Expect.throwsC (fun () -> next loop |> ignore) (fun refused ->
            refused.Message
            |> contains "the environments were unstable in every step so far"))

    testCase "updates after the random steps, as often as they, then once a step" (fun () ->
        let tasks, replay = Tasks [| result; result |], Ones 8L

        let _, loop, counts =
            List.fold
                (fun (learner, loop, counts) _ ->
                    let learner, loop, updates = play tasks replay learner loop
                    learner, loop, updates :: counts)
                (learner (), LoopState.start 2, [])
                [ 1..5 ]

        List.rev counts |> equals [ 0; 0; 2; 1; 1 ]
        loop.Step |> equals 5L
        // 8 rows of ones in each update: 8 … 32.
        loop.Means |> Seq.exactlyOne |> _.Value |> equals 20.0
        replay.Reads.Head |> equals (ReplayRows.Balanced 4)
        tasks.Stored |> hasLength 5)

    testCase "limits exploring actions, and leaves padding of random ones empty" (fun () ->
        let tasks = Tasks [| result; result |]

        for step in [ 0L; 2L ] do
            play tasks (Ones 0L) (learner ()) { LoopState.start 2 with Step = step }
            |> ignore

        match tasks.Stored with
        | [ explored, _; random, _ ] ->
            explored |> Array.forall (fun x -> abs x <= 1f) |> isTrue
            explored |> Array.exists (fun x -> abs x = 1f) |> isTrue
            random[3] |> equals 0f
            random[0] |> differsFrom 0f
        | stored -> failtest $"{stored.Length} steps")

    testCase "stores normalised rewards, and drops a step whose physics failed" (fun () ->
        let broken = { result with IsUnstable = true; Ended = true }
        let tasks = Tasks [| result; broken |]
        let _, loop, _ = play tasks (Ones 0L) (learner ()) (LoopState.start 2)

        let struct (normalized, statistics) =
            RewardNormalization.normalize
                RewardNormalization.Running
                3.0
                RewardNormalization.noRewards

        snd tasks.Stored.Head |> equals [| ValueSome(float32 normalized); ValueNone |]
        loop.Rewards |> equals [| statistics; RewardNormalization.noRewards |]
        loop.UnstableSteps |> equals 1L
        loop.Running[0].Steps |> equals 1)
]
