namespace MtrlFunctional.Reliability.Tests

open System
open System.IO
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Replay
open MtrlFunctional.Tensors
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

    let experiment agent = ExperimentResolver.Resolve(words agent)

    let report (learner: ILearner) experiment =
        learner.Crashes <-
            CrashReports(folder, RunIdentity.Render experiment, 2, List.toArray tasks)

    let bits (learner: ILearner) =
        use _ = Ops.Scope()

        [
            for name, x in learner.Named() ->
                name, Array.map BitConverter.DoubleToInt64Bits (Ops.ToDoubles x)
        ]

    let copy (learner: ILearner) =
        Map [ for name, x in learner.Named() -> name, Ops.Clone x ]

    /// The message with which an update is refused; empty: it was accepted.
    let refusal advance =
        try
            advance ()
            ""
        with :? MtrlException as e ->
            Assert.That(e.ExitCode, Is.EqualTo ExitCode.Stopped)
            e.Message

    /// Writes a number into one place of a tensor of the state.
    let inject (learner: ILearner) (prefix: string) place (number: float) =
        use _ = Ops.Scope()
        let name, x = learner.Named() |> List.find (fun (name, _) -> name.StartsWith prefix)
        let flat = Ops.Reshape(x, [| -1L |])
        let slot = Ops.Narrow(flat, 0L, place % Ops.Count x, 1L)
        Ops.CopyFrom(slot, Ops.FromDoubles([| number |], [| 1L |]))
        name

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

    /// An update with a number in its state is refused, changes nothing and can be repeated.
    let stateRefuses (trainer: ITrainer) prefix place number repeats =
        let learner = trainer.Learner
        use _ = Ops.Scope()
        let before, updates = copy learner, learner.Updates
        let name = inject learner prefix place number
        let broken = bits learner

        let message =
            refusal (fun () -> trainer.Advance(ignore, Threading.CancellationToken.None))

        Assert.That(message, (Does.Contain $"{name} is ").And.Contains "before the update")
        Assert.That(learner.Updates, Is.EqualTo updates)
        Assert.That(bits learner, Is.EqualTo(box broken))

        if repeats then
            reproduces updates message

        Assert.That(learner.Restore((fun name -> before.TryFind name), updates), Is.Empty)
        message

    let run (trainer: ITrainer) prefixes =
        let cases = Soak.count 3 20

        for i in 0 .. cases - 1 do
            trainer.Advance(ignore, Threading.CancellationToken.None)

            for j, prefix in List.indexed prefixes do
                let number = numbers[(i + j) % 3]
                let message = stateRefuses trainer prefix (int64 (i + j)) number (i = 0)

                if prefix = "log_alpha" then
                    Assert.That(message, Does.Contain $"task {tasks[(i + j) % 3]}:")

        Soak.report
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

    [<Test>]
    member _.``in a stored transition stops the update, and tensor and task are named``() =
        let experiment = experiment "state_sac"
        use trainer = new OffPolicyTrainer(experiment, null, LoopProgress 3, Throughput())
        let learner = trainer.Learner
        report learner experiment
        trainer.Begin()

        for _ in 1..6 do
            trainer.Advance(ignore, Threading.CancellationToken.None)

        let replay = trainer.Components.Replay
        let cases = Soak.count 3 20

        for i in 0 .. cases - 1 do
            for name, reward, obs in
                [
                    "reward", float32 numbers[i % 3], 0f
                    "observation", 0f, float32 numbers[i % 3]
                ] do
                let task, updates, before = i % 3, learner.Updates, bits learner
                fill replay task reward obs

                let message =
                    refusal (fun () -> trainer.Advance(ignore, Threading.CancellationToken.None))

                Assert.That(
                    message,
                    (Does.Contain $"task {tasks[task]}: batch/0/").And.Contains name
                )

                Assert.That(bits learner, Is.EqualTo(box before))
                reproduces updates message
                fill replay task 0f 0f
                trainer.Begin()
                trainer.Advance(ignore, Threading.CancellationToken.None)

        Soak.report
            $"{2 * cases} updates with a reward or an observation that is not finite: all refused"

    [<Test>]
    member _.``that a loss gives is attributed to its task``() =
        let experiment = experiment "state_sac"
        use trainer = new OffPolicyTrainer(experiment, null, LoopProgress 3, Throughput())
        report trainer.Learner experiment
        trainer.Begin()

        for _ in 1..6 do
            trainer.Advance(ignore, Threading.CancellationToken.None)

        fill trainer.Components.Replay 1 1e30f 0f

        let message =
            refusal (fun () -> trainer.Advance(ignore, Threading.CancellationToken.None))

        Assert.That(message, Does.Match "task push-v3: critic_loss is (∞|Infinity)")
        reproduces trainer.Learner.Updates message
        let words = [ "reproduce"; bundle trainer.Learner.Updates ]
        Assert.That(MtrlFunctional.Cli.Program.run words, Is.EqualTo ExitCode.Done)
