module MtrlFunctional.Reliability.Tests.Numbers.NonFiniteTests

open Expecto
open System
open System.IO
open System.Threading
open TorchSharp
open MtrlFunctional
open MtrlFunctional.Algorithms
open MtrlFunctional.Environments
open MtrlFunctional.Experiments
open MtrlFunctional.Spaces
open MtrlFunctional.Storage
open MtrlFunctional.Tensors
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Child
open MtrlFunctional.Reliability.Tests
open MtrlFunctional.Cli.With
open MtrlFunctional.Training

/// One task whose third step gives a reward that is finite while its square is not.
type private LargeReward() =
    let environment () =
        let mutable steps = 0

        let status () =
            if steps < 10 then
                EpisodeStatus.Running
            else
                EpisodeStatus.Truncated

        {
            new IEnvironment with
                member _.Steps = steps
                member _.Status = status ()
                member _.Reward = if steps = 3 then 1e30 else 1.0
                member _.Success = Nullable()
                member _.Reset(_, _) = steps <- 0

                member _.Step _ =
                    steps <- steps + 1
                    status ()

                member _.Observe obs = obs.Fill 0.5f
                member _.Save() = raise (NotSupportedException())
                member _.Load _ = ()
                member _.Dispose() = ()
        }

    interface IEnvironmentFamily with
        member _.Spec = {
            Observation = EnvironmentSpec.vector 39
            Action = ActionSpace.Box 1
            Horizon = 10
            Terminates = false
        }

        member _.Tasks = [| EnvironmentTask("broken", 1) |]
        member _.Create _ = environment ()
        member _.Dispose() = ()

/// NaN and infinities in everything that an update reads, of every algorithm in its smallest form.
let ``a number that is not finite`` = [
    let folder = TestFolder.create "finite"
    let tasks = [| "reach-v3"; "push-v3" |]
    let numbers = [| nan; infinity; -infinity |]

    let words algorithm name =
        SmallTrainers.words algorithm
        @ Words.split
            $"setup.base_path={folder} setup.name={name} setup.seed=1 setup.threads=2 setup.device=cpu"

    /// A trainer before its first update.
    let create (extensions: Extensions) (words: string list) : Trainer =
        let experiment =
            ExperimentBuilder.Resolve(
                extensions,
                words @ [ "experiment.num_train_steps=100000000" ]
            )

        let trainer: Trainer =
            if Choices.isOnPolicy experiment.Choices then
                new OnPolicyTrainer(experiment, null, extensions)
            else
                new OffPolicyTrainer(experiment, null, extensions)

        trainer.Learner.Crashes <- CrashReports(folder, Experiment.render experiment, 2, tasks)
        trainer.Begin()
        trainer

    /// A trainer after some updates.
    let start extensions words =
        let trainer = create extensions words

        while trainer.Learner.Updates < 3L || trainer.IsUnderway do
            trainer.Advance(ignore, CancellationToken.None)

        trainer

    let bundle updates =
        Path.Combine(folder, $"update-{updates}")

    /// The bundle repeats the update bit by bit.
    let reproduces (updates: int64) (message: string) =
        let repeated = UpdateReproduction.Of(bundle updates, Given.extensions ())
        repeated.Different |> isEmpty
        repeated.Names.Count |> isAbove 10
        message |> startsWith repeated.Message

    /// Names of tensors that an update reads; a memory of surgery may begin with infinities, and counts are no tensors.
    let tensors (learner: ILearner) = [
        use _ = torch.NewDisposeScope()

        for name, x in learner.Named() do
            let numeric = Tensor.scalarType x

            if
                not (name.StartsWith "surgery/" || name.EndsWith "/count")
                && (numeric = torch.ScalarType.Float32 || numeric = torch.ScalarType.Float64)
                && Tensor.count x > 0L
            then
                name
    ]

    /// "policy", "optimizer/policy/first", "statistics/obs".
    let kind (name: string) =
        let words = name.Split '/'

        let length =
            if words[0] = "optimizer" then
                3
            else
                min 2 (words.Length - 1)

        String.Join('/', words[.. length - 1])

    /// In the short form one of each kind; of all but soft actor-critic of four kinds or five.
    let chosen algorithm names =
        if LongForm.isAsked then
            names
        else
            let kinds = names |> List.distinctBy kind

            let every = if algorithm = "SAC" then 1 else max 1 (kinds.Length / 4)

            kinds
            |> List.indexed
            |> List.filter (fun (i, _) -> i % every = 0)
            |> List.map snd

    /// Fills the ring of a task with one transition, whose frames hold a number.
    let fill (trainer: Trainer) task (reward: float32) (number: float32) =
        let replay = (trainer :?> OffPolicyTrainer).Replay
        let obs = Array.zeroCreate<float32> 39
        obs[3] <- number
        obs[3 + 18] <- number
        replay.BeginEpisode(task, ReadOnlySpan obs)

        for _ in 0..50 do
            replay.Add(task, ReadOnlySpan(Array.zeroCreate 4), reward, ReadOnlySpan obs, false)

    /// While the replay of a task has a number as reward and in observations, its update is refused, changes nothing and can
    /// be repeated. Afterwards it has zeros.
    let refusesStored (trainer: Trainer) task reward number (pattern: string) =
        let learner = trainer.Learner
        let before = Refusal.bits learner
        fill trainer task reward number
        let message = Refusal.next trainer
        message |> matches $"task {tasks[task]}: {pattern}"
        Refusal.bits learner |> equals before
        reproduces learner.Updates message
        fill trainer task 0f 0f
        trainer.Begin()

        while trainer.IsUnderway do
            trainer.Advance(ignore, CancellationToken.None)

    /// Fifty transitions of each task.
    let withReplay () =
        start (Extensions()) (words "SAC" "replay" @ [ "replay_buffer.capacity=100" ])

    /// Those of the short form are one of each kind. Of PPO in the policy, whose actions would be no numbers, before the iteration
    /// is played; all others have a bundle.
    testTheory
        "in its state stops the update, and is named"
        (if LongForm.isAsked then
             SmallTrainers.all
         else
             [ "SAC"; "PPO"; "TRPO"; "MAML-TRPO" ])
    <| fun algorithm ->
        use trainer = start (Given.extensions ()) (words algorithm "state")
        let names = chosen algorithm (tensors trainer.Learner)

        for i, name in List.indexed names do
            let infinite = numbers[1 + i % 2]

            let tried =
                if LongForm.isAsked then [ nan; infinite ]
                elif i % 3 = 0 then [ nan ]
                else [ infinite ]

            for number in tried do
                Refusal.ofState trainer name (int64 i) number (fun message ->
                    if
                        algorithm = "SAC" || algorithm = "PPO" && not (name.StartsWith "policy/")
                    then
                        reproduces trainer.Learner.Updates message

                    if name.StartsWith "log_alpha" then
                        message |> matches $"task ({tasks[0]}|{tasks[1]}):")

        Refusal.next trainer |> isEmpty
        LongForm.report $"{algorithm}: numbers in {names.Length} tensors of the state, all refused"

    // Draws of other rows are whole numbers.
    testCase "in an update of HiP-BMDP has a bundle that repeats it" (fun () ->
        use trainer = start (Given.extensions ()) (words "HiP-BMDP" "draws")
        let name = tensors trainer.Learner |> List.find _.StartsWith("actor/")
        Refusal.ofState trainer name 0L nan (reproduces trainer.Learner.Updates))

    testCase "in a stored transition stops the update, and tensor and task are named" (fun () ->
        use trainer = withReplay ()
        let cases = LongForm.count 3 20

        for i in 0 .. cases - 1 do
            let number = float32 numbers[i % 3]
            refusesStored trainer (i % 2) number 0f "batch/0/.*reward"
            refusesStored trainer (i % 2) 0f number "batch/0/.*observation"

        LongForm.report
            $"{2 * cases} updates with a reward or an observation that is not finite: all refused")

    /// Finite, and its square is not.
    testCase "that a loss gives is attributed to its task" (fun () ->
        use trainer = withReplay ()

        for i in 0 .. LongForm.count 3 20 - 1 do
            let bundle = bundle trainer.Learner.Updates
            refusesStored trainer (i % 2) 1e30f 0f "critic_loss is (∞|Infinity)"

            if i = 0 then
                Cli.Program.run [ "reproduce"; bundle ] |> equals ExitCode.Done)

    /// The layer is the identity, and its gradient is no number while it is broken.
    testTheory "in a gradient stops the update, and the parameter is named" [
        "SAC", "none"
        "SAC", "pcgrad"
        "PPO", "pcgrad"
        "TRPO", "pcgrad"
        "IMPALA", "none"
        if LongForm.isAsked then
            "PPO", "none"
            "TRPO", "none"
    ]
    <| fun (algorithm, surgery) ->
        let broken = BrokenGradient()

        let words =
            words algorithm "gradient"
            @ [ "agent.multitask.model=own/broken"; $"agent.surgery.method={surgery}" ]

        use trainer = start broken.Extensions words
        let cases = LongForm.count 1 20

        for _ in 1..cases do
            Refusal.ofGradient
                broken
                trainer
                "(actor|critic|policy|value)/.* is NaN at .* after the update"

        LongForm.report
            $"{algorithm}: {cases} updates with a gradient that is no number, all refused"

    /// By a step of a length that no number has; of MAML-TRPO also the step that adapts to a task.
    testTheory "after a step stops the update, and is named" [
        "TRPO", "optimizers.critic.lr", "value/.* after the update"
        "IMPALA", "optimizers.actor.lr", "policy/.* after the update"
        "RL²", "optimizers.actor.lr", "policy/.* after the update"
        "MAML-TRPO", "maml.inner_lr", "adapted/policy/.* before the update"
        if LongForm.isAsked then
            "SAC from images", "optimizers.critic.lr", "(critic|encoder).* after the update"
    ]
    <| fun (algorithm, rate, pattern) ->
        use trainer =
            create (Extensions()) (words algorithm "step" @ [ $"agent.{rate}=1e39" ])

        let before = Refusal.bits trainer.Learner
        Refusal.next trainer |> matches pattern
        Refusal.bits trainer.Learner |> equals before

    /// RL² observes the reward; MAML-TRPO has no such loss.
    testTheory "in a loss stops the update" [ "PPO"; "TRPO"; "IMPALA"; "RL²" ]
    <| fun algorithm ->
        let extensions =
            Extensions(Environments = [| OwnEnvironments("broken", fun () -> new LargeReward()) |])

        let others =
            words algorithm "loss" |> List.filter (fun word -> not (word.StartsWith "env"))

        use trainer = create extensions ("env=own/broken" :: others)
        let before = Refusal.bits trainer.Learner

        Refusal.next trainer
        |> matches "(_loss is (∞|Infinity|NaN)|statistics/(obs|return)/variance)"

        Refusal.bits trainer.Learner |> equals before

    /// The run ends with its last checkpoint, and goes on from there as if nothing had happened.
    testTheory "reaches no checkpoint" [
        "SAC"
        if LongForm.isAsked then
            "TRPO"
            "IMPALA"
    ]
    <| fun algorithm ->
        let broken = BrokenGradient()
        let extensions = broken.Extensions

        let start name =
            let words =
                words algorithm $"{algorithm}-{name}" @ [ "agent.multitask.model=own/broken" ]

            let length = (ExperimentBuilder.Resolve(extensions, words)).Schedule.NumTrainSteps

            let longer =
                Words.split
                    $"experiment.save_freq={length} experiment.num_train_steps={2 * length} experiment.eval_freq={length}"

            TrainingRun.Start(ExperimentBuilder.Resolve(extensions, words @ longer), extensions)

        let whole =
            use run = start "whole"
            run.Run() |> ignore
            RunResult.Of run.Folder.Path

        let passes = broken.Passes

        // After the first save, and before it; early in an iteration, whose last passes have no gradient.
        for share in List.truncate (LongForm.count 1 2) [ 0.55; 0.1 ] do
            broken.From <- broken.Passes + int (share * float passes)

            let path, message =
                use run = start $"broken-{share}"
                run.Folder.Path, Refusal.message (fun () -> run.Run() |> ignore)

            message |> contains " is NaN at "
            broken.From <- Int32.MaxValue
            let checkpoints = (RunFolder path).Checkpoints
            Seq.isEmpty (checkpoints.Steps()) |> equals (share < 0.5)

            for step in checkpoints.Steps() do
                use _ = torch.NewDisposeScope()

                use saved =
                    SafetensorsFile.Open(
                        Path.Combine(checkpoints.FolderOf step, "agent.safetensors")
                    )

                NonFinite.sumsAreFinite (TensorFiles.All(saved).Values) |> isTrue

            if share > 0.5 then
                use resumed = TrainingRun.Resume(path, extensions)
                resumed.Run() |> ignore
                resumed.Dispose()
                RunResult.Of path |> equals whole
]
