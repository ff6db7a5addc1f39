namespace MtrlFunctional.Reliability.Tests

open System
open System.IO
open System.Text.Json
open NUnit.Framework
open MtrlFunctional.Experiments
open MtrlFunctional.Storage
open MtrlFunctional.Tensors
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Child

/// Measured numbers by line and name.
type private Numbers = ((int * string) * float) list

/// Runs on a device of which each operation takes its own tensors only, as a GPU does: a tensor that stays in main memory by
/// mistake ends them. It computes on the CPU (`tests/Interop.Child/Gpu`).
[<TestFixture; NonParallelizable>]
type ``a pretended GPU``() =
    let folder = FaultyChild.newFolder "gpu"

    let words algorithm =
        SmallTrainers.words algorithm
        @ [
            "setup.name=run"
            "setup.threads=1"
            "setup.precision=fp64"
            "experiment.eval_freq=20"
            "experiment.num_eval_episodes=1"
        ]

    /// Measured numbers by line and name, without durations.
    let measured place = [
        let run = RunFolder(Path.Combine(place, "run", "seed-1"))

        for number, line in Seq.indexed (File.ReadLines run.MetricsFile) do
            use document = JsonDocument.Parse line

            for entry in document.RootElement.EnumerateObject() do
                if
                    entry.Value.ValueKind = JsonValueKind.Number
                    && not (
                        entry.Name = "duration"
                        || entry.Name = "physics_share"
                        || entry.Name.EndsWith "_seconds"
                    )
                then
                    (number, entry.Name), entry.Value.GetDouble()
    ]

    /// Conjugate gradients amplify rounding where a matrix has fewer rows than parameters: here a discount that is larger by
    /// 2e-16 changes the entropy by 2e-4 on the CPU alone.
    let tolerance algorithm =
        if algorithm = "TRPO" then 1e-2 else 1e-6

    let gpu () = [ "LD_PRELOAD", PreloadedLibrary.gpuOrSkip () ]

    /// Measured numbers of the same run here and on the pretended GPU, and what the program wrote there.
    let train name words =
        let own = Path.Combine(folder, name)
        let here, there = Path.Combine(own, "here"), Path.Combine(own, "there")
        let toy = typeof<ToyTraining>.Assembly.Location

        let code, _, error =
            ChildProcess.execute
                "dotnet"
                ([ toy; "train"; there; "1" ] @ words @ [ "setup.device=cuda:0" ])
                (gpu ())

        Assert.That(code, Is.Zero, error)
        SeededRuns.Train(here, 1, words)
        measured here, measured there, error

    let compare tolerance (expected: Numbers, found: Numbers, _: string) =
        Assert.That((List.map fst found = List.map fst expected))
        Assert.That(expected.Length, Is.GreaterThan 10)

        for (name, expected), (_, found) in List.zip expected found do
            Assert.That(
                found,
                Is.EqualTo(expected).Within(tolerance * (1.0 + abs expected)),
                $"{name}"
            )

    static let small = [ "agent.actor.hidden_dim=8"; "agent.critic.hidden_dim=8" ]

    static let care = [
        "agent.encoder.type_to_select=moe"
        "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention"
        "agent.multitask.should_use_task_encoder=True"
    ]

    /// Networks of soft actor-critic, of several kinds of layers.
    static let networks =
        dict [
            "heads", [ "agent.multitask.should_use_multi_head_policy=True" ]
            "CARE", care
            "PTSL",
            care
            @ [
                "agent.multitask.should_use_pal=True"
                "agent.multitask.pal_cfg.pal_dim=5"
                "agent.multitask.pal_cfg.residual_mode=project"
            ]
            "soft modularization", Presets.softModularization
            "MOORE", Presets.orthogonal 2
            "parameter compositions", Presets.composed
            "hypernetwork", Presets.hypernetwork
            // Their masks and indices come from main memory.
            "spaces",
            [
                "env=mixed"
                "env.tasks=[reach,cartpole-swingup]"
                "agent.multitask.adapter=per_embodiment"
            ]
            "padded spaces", [ "env=mixed"; "env.tasks=[reach,cartpole-swingup]" ]
            "clusters",
            [
                "agent.encoder.type_to_select=moe"
                "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=cluster"
                "agent.multitask.should_use_task_encoder=True"
            ]
            "context",
            [ "agent.context.method=set"; "agent.multitask.should_use_task_encoder=True" ]
        ]

    static member Algorithms = SmallTrainers.all
    static member Networks = networks.Keys

    [<OneTimeSetUp>]
    member _.Require() =
        if Ops.IsCudaAvailable || Environment.GetEnvironmentVariable "LIBTORCH" <> null then
            Assert.Ignore "It is for the system's libtorch, without CUDA."

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<TestCaseSource("Algorithms")>]
    member _.``trains as the CPU does``(algorithm: string) =
        train algorithm (words algorithm) |> compare (tolerance algorithm)

    [<TestCaseSource("Networks")>]
    member _.``launches graphs that compute what the CPU does``(network: string) =
        let expected, found, said = train network (words "SAC" @ networks[network] @ small)
        compare 1e-6 (expected, found, said)

        let graphs =
            Text.RegularExpressions.Regex.Match(said, @"(\d+) graphs, (\d+) launches")

        Assert.That(graphs.Success, said)
        Assert.That(int graphs.Groups[2].Value, Is.GreaterThan 20)

    /// Rows of all tasks alike: batches of many shapes, some of which are captured.
    [<TestCase("behaviour.balanced_batches=True")>]
    [<TestCase("behaviour.balanced_batches=False")>]
    member _.``computes the same bits with graphs and without``(rows: string) =
        let words = words "SAC" @ [ rows; "agent.builder.actor_update_freq=2" ]
        let _, graphs, launched = train $"{rows} graphs" words
        let _, single, said = train $"{rows} single" (words @ [ "setup.cuda_graphs=False" ])
        Assert.That(launched, Does.Contain "graphs")
        Assert.That(said, Does.Not.Contain "graphs")
        Assert.That((graphs = single))

    [<TestCase("mtrl", 1400)>]
    [<TestCase("garage", 900)>]
    [<TestCase("mtrl_pixels", 140)>]
    [<TestCase("surgery", 3000)>]
    member _.``gives the recorded numbers of`` (recordings: string) (atLeast: int) =
        let code, output, error =
            ChildProcess.execute
                "dotnet"
                [
                    ChildProcess.mtrl
                    "verify"
                    Path.Combine(Repository.root, "tests", "golden", recordings)
                    "--device"
                    "cuda:0"
                    "--failures-only"
                ]
                (gpu ())

        Assert.That(code, Is.Zero, output + error)

        let passed =
            Text.RegularExpressions.Regex.Match(output, @"([\d,]+) checks passed, 0 failed")

        let checks = int (passed.Groups[1].Value.Replace(",", ""))
        Assert.That(checks, Is.GreaterThanOrEqualTo atLeast)
