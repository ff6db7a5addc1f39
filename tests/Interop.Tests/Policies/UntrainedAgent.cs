using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Policies;

/// <summary>The agent of words, before training.</summary>
internal sealed class UntrainedAgent : IDisposable
{
    internal UntrainedAgent(IEnumerable<string> words, Extensions? extensions = null)
    {
        extensions ??= Extensions.None;
        Experiment = ExperimentBuilder.Resolve(extensions, ["setup.seed=1", "setup.threads=1", .. words]);
        Environments = ExperimentEnvironments.Create(Experiment, evaluate: true, 1, Extensions.None);
        Learner = MtrlFunctional.Training.Learner.Create(Experiment, Environments.Spec, 1, extensions);
    }

    internal Experiment Experiment { get; }

    internal VectorEnvironment Environments { get; }

    internal ILearner Learner { get; }

    /// <summary>As one with numbers in all tensors, so that biases and statistics count.</summary>
    internal UntrainedAgent Filled()
    {
        foreach (var (place, (name, tensor)) in Learner.Named().Index())
        {
            if (tensor.dtype != ScalarType.Float32)
                continue;
            var numbers = tensor.Span<float>();
            for (var i = 0; i < numbers.Length; i++)
                numbers[i] = name.Contains("variance") ? 0.5f + MathF.Abs(MathF.Sin(i + place)) : 0.3f * MathF.Sin((i * 0.7f) + place);
        }

        return this;
    }

    internal Policy ToPolicy(string source, bool readings = false) => Policy.Of(
        source, Learner, owned: null, Environments, Environments.TaskNames, Experiment, step: 7, readings);

    /// <summary>The file of its policy.</summary>
    internal string Save(TemporaryFolder folder)
    {
        using var policy = ToPolicy(folder["policy.onnx"]);
        policy.Save(folder["policy.onnx"]);
        return folder["policy.onnx"];
    }

    public void Dispose()
    {
        Learner.Dispose();
        Environments.Dispose();
    }
}
