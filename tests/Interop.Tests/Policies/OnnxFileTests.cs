using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.FSharp.Collections;
using MtrlFunctional.Environments;
using MtrlFunctional.Networks;
using MtrlFunctional.Policies;
using MtrlFunctional.Tests.Storage;
using NUnit.Framework;
using Layer = MtrlFunctional.Networks.RowLayer;

namespace MtrlFunctional.Tests.Policies;

/// <summary>ONNX files of policies are valid and compute what the steps compute; so does the guide's reader of
/// safetensors.</summary>
[TestFixture]
public class OnnxFileTests
{
    private const int Rows = 1_000;
    private const int Tasks = 3;
    private const int Observation = 7;
    private const string Python = "/usr/bin/python3";

    /// <summary>Every kind of layer.</summary>
    private static readonly Dictionary<string, RowStep[]> Policies = new()
    {
        ["shared"] = Chain(
            Layer.NewAppendTask(OfTasks([3], 3)), Dense(10, 16), Layer.NewActivate(Activation.Relu), Dense(16, 8), Layer.NewKeep(4),
            Layer.NewActivate(Activation.Tanh)),
        ["of each task"] = Chain(
            Dense(Observation, 16), Layer.NewActivate(Activation.Tanh), Dense(16, 16, Tasks), Layer.NewActivate(Activation.Relu),
            Dense(16, 4, Tasks), Layer.Limit),
        ["scaled"] = Chain(Scaled(1), Dense(Observation, 4), Layer.Limit),
        ["scaled for each task"] = Chain(Scaled(Tasks), Dense(Observation, 4), Layer.Limit),
        ["partly scaled"] = Chain(
            Layer.NewAppendTask(OfTasks([2], 3)), Scaled(1), Dense(Observation + 2, 4), Layer.Limit),
        ["numbers of all tasks"] = Chain(
            Layer.NewAppendTask(Numbers([2], 1, 3)), Layer.NewScaleTask(Numbers([9], 1, 4), Numbers([], 1, 5)), Dense(9, 12),
            Layer.NewBlend(Numbers([3], 1, 6))),
        ["modulated"] = Chain(
            Dense(Observation, 16), Layer.NewScaleTask(OfTasks([], 4), OfTasks([16], 5)),
            Layer.NewNormalise(Numbers([16], 1, 6), OfTasks([16], 7)), Dense(16, 4)),
        ["choices"] = Chain(Dense(Observation, 4), Layer.Choose),
        ["routed"] =
        [
            .. Chain(Dense(Observation, 9), Layer.NewSoftmax(3)), new(Dense(Observation, 6), Of(3)), new(Layer.NewProduct(3), Of(2, 1)),
            .. Chain(Dense(6, 4)),
        ],
        ["orthonormal"] = Chain(
            Dense(Observation, 24), Layer.NewOrthonormalise(3), Layer.NewBlend(OfTasks([3], 6)), Layer.NewKeep(4)),
        ["branches"] =
        [
            .. Chain(Dense(Observation, 4)), new(Dense(Observation, 4), Of(2)), new(Layer.NewSum([1, 0.5f]), Of(1, 2)),
            new(Layer.Join, Of(1, 3, 4)), .. Chain(Dense(15, 4)),
        ],
        ["convolved"] = Chain(
            Dense(Observation, 2 * 9 * 9), Filters(9, 2, 2, 3, 5), Filters(4, 1, 3, 4, 1), Dense(4 * 2 * 2, 4)),
    };

    [Test]
    public void FilesPassTheCheckerAndComputeTheActions()
    {
        if (!File.Exists(Python) || Run("-c", "import onnx, numpy").Exit != 0)
            Assert.Ignore($"needs {Python} with the packages onnx and numpy (python3-onnx)");
        using var folder = new TemporaryFolder();
        foreach (var (name, steps) in Policies)
        {
            OnnxFile.Write(FileOf(folder, name, "onnx"), Policy(steps));
            File.WriteAllBytes(FileOf(folder, name, "observations"), MemoryMarshal.AsBytes<float>(Observations));
            File.WriteAllBytes(FileOf(folder, name, "tasks"), MemoryMarshal.AsBytes<long>(TaskOfRow));
        }

        var (exit, error) = Run(Path.Combine(TestContext.CurrentContext.TestDirectory, "evaluate_onnx.py"), folder.Path);
        Assert.That(exit, Is.Zero, error);
        foreach (var (name, steps) in Policies)
        {
            var actions = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(FileOf(folder, name, "actions"))).ToArray();
            Assert.That(actions, Is.EqualTo(Expected(steps)).Within(1e-5f), name);
            Assert.That(actions.Distinct().Count(), Is.GreaterThan(1), name);
        }
    }

    [Test]
    public void TheGuidesReaderComputesTheActions()
    {
        if (!File.Exists(Python) || Run("-c", "import numpy").Exit != 0)
            Assert.Ignore($"needs {Python} with the package numpy");
        using var folder = new TemporaryFolder();
        var root = Path.GetFullPath(Path.Combine(SceneLibrary.FindFolder(), "..", ".."));
        var guide = File.ReadAllText(Path.Combine(root, "docs", "guides", "using-a-policy.md"));
        File.WriteAllText(Path.Combine(folder.Path, "act.py"), guide.Split("```python\n")[1].Split("```")[0]);
        File.WriteAllBytes(Path.Combine(folder.Path, "observations"), MemoryMarshal.AsBytes<float>(Observations));
        foreach (var (name, steps) in Policies)
            PolicyFile.Write(FileOf(folder, name, "safetensors"), Policy(steps));
        const string Script = """
            import pathlib, sys
            import numpy as np
            sys.path.insert(0, sys.argv[1])
            import act
            observations = np.fromfile(pathlib.Path(sys.argv[1], "observations"), "<f4").reshape(-1, 7)[:30]
            for file in pathlib.Path(sys.argv[1]).glob("*.safetensors"):
                tasks, layers, tensors = act.load(file)
                actions = [act.act(layers, tensors, row, i % len(tasks)) for i, row in enumerate(observations)]
                np.array(actions, "<f4").tofile(file.with_suffix(".actions"))
            """;
        var (exit, error) = Run("-c", Script, folder.Path);
        Assert.That(exit, Is.Zero, error);
        foreach (var (name, steps) in Policies)
        {
            var actions = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(FileOf(folder, name, "actions"))).ToArray();
            Assert.That(actions, Has.Length.EqualTo(30 * 4));
            Assert.That(actions, Is.EqualTo(Expected(steps)[..actions.Length]).Within(1e-5f), name);
        }
    }

    private static float[] Observations { get; } = Numbers(Rows * Observation, 8);

    private static long[] TaskOfRow { get; } = [.. Enumerable.Range(0, Rows).Select(row => row % (long)Tasks)];

    private static string FileOf(TemporaryFolder folder, string name, string kind) =>
        Path.Combine(folder.Path, $"{name}.{kind}");

    private static PolicyData Policy(RowStep[] steps) =>
        new(["a", "b", "c"], Observation, 4, ListModule.OfArray(steps), "", 0);

    private static float[] Expected(RowStep[] steps)
    {
        Assert.That(RowStepCheck.Outputs(steps, Observation, Tasks), Is.EqualTo((4, (string?)null)));
        var network = new RowNetwork(ListModule.OfArray(steps), Observation);
        var actions = new float[Rows * 4];
        for (var row = 0; row < Rows; row++)
            network.Run(Observations.AsSpan(row * Observation, Observation), (int)TaskOfRow[row], actions.AsSpan(row * 4, 4));
        return actions;
    }

    private static RowStep[] Chain(params Layer[] layers) => [.. layers.Select(RowStep.Next)];

    private static FSharpList<int> Of(params int[] back) => ListModule.OfArray(back);

    private static Layer Dense(int inputs, int units, int sets = 1) =>
        Layer.NewDense(new DenseRows(Numbers([inputs, units], sets, inputs), Numbers([units], sets, units)));

    private static Layer Filters(int side, int stride, int channels, int filters, float divisor) => Layer.NewConvolve(
        new ConvolutionRows(side, stride, divisor, Numbers([filters, channels, 3, 3], 1, channels), Numbers([filters], 1, 4)));

    private static Layer Scaled(int sets)
    {
        var deviation = Numbers([Observation], sets, 2);
        foreach (ref var x in deviation.Values.AsSpan())
            x = 0.2f + MathF.Abs(x);
        return Layer.NewStandardise(Numbers([Observation], sets, 1), deviation, 1.5f);
    }

    private static RowNumbers OfTasks(int[] shape, int seed) => Numbers(shape, Tasks, seed);

    private static RowNumbers Numbers(int[] shape, int sets, int seed) =>
        new(ListModule.OfArray(shape), sets, Numbers(sets * shape.Aggregate(1, (x, y) => x * y), seed));

    private static float[] Numbers(int count, int seed) =>
        [.. Enumerable.Range(1, count).Select(i => MathF.Sin((i * 1.7f) + (seed * i * 0.013f) + seed))];

    private static (int Exit, string Error) Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Python, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }
}
