using MtrlFunctional.Agents;
using MtrlFunctional.Policies;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>Policies of other programs: their parameters as a safetensors file with the names of PyTorch's
/// <c>state_dict</c>.</summary>
public static class PolicyImport
{
    /// <summary>Writes the policy of a dictionary of parameters as a file for <see cref="Policy.Load"/>.</summary>
    /// <param name="source">The safetensors file with the parameters.</param>
    /// <param name="names">Whose names it has.</param>
    /// <param name="experiment">With the tasks and the networks of the policy.</param>
    /// <param name="target">The file to write; replaced as a whole.</param>
    /// <param name="prefix">Begin of all names in the file, such as "init/param/".</param>
    /// <param name="licence">The licence of the numbers.</param>
    /// <param name="extensions">The parts that the experiment names; null: only the library's.</param>
    /// <exception cref="MtrlException">A parameter is missing, has another shape or numbers that are not finite, the networks cannot be
    /// expressed as layers, or the target is the source.</exception>
    public static void Convert(
        string source, StateNames names, Experiment experiment, string target, string prefix = "", string licence = "not stated",
        Extensions? extensions = null)
    {
        if (Path.GetFullPath(source) == Path.GetFullPath(target))
            throw new MtrlException($"{target}: the policy would replace the parameters that it is read from. Name another file.");
        extensions ??= Extensions.None;
        using var file = SafetensorsFile.Open(source);
        using var environments = ExperimentEnvironments.Create(experiment, evaluate: true, threads: 1, extensions);
        using var learner = Learner.Create(experiment, environments.Spec, threads: 1, extensions);
        using var scope = torch.NewDisposeScope();
        Load(file, names, prefix, experiment.Agent.Multitask.TaskEncoder.IsTheta, learner);
        var layers = learner.RowLayers(environments.ObservationSize);
        if (layers.IsError)
            throw new MtrlException($"{source}: its policy has no form in ONNX: it has {layers.ErrorValue}.");
        PolicyFile.Write(
            target,
            PolicyFile.Of(layers.ResultValue, environments, environments.TaskNames, ExperimentModule.RenderPortable(experiment), step: 0)
                with
            { Licence = licence });
    }

    private static void Load(SafetensorsFile file, StateNames names, string prefix, bool isTheta, ILearner learner)
    {
        var named = learner.Named().ToDictionary(tensor => tensor.Item1, tensor => tensor.Item2);
        var shapes = ListModule.OfSeq(named.Select(tensor => Tuple.Create(tensor.Key, ListModule.OfSeq(tensor.Value.shape))));
        var parameters = StateDictionary.Parameters(names, isTheta, shapes).ToDictionary(parameter => parameter.Name);
        if (parameters.Count == 0)
            throw new MtrlException($"{file.Path}: the agent of this experiment has no parameters with names of this program.");
        if (parameters.Keys.All(file.Contains))
            throw new MtrlException(
                $"{file.Path}: has the names of this program's checkpoints, of which nothing is to import. "
                + $"{Shell.Command(["mtrl", "export", "RUN", "--onnx", "FILE"])} writes the policy of a run.");
        var faults = parameters.Values.Select(parameter => Fault(file, prefix, parameter)).OfType<string>().ToList();
        if (faults.Count > 0)
            throw new MtrlException(
                $"{file.Path}: does not fit the networks of the experiment. {string.Join(" ", faults.Take(3))}"
                + (faults.Count > 3 ? $" {faults.Count - 3} more." : "")
                + Prefixed(file, prefix, parameters.Values.First().Recorded));

        learner.RestoreOwn(
            name =>
            {
                if (!named.TryGetValue(name, out var tensor) || !parameters.TryGetValue(name, out var parameter))
                    return tensor;
                float[] numbers = [.. file.ReadDoubles(prefix + parameter.Recorded).Select(number => (float)number)];
                return TensorMemory.FromFloats(StateDictionary.Ordered(parameter, numbers), [.. parameter.Shape]);
            },
            updates: 0);
    }

    /// <summary>Advice where names in the file begin otherwise.</summary>
    private static string Prefixed(SafetensorsFile file, string prefix, string recorded) =>
        file.Names.FirstOrDefault(name => name.EndsWith(recorded, StringComparison.Ordinal)) is { } found
            && found[..^recorded.Length] is var other && other != prefix
            ? $" Names in the file begin with '{other}', which {Shell.Command(["--prefix", other])} says."
            : "";

    private static string? Fault(SafetensorsFile file, string prefix, ImportedParameter parameter)
    {
        var name = prefix + parameter.Recorded;
        if (!file.Contains(name))
            return $"{name}: missing.{Nearest.Hint(file.Names, name)}";
        var (recorded, needed) = (file.Tensor(name), StateDictionary.RecordedShape(parameter));

        // Sizes of 1 are dimensions that a program may leave out.
        if (!recorded.Shape.Where(size => size != 1).SequenceEqual(needed.Where(size => size != 1)))
            return $"{name} is [{string.Join("; ", recorded.Shape)}]; with its tasks and networks, the experiment needs "
                + $"[{string.Join("; ", needed)}].";
        if (!recorded.Type.IsFloatingPoint())
            return $"{name} has whole numbers ({recorded.Type}); weights are F64, F32, F16 or BF16.";
        return file.ReadDoubles(name).All(number => float.IsFinite((float)number)) ? null : $"{name} has numbers that are not finite.";
    }
}
