namespace MtrlFunctional.Reliability.Tests

open System
open System.IO
open System.Threading
open NUnit.Framework
open TorchSharp
open MtrlFunctional
open MtrlFunctional.Algorithms
open MtrlFunctional.Environments
open MtrlFunctional.Experiments
open MtrlFunctional.Replay
open MtrlFunctional.Spaces
open MtrlFunctional.Storage
open MtrlFunctional.Tensors
open MtrlFunctional.Tests
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
[<TestFixture; NonParallelizable>]
type ``a number that is not finite``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-finite-").FullName
    let tasks = [| "reach-v3"; "push-v3" |]
    let numbers = [| nan; infinity; -infinity |]

    let words algorithm name =
        SmallTrainers.words algorithm
        @ Words.split
            $"setup.base_path={folder} setup.name={name} setup.seed=1 setup.threads=2 setup.device=cpu"

    /// A trainer before its first update; null: the families of the library.
    let create (extensions: Extensions) families (words: string list) : ITrainer =
        let experiment =
            ExperimentBuilder.Resolve(
                extensions,
                words @ [ "experiment.num_train_steps=100000000" ]
            )

        let agents = AgentOf(fun setting own -> extensions.Agent(setting, own))
        let progress = LoopProgress experiment.Environment.NumEnvs

        let trainer: ITrainer =
            if Choices.isOnPolicy experiment.Choices then
                new OnPolicyTrainer(experiment, null, progress, Throughput(), families, agents)
            else
                new OffPolicyTrainer(experiment, null, progress, Throughput(), families, agents)

        trainer.Learner.Crashes <- CrashReports(folder, RunIdentity.Render experiment, 2, tasks)
        trainer.Begin()
        trainer

    /// A trainer after some updates.
    let start extensions words =
        let trainer = create extensions null words

        while trainer.Learner.Updates < 3L do
            trainer.Advance(ignore, CancellationToken.None)

        trainer

    let bundle updates =
        Path.Combine(folder, $"update-{updates}")

    /// The bundle repeats the update bit by bit.
    let reproduces (updates: int64) (message: string) =
        let repeated = UpdateReproduction.Of(bundle updates, Given.extensions ())
        Assert.That(repeated.Different, Is.Empty)
        Assert.That(repeated.Names.Count, Is.GreaterThan 10)
        Assert.That(message, Does.StartWith repeated.Message)

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

    /// In the short form one of each kind; of all but two algorithms of four kinds or five.
    let chosen algorithm names =
        if LongForm.isAsked then
            names
        else
            let kinds = names |> List.distinctBy kind

            let every =
                if algorithm = "SAC" || algorithm = "PPO" then
                    1
                else
                    max 1 (kinds.Length / 4)

            kinds
            |> List.indexed
            |> List.filter (fun (i, _) -> i % every = 0)
            |> List.map snd

    /// Fills the ring of a task with one transition, whose frames hold a number.
    let fill (trainer: ITrainer) task (reward: float32) (number: float32) =
        let replay = (trainer :?> OffPolicyTrainer).Replay
        let obs = Array.zeroCreate<float32> 39
        obs[3] <- number
        obs[3 + 18] <- number
        replay.BeginEpisode(task, ReadOnlySpan obs)

        for _ in 0..50 do
            replay.Add(task, ReadOnlySpan(Array.zeroCreate 4), reward, ReadOnlySpan obs, false)

    /// While the replay of a task has a number as reward and in observations, its update is refused, changes nothing and can
    /// be repeated. Afterwards it has zeros.
    let refusesStored (trainer: ITrainer) task reward number (pattern: string) =
        let learner = trainer.Learner
        let before = Refusal.bits learner
        fill trainer task reward number
        let message = Refusal.next trainer
        Assert.That(message, Does.Match $"task {tasks[task]}: {pattern}")
        Assert.That(Refusal.bits learner, Is.EqualTo(box before))
        reproduces learner.Updates message
        fill trainer task 0f 0f
        trainer.Begin()
        trainer.Advance(ignore, CancellationToken.None)

    /// Fifty transitions of each task.
    let withReplay () =
        start (Extensions()) (words "SAC" "replay" @ [ "replay_buffer.capacity=100" ])

    /// Those of the short form are one of each kind.
    static member Algorithms = [
        for algorithm in SmallTrainers.all do
            let case = TestCaseData algorithm

            if
                List.contains algorithm [
                    "SAC"
                    "PPO"
                    "TRPO"
                    "IMPALA"
                    "MAML-TRPO"
                    "SAC from images"
                ]
            then
                case
            else
                case.SetCategory(LongForm.only)
    ]

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    /// Of PPO in the policy, whose actions would be no numbers, before the iteration is played; all others have a bundle.
    [<TestCaseSource("Algorithms")>]
    member _.``in its state stops the update, and is named``(algorithm: string) =
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
                        Assert.That(message, Does.Match $"task ({tasks[0]}|{tasks[1]}):"))

        Assert.That(Refusal.next trainer, Is.Empty)
        LongForm.report $"{algorithm}: numbers in {names.Length} tensors of the state, all refused"

    [<Test>]
    member _.``in a stored transition stops the update, and tensor and task are named``() =
        use trainer = withReplay ()
        let cases = LongForm.count 3 20

        for i in 0 .. cases - 1 do
            let number = float32 numbers[i % 3]
            refusesStored trainer (i % 2) number 0f "batch/0/.*reward"
            refusesStored trainer (i % 2) 0f number "batch/0/.*observation"

        LongForm.report
            $"{2 * cases} updates with a reward or an observation that is not finite: all refused"

    /// Finite, and its square is not.
    [<Test>]
    member _.``that a loss gives is attributed to its task``() =
        use trainer = withReplay ()

        for i in 0 .. LongForm.count 3 20 - 1 do
            let bundle = bundle trainer.Learner.Updates
            refusesStored trainer (i % 2) 1e30f 0f "critic_loss is (∞|Infinity)"

            if i = 0 then
                Assert.That(Cli.Program.run [ "reproduce"; bundle ], Is.EqualTo ExitCode.Done)

    /// The layer is the identity, and its gradient is no number while it is broken.
    [<TestCase("SAC", "none")>]
    [<TestCase("SAC", "pcgrad")>]
    [<TestCase("PPO", "none", Category = LongForm.only)>]
    [<TestCase("PPO", "pcgrad")>]
    [<TestCase("TRPO", "none", Category = LongForm.only)>]
    [<TestCase("TRPO", "pcgrad")>]
    [<TestCase("IMPALA", "none")>]
    member _.``in a gradient stops the update, and the parameter is named``
        (algorithm: string, surgery: string)
        =
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
    [<TestCase("TRPO", "agent.optimizers.critic.lr=1e39", "value/.* after the update")>]
    [<TestCase("IMPALA", "agent.optimizers.actor.lr=1e39", "policy/.* after the update")>]
    [<TestCase("RL²", "agent.optimizers.actor.lr=1e39", "policy/.* after the update")>]
    [<TestCase("MAML-TRPO", "agent.maml.inner_lr=1e39", "adapted/policy/.* before the update")>]
    [<TestCase("SAC from images",
               "agent.optimizers.critic.lr=1e39",
               "(critic|encoder).* after the update",
               Category = LongForm.only)>]
    member _.``after a step stops the update, and is named``
        (algorithm: string, rate: string, pattern: string)
        =
        use trainer = create (Extensions()) null (words algorithm "step" @ [ rate ])
        let before = Refusal.bits trainer.Learner
        Assert.That(Refusal.next trainer, Does.Match $"{pattern}")
        Assert.That(Refusal.bits trainer.Learner, Is.EqualTo(box before))

    /// RL² observes the reward; MAML-TRPO has no such loss.
    [<TestCase("PPO"); TestCase("TRPO"); TestCase("IMPALA"); TestCase("RL²")>]
    member _.``in a loss stops the update``(algorithm: string) =
        let family = FamilyOf(fun _ _ -> new LargeReward())
        let words = words algorithm "loss" @ [ "env.tasks=[reach-v3]" ]
        use trainer = create (Extensions()) family words
        let before = Refusal.bits trainer.Learner
        let message = Refusal.next trainer

        Assert.That(
            message,
            Does.Match "(_loss is (∞|Infinity|NaN)|statistics/(obs|return)/variance)"
        )

        Assert.That(Refusal.bits trainer.Learner, Is.EqualTo(box before))

    /// The run ends with its last checkpoint, and goes on from there as if nothing had happened.
    [<TestCase("SAC")>]
    [<TestCase("TRPO", Category = LongForm.only)>]
    [<TestCase("IMPALA", Category = LongForm.only)>]
    member _.``reaches no checkpoint``(algorithm: string) =
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
            SmallRun.result run.Folder.Path

        let passes = broken.Passes

        // Before the first save, and after it; early in an iteration, whose last passes have no gradient.
        for share in [ 0.1; 0.55 ] do
            broken.From <- broken.Passes + int (share * float passes)

            let path, message =
                use run = start $"broken-{share}"
                run.Folder.Path, Refusal.message (fun () -> run.Run() |> ignore)

            Assert.That(message, Does.Contain " is NaN at ")
            broken.From <- Int32.MaxValue
            let checkpoints = (RunFolder path).Checkpoints
            Assert.That(Seq.isEmpty (checkpoints.Steps()), Is.EqualTo(share < 0.5))

            for step in checkpoints.Steps() do
                use _ = torch.NewDisposeScope()

                use saved =
                    SafetensorsFile.Open(
                        Path.Combine(checkpoints.FolderOf step, "agent.safetensors")
                    )

                Assert.That(NonFinite.sumsAreFinite (TensorFiles.All(saved).Values))

            if share > 0.5 then
                use resumed = TrainingRun.Resume(path, extensions)
                resumed.Run() |> ignore
                resumed.Dispose()
                Assert.That(SmallRun.result path, Is.EqualTo whole)
