namespace MtrlFunctional.Reliability.Tests

open System
open System.IO
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Replay
open MtrlFunctional.Storage
open MtrlFunctional.Tensors
open MtrlFunctional.Tests
open MtrlFunctional.Training

/// NaN and infinities in everything that an update reads.
[<TestFixture; NonParallelizable>]
type ``a number that is not finite``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-crash-").FullName
    let tasks = [ "reach-v3"; "push-v3"; "drawer-close-v3" ]
    let numbers = [| nan; infinity; -infinity |]

    let words agent = [
        "env=metaworld-mt10"
        $"agent={agent}"
        $"setup.base_path={folder}"
        "setup.name=crash"
        "setup.seed=1"
        "setup.threads=2"
        "setup.device=cpu"
        "env.tasks=[reach-v3,push-v3,drawer-close-v3]"
        "env.horizon=15"
        "experiment.num_train_steps=6000"
        "agent.actor.hidden_dim=16"
        if agent = "state_sac" then
            "experiment.init_steps=5"
            "replay_buffer.batch_size=12"
            "replay_buffer.capacity=150"
        else
            "agent.on_policy.batch_size=45"
            "agent.on_policy.minibatch_size=15"
            "agent.on_policy.value_epochs=2"
    ]

    let experiment agent = ExperimentBuilder.Resolve(words agent)

    let report (learner: ILearner) experiment =
        learner.Crashes <-
            CrashReports(folder, RunIdentity.Render experiment, 2, List.toArray tasks)

    /// Fills the ring of a task with one transition, whose frames hold a number.
    let fill (replay: TaskReplay) task (reward: float32) (number: float32) =
        let obs = Array.zeroCreate<float32> 39
        obs[3] <- number
        obs[3 + 18] <- number
        replay.BeginEpisode(task, ReadOnlySpan obs)

        for _ in 0..50 do
            replay.Add(task, ReadOnlySpan(Array.zeroCreate 4), reward, ReadOnlySpan obs, false)

    let bundle updates =
        Path.Combine(folder, $"update-{updates}")

    /// The bundle repeats the update bit by bit.
    let reproduces (updates: int64) (message: string) =
        let repeated = UpdateReproduction.Of(bundle updates)
        Assert.That(repeated.Different, Is.Empty)
        Assert.That(repeated.Names.Count, Is.GreaterThan 10)
        Assert.That(message, Does.StartWith repeated.Message)

    /// The bundles that are computed again: of each case in the long form.
    let isRepeated i = i < LongForm.count 1 20

    /// The first tensor of the state below a name.
    let tensor (learner: ILearner) (prefix: string) =
        learner.Named() |> List.map fst |> List.find _.StartsWith(prefix)

    let run (trainer: ITrainer) prefixes =
        let cases = LongForm.count 3 20

        for i in 0 .. cases - 1 do
            trainer.Advance(ignore, Threading.CancellationToken.None)

            for j, prefix in List.indexed prefixes do
                let number = numbers[(i + j) % 3]
                let learner = trainer.Learner

                Refusal.ofState
                    trainer
                    (tensor learner prefix)
                    (int64 (i + j))
                    number
                    (fun message ->
                        if isRepeated i then
                            reproduces learner.Updates message

                        if prefix = "log_alpha" then
                            Assert.That(message, Does.Contain $"task {tasks[(i + j) % 3]}:"))

        LongForm.report
            $"{cases * prefixes.Length} updates with a number of the state that is not finite: all refused"

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``in the state of soft actor-critic stops the update, and is named``() =
        let experiment = experiment "state_sac"
        use trainer = new OffPolicyTrainer(experiment, null, LoopProgress 3, Throughput())
        report trainer.Learner experiment
        trainer.Begin()

        for _ in 1..6 do
            trainer.Advance(ignore, Threading.CancellationToken.None)

        run trainer [
            "actor/"
            "critic/"
            "critic_target/"
            "log_alpha"
            "optimizer/critic/first"
            "optimizer/actor/second"
        ]

    [<Test>]
    member _.``in the state of PPO stops the update, and is named``() =
        let experiment = experiment "mtppo"
        use trainer = new OnPolicyTrainer(experiment, null, LoopProgress 3, Throughput())
        report trainer.Learner experiment
        trainer.Begin()
        run trainer [ "value/"; "optimizer/policy/first"; "optimizer/value/second" ]

    /// Whose actions would be no numbers: before the iteration is played.
    [<Test>]
    member _.``in the policy of PPO stops the iteration, and is named``() =
        let experiment = experiment "mtppo"
        use trainer = new OnPolicyTrainer(experiment, null, LoopProgress 3, Throughput())
        (trainer :> ITrainer).Begin()

        for i in 0 .. LongForm.count 3 20 - 1 do
            let name = tensor (trainer :> ITrainer).Learner "policy/"
            Refusal.ofState trainer name (int64 i) numbers[i % 3] ignore

    [<Test>]
    member _.``in a stored transition stops the update, and tensor and task are named``() =
        let experiment = experiment "state_sac"
        use trainer = new OffPolicyTrainer(experiment, null, LoopProgress 3, Throughput())
        let learner = trainer.Learner
        report learner experiment
        trainer.Begin()

        for _ in 1..6 do
            trainer.Advance(ignore, Threading.CancellationToken.None)

        let replay = trainer.Replay
        let cases = LongForm.count 3 20

        for i in 0 .. cases - 1 do
            for name, reward, obs in
                [
                    "reward", float32 numbers[i % 3], 0f
                    "observation", 0f, float32 numbers[i % 3]
                ] do
                let task, updates, before = i % 3, learner.Updates, Refusal.bits learner
                fill replay task reward obs

                let message = Refusal.next trainer

                Assert.That(
                    message,
                    (Does.Contain $"task {tasks[task]}: batch/0/").And.Contains name
                )

                Assert.That(Refusal.bits learner, Is.EqualTo(box before))
                reproduces updates message
                fill replay task 0f 0f
                trainer.Begin()
                trainer.Advance(ignore, Threading.CancellationToken.None)

        LongForm.report
            $"{2 * cases} updates with a reward or an observation that is not finite: all refused"

    [<Test>]
    member _.``that a loss gives is attributed to its task``() =
        let experiment = experiment "state_sac"
        use trainer = new OffPolicyTrainer(experiment, null, LoopProgress 3, Throughput())
        let learner = trainer.Learner
        report learner experiment
        trainer.Begin()

        for _ in 1..6 do
            trainer.Advance(ignore, Threading.CancellationToken.None)

        for i in 0 .. LongForm.count 3 20 - 1 do
            let task, before = i % 3, Refusal.bits learner
            // Finite, and its square is not.
            fill trainer.Replay task 1e30f 0f

            let message = Refusal.next trainer

            Assert.That(message, Does.Match $"task {tasks[task]}: critic_loss is (∞|Infinity)")
            Assert.That(Refusal.bits learner, Is.EqualTo(box before))
            reproduces learner.Updates message

            if i = 0 then
                let words = [ "reproduce"; bundle learner.Updates ]
                Assert.That(MtrlFunctional.Cli.Program.run words, Is.EqualTo ExitCode.Done)

            fill trainer.Replay task 0f 0f
            trainer.Begin()
            trainer.Advance(ignore, Threading.CancellationToken.None)

    /// The layer is the identity, and its gradient is no number while it is broken.
    [<TestCase("state_sac", "none")>]
    [<TestCase("state_sac", "pcgrad")>]
    [<TestCase("mtppo", "none")>]
    [<TestCase("mtppo", "pcgrad")>]
    member _.``in a gradient stops the update, and the parameter is named``
        (agent: string, surgery: string)
        =
        let broken = BrokenGradient()

        let words =
            words agent
            @ [ "agent.multitask.model=own/broken"; $"agent.surgery.method={surgery}" ]

        let experiment = ExperimentBuilder.Resolve(broken.Extensions, words)
        let agents = AgentOf(fun setting own -> broken.Extensions.Agent(setting, own))

        use trainer: ITrainer =
            if agent = "state_sac" then
                new OffPolicyTrainer(experiment, null, LoopProgress 3, Throughput(), null, agents)
            else
                new OnPolicyTrainer(experiment, null, LoopProgress 3, Throughput(), null, agents)

        let learner = trainer.Learner
        report learner experiment
        trainer.Begin()

        for _ in 1..6 do
            trainer.Advance(ignore, Threading.CancellationToken.None)

        for _ in 1 .. LongForm.count 3 20 do
            Refusal.ofGradient
                broken
                trainer
                "(actor|critic|policy|value)/.* is NaN at .* after the update"

    /// The run ends with its last checkpoint, and goes on from there as if nothing had happened.
    [<Test>]
    member _.``reaches no checkpoint``() =
        let broken = BrokenGradient()
        let extensions = broken.Extensions

        let words name = [
            yield! SmallRun.words
            "env=metaworld-mt10"
            "env.tasks=[reach-v3,push-v3]"
            "agent.multitask.model=own/broken"
            $"setup.base_path={folder}"
            $"setup.name={name}"
        ]

        let start name =
            TrainingRun.Start(ExperimentBuilder.Resolve(extensions, words name), extensions)

        let whole =
            use run = start "whole"
            run.Run() |> ignore
            SmallRun.result run.Folder.Path

        let passes = broken.Passes

        // Forty steps, saved at 20.
        for share in [ 0.3; 0.6; 0.9 ] do
            broken.From <- broken.Passes + int (share * float passes)

            let path, message =
                use run = start $"broken-{share}"
                run.Folder.Path, Refusal.message (fun () -> run.Run() |> ignore)

            Assert.That(message, Does.Contain "after the update")
            broken.From <- Int32.MaxValue
            let checkpoints = (RunFolder path).Checkpoints

            Assert.That(
                checkpoints.Steps(),
                Is.EquivalentTo [
                    if share > 0.5 then
                        20L
                ]
            )

            for step in checkpoints.Steps() do
                use _ = TorchSharp.torch.NewDisposeScope()

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
