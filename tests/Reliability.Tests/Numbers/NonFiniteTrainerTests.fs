namespace MtrlFunctional.Reliability.Tests

open System
open System.IO
open System.Threading
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Storage
open MtrlFunctional.Tensors
open MtrlFunctional.Tests
open MtrlFunctional.Training

/// NaN and infinities in the state and in the gradients of every algorithm, each in its smallest form.
[<TestFixture; NonParallelizable>]
type ``a number that is not finite, of any algorithm,``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-finite-").FullName

    let words algorithm name =
        SmallTrainers.words algorithm
        @ [
            $"setup.base_path={folder}"
            $"setup.name={name}"
            "setup.seed=1"
            "setup.threads=2"
            "setup.device=cpu"
        ]

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

        trainer.Begin()
        trainer

    /// A trainer after some updates.
    let start extensions words =
        let trainer = create extensions null words

        while trainer.Learner.Updates < 3L do
            trainer.Advance(ignore, CancellationToken.None)

        trainer

    /// Names of tensors that an update reads; a memory of surgery may begin with infinities, and counts are no tensors.
    let tensors (learner: ILearner) = [
        use _ = TorchSharp.torch.NewDisposeScope()

        for name, x in learner.Named() do
            let numeric = Tensor.scalarType x

            if
                not (name.StartsWith "surgery/" || name.EndsWith "/count")
                && (numeric = ScalarType.Float32 || numeric = ScalarType.Float64)
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

    /// In the short form the first of four kinds or five.
    let chosen names =
        if LongForm.isAsked then
            names
        else
            let kinds = names |> List.distinctBy kind
            let every = max 1 (kinds.Length / 4)

            [
                for i, name in List.indexed kinds do
                    if i % every = 0 then
                        name
            ]

    /// Those of the short form are one of each kind.
    static member Algorithms = [
        for algorithm in SmallTrainers.all do
            let case = TestCaseData algorithm

            if List.contains algorithm [ "TRPO"; "IMPALA"; "MAML-TRPO"; "SAC from images" ] then
                case
            else
                case.SetCategory(LongForm.only)
    ]

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<TestCaseSource("Algorithms")>]
    member _.``in its state stops the update, and is named``(algorithm: string) =
        use trainer = start (Extensions()) (words algorithm "state")
        let names = chosen (tensors trainer.Learner)

        for i, name in List.indexed names do
            let infinite = if i % 2 = 0 then infinity else -infinity

            let tried =
                if LongForm.isAsked then [ nan; infinite ]
                elif i % 3 = 0 then [ nan ]
                else [ infinite ]

            for number in tried do
                Refusal.ofState trainer name (int64 i) number ignore

        Assert.That(Refusal.next trainer, Is.Empty)
        LongForm.report $"{algorithm}: numbers in {names.Length} tensors of the state, all refused"

    /// The layer is the identity, and its gradient is no number while it is broken.
    [<TestCase("TRPO", "none")>]
    [<TestCase("TRPO", "pcgrad")>]
    [<TestCase("IMPALA", "none")>]
    member _.``in a gradient stops the update, and the parameter is named``
        (algorithm: string, surgery: string)
        =
        let broken = BrokenGradient()

        let words =
            words algorithm "gradient"
            @ [
                "agent.multitask.model=own/broken"
                if surgery <> "none" then
                    $"agent.surgery.method={surgery}"
            ]

        use trainer = start broken.Extensions words
        let cases = LongForm.count 1 20

        for _ in 1..cases do
            Refusal.ofGradient broken trainer "(policy|value)/.* is NaN at .* after the update"

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

    /// A finite reward whose square is not. RL² observes it; MAML-TRPO has no such loss.
    [<TestCase("PPO"); TestCase("TRPO"); TestCase("IMPALA"); TestCase("RL²")>]
    member _.``in a loss stops the update``(algorithm: string) =
        let family = FamilyOf(fun _ _ -> new BrokenFamily(1e30, 0f))
        let words = words algorithm "loss" @ [ "env.tasks=[reach-v3]" ]
        use trainer = create (Extensions()) family words
        let before = Refusal.bits trainer.Learner
        let message = Refusal.next trainer

        Assert.That(
            message,
            Does.Match "(_loss is (∞|Infinity|NaN)|statistics/(obs|return)/variance)"
        )

        Assert.That(Refusal.bits trainer.Learner, Is.EqualTo(box before))

    /// The run ends with its last checkpoint, and goes on from there as if nothing had happened; `NonFiniteTests` has SAC.
    [<TestCase("TRPO"); TestCase("IMPALA"); Category(LongForm.only)>]
    member _.``reaches no checkpoint``(algorithm: string) =
        let broken = BrokenGradient()
        let extensions = broken.Extensions

        let experiment name =
            let words = words algorithm name @ [ "agent.multitask.model=own/broken" ]
            let length = (ExperimentBuilder.Resolve(extensions, words)).Schedule.NumTrainSteps

            ExperimentBuilder.Resolve(
                extensions,
                words
                @ [ $"experiment.save_freq={length}"; $"experiment.num_train_steps={3 * length}" ]
            )

        let start name =
            TrainingRun.Start(experiment $"{algorithm}-{name}", extensions)

        let whole =
            use run = start "whole"
            run.Run() |> ignore
            SmallRun.result run.Folder.Path

        let passes = broken.Passes
        broken.From <- broken.Passes + passes / 2

        let path, message =
            use run = start "broken"
            run.Folder.Path, Refusal.message (fun () -> run.Run() |> ignore)

        Assert.That(message, Does.Contain " is NaN at ")
        broken.From <- Int32.MaxValue
        let checkpoints = (RunFolder path).Checkpoints
        Assert.That(checkpoints.Steps(), Is.Not.Empty)

        for step in checkpoints.Steps() do
            use _ = TorchSharp.torch.NewDisposeScope()

            use saved =
                SafetensorsFile.Open(Path.Combine(checkpoints.FolderOf step, "agent.safetensors"))

            Assert.That(
                MtrlFunctional.Algorithms.NonFinite.sumsAreFinite (TensorFiles.All(saved).Values)
            )

        use resumed = TrainingRun.Resume(path, extensions)
        resumed.Run() |> ignore
        resumed.Dispose()
        Assert.That(SmallRun.result path, Is.EqualTo whole)
