using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.FSharp.Collections;
using MtrlFunctional.Networks;
using MtrlFunctional.Policies;
using MtrlFunctional.Tests.Storage;
using NUnit.Framework;
using Layer = MtrlFunctional.Networks.RowLayer;

namespace MtrlFunctional.Tests.Policies;

/// <summary>ONNX files of policies are valid and compute what the layers compute.</summary>
[TestFixture]
public class OnnxFileTests
{
    private const int Rows = 1_000;
    private const int Tasks = 3;
    private const int Observation = 7;
    private const string Python = "/usr/bin/python3";

    /// <summary>Every kind of layer.</summary>
    private static readonly Dictionary<string, Layer[]> Policies = new()
    {
        ["shared"] =
        [
            Layer.NewAppendTask(Tasks, [1, 0, 0, 0, 1, 0, 0, 0, 1]), Dense(10, 16), Layer.NewActivate(Activation.Relu),
            Dense(16, 8), Layer.NewKeep(4), Layer.NewActivate(Activation.Tanh),
        ],
        ["of each task"] =
        [
            Dense(Observation, 16), Layer.NewActivate(Activation.Tanh), Dense(16, 16, Tasks), Layer.NewActivate(Activation.Relu),
            Dense(16, 4, Tasks), Layer.Limit,
        ],
        ["scaled"] =
        [
            Layer.NewStandardise(Numbers(Observation, 1), [.. Numbers(Observation, 2).Select(x => 0.2f + MathF.Abs(x))], 1.5f),
            Dense(Observation, 4), Layer.Limit,
        ],
        ["partly scaled"] =
        [
            Layer.NewAppendTask(2, Numbers(2 * Tasks, 3)),
            Layer.NewStandardise(Numbers(Observation, 1), [.. Numbers(Observation, 2).Select(x => 0.2f + MathF.Abs(x))], 1.5f),
            Dense(Observation + 2, 4), Layer.Limit,
        ],
        ["rounded"] = [Dense(Observation, 16), Layer.NewActivate(Activation.Relu), Dense(16, 4, sets: 1, isRounded: true)],
        ["modulated"] =
        [
            Dense(Observation, 16), Layer.NewScaleTask(Numbers(Tasks, 4), Numbers(Tasks, 5)),
            Layer.NewNormalise(Numbers(16, 6), Numbers(16, 7)), Dense(16, 4),
        ],
        ["choices"] = [Dense(Observation, 4), Layer.Choose],
    };

    [Test]
    public void FilesPassTheCheckerAndComputeTheActions()
    {
        if (!File.Exists(Python) || Run("-c", "import onnx, numpy").Exit != 0)
            Assert.Ignore($"needs {Python} with the packages onnx and numpy (python3-onnx)");
        using var folder = new TemporaryFolder();
        foreach (var (name, layers) in Policies)
        {
            OnnxFile.Write(FileOf(folder, name, "onnx"), Policy(layers));
            File.WriteAllBytes(FileOf(folder, name, "observations"), MemoryMarshal.AsBytes<float>(Observations));
            File.WriteAllBytes(FileOf(folder, name, "tasks"), MemoryMarshal.AsBytes<long>(TaskOfRow));
        }

        var (exit, error) = Run(Path.Combine(TestContext.CurrentContext.TestDirectory, "evaluate_onnx.py"), folder.Path);
        Assert.That(exit, Is.Zero, error);
        foreach (var (name, layers) in Policies)
        {
            var actions = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(FileOf(folder, name, "actions"))).ToArray();
            Assert.That(actions, Is.EqualTo(Expected(layers)).Within(1e-5f), name);
            Assert.That(actions.Distinct().Count(), Is.GreaterThan(1), name);
        }
    }

    private static float[] Observations { get; } = Numbers(Rows * Observation, 8);

    private static long[] TaskOfRow { get; } = [.. Enumerable.Range(0, Rows).Select(row => row % (long)Tasks)];

    private static string FileOf(TemporaryFolder folder, string name, string kind) =>
        Path.Combine(folder.Path, $"{name}.{kind}");

    private static PolicyData Policy(Layer[] layers) =>
        new(["a", "b", "c"], Observation, 4, ListModule.OfArray(layers), "", 0);

    private static float[] Expected(Layer[] layers)
    {
        var network = new RowNetwork(ListModule.OfArray(layers), Observation);
        var actions = new float[Rows * 4];
        for (var row = 0; row < Rows; row++)
            network.Run(Observations.AsSpan(row * Observation, Observation), (int)TaskOfRow[row], actions.AsSpan(row * 4, 4));
        return actions;
    }

    private static Layer Dense(int inputs, int units, int sets = 1, bool isRounded = false)
    {
        var weight = Numbers(sets * inputs * units, inputs);

        // bfloat16 has the upper two bytes of a float.
        if (isRounded)
            weight = [.. weight.Select(x => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(x) & 0xFFFF0000))];
        return Layer.NewDense(new DenseRows(inputs, units, weight, Numbers(sets * units, units), isRounded));
    }

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
