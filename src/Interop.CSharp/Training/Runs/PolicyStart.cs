using MtrlFunctional.Policies;
using Onnx;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>Starts a learner with the parameters of a trained policy.</summary>
/// <remarks>A policy is a graph with constants, a learner has tensors by name. A second learner identifies them: its tensors hold
/// their own index, then the position of each number, as the bits of a float, and so do the constants of its graph. Critics, value functions,
/// temperatures and the standard deviation of on-policy agents start as in any run.</remarks>
internal sealed class PolicyStart
{
    private const string CriticPrefix = "critic/";
    private const string TargetPrefix = "critic_target/";
    private const string Statistics = "statistics/obs/";

    private readonly string _source;
    private readonly (string Name, Tensor Tensor)[] _named;
    private readonly Dictionary<string, float[]> _changed = [];

    private PolicyStart(string source, ILearner learner) =>
        (_source, _named) = (source, [.. learner.Named().Select(named => (named.Item1, named.Item2))]);

    /// <summary>The command that starts a run with the configuration and the parameters of a policy, for messages.</summary>
    internal static string Command(string source, params string[] words) =>
        Shell.Command(["mtrl", "resume", "--from", source, "setup.name=NAME", .. words]);

    /// <summary>Rejects an experiment whose <c>agent.start</c> names no policy, before a folder is made for its run.</summary>
    /// <exception cref="MtrlException">No such policy, or it cannot be read.</exception>
    internal static void RequireSource(Experiment experiment, Extensions extensions)
    {
        if (OptionModule.ToObj(experiment.Agent.Start) is { } source)
            Policy.Load(source, step: null, extensions).Dispose();
    }

    /// <summary>Loads the policy of <c>agent.start</c>, if there is one, into the learner of a new run, which is in the initial
    /// state.</summary>
    /// <exception cref="MtrlException">No such policy, or it does not fit the experiment.</exception>
    internal static void Apply(
        Experiment experiment, VectorEnvironment environments, ILearner learner, Extensions extensions, Action<string>? notice)
    {
        if (OptionModule.ToObj(experiment.Agent.Start) is not { } source)
            return;
        using var policy = Policy.Load(source, step: null, extensions, notice);
        using var scope = torch.NewDisposeScope();
        var start = new PolicyStart(source, learner);
        if (policy.Reason is { } reason)
            throw start.Unfit($"it has no form in ONNX, by which layers are compared: it has {reason}");
        var tasks = environments.TaskNames.Distinct().ToList();
        if (!policy.Tasks.SequenceEqual(tasks))
            throw start.Unfit(
                $"its tasks are {string.Join(", ", policy.Tasks)}; this experiment's tasks are {string.Join(", ", tasks)}");
        if ((policy.ObservationSize, policy.ActionSize) != (environments.ObservationSize, environments.ActionSize))
            throw start.Unfit(
                $"it maps {policy.ObservationSize} to {policy.ActionSize} numbers, the environments have {environments.ObservationSize} and {environments.ActionSize}");
        using var probe = Learner.Create(experiment, environments.Spec, threads: 1, extensions, isExact: true);
        start.Apply(probe, learner, policy.Data);
    }

    private void Apply(ILearner probe, ILearner learner, PolicyData policy)
    {
        GraphProto GraphOf(Func<int, int, float[]> numbers)
        {
            Restore(probe, numbers);
            var steps = probe.RowLayers(policy.ObservationSize);
            return steps.IsOk
                ? PolicyGraph.Of(steps.ResultValue, policy.ObservationSize, policy.ActionSize)
                : throw Unfit($"the actor of this experiment has {steps.ErrorValue}");
        }

        var graph = PolicyFile.GraphOf(_source, policy);
        var tensors = GraphOf((tensor, count) => [.. Enumerable.Repeat((float)tensor, count)]);
        var positions = GraphOf((_, count) => [.. Enumerable.Range(0, count).Select(BitConverter.Int32BitsToSingle)]);
        RequireSame(tensors, graph);
        foreach (var ((tensor, position), given) in Constants(tensors).Zip(Constants(positions)).Zip(Constants(graph)))
        {
            // Numbers that no parameter changes: a task's one-hot id.
            if (tensor.RawData != position.RawData)
                Set(PolicyGraph.Floats(tensor), PolicyGraph.Floats(position), PolicyGraph.Floats(given));
            else if (tensor.RawData != given.RawData)
                throw Computed();
        }

        if (Moments.Of(graph) is not null)
            SetStatistics(policy, graph);

        // Parameters from which constants are computed have no single position in them.
        float[] Started(int tensor, int count) =>
            _changed.GetValueOrDefault(_named[tensor].Name) ?? Numbers(_named[tensor].Tensor);
        if (!Constants(GraphOf(Started)).Zip(Constants(graph)).All(pair => pair.First.RawData == pair.Second.RawData))
            throw Computed();
        Restore(learner, Started);
    }

    /// <summary>The numbers of layers, without statistics of observations, which are rounded when set.</summary>
    private static IEnumerable<TensorProto> Constants(GraphProto graph) =>
        graph.Initializer.Where(constant => constant.DataType == (int)TensorProto.Types.DataType.Float && !Moments.Has(constant));

    /// <summary>Requires the layers of a policy, with as many numbers.</summary>
    private void RequireSame(GraphProto actor, GraphProto policy)
    {
        if (!actor.Node.Equals(policy.Node) || !actor.Initializer.Select(one => one.Name).SequenceEqual(policy.Initializer.Select(one => one.Name)))
            throw Unfit(
                $"it has {policy.Node.Count} nodes, the actor of this experiment {actor.Node.Count}. The networks differ: "
                + $"{Command(_source)} starts with the configuration of the policy");
        foreach (var (needed, given) in actor.Initializer.Zip(policy.Initializer))
            if (!needed.Dims.Equals(given.Dims))
                throw Unfit(
                    $"'{given.Name}' is [{string.Join("; ", given.Dims)}], where the actor of this experiment has [{string.Join("; ", needed.Dims)}]. "
                    + "'mtrl config' shows agent.actor.*");
    }

    private void Set(float[] tensors, float[] positions, float[] given)
    {
        for (var i = 0; i < given.Length; i++)
        {
            if (!(tensors[i] >= 0 && tensors[i] < _named.Length))
                throw Computed();
            var (name, position) = (_named[(int)tensors[i]].Name, BitConverter.SingleToInt32Bits(positions[i]));
            if (position < 0 || position >= Changed(name).Length)
                throw Computed();
            Changed(name)[position] = given[i];

            // An encoder that actor and critics share is the critics'; their targets start as copies.
            if (name.StartsWith(CriticPrefix, StringComparison.Ordinal))
                Changed(TargetPrefix + name[CriticPrefix.Length..])[position] = given[i];
        }
    }

    private void SetStatistics(PolicyData policy, GraphProto graph)
    {
        TensorProto Constant(string part) => graph.Initializer.Single(constant => Moments.IsNamed(constant, part));
        var (mean, deviation) = (Constant(Moments.Mean), Constant(Moments.Deviation));
        var sets = mean.Dims.Count < 2 ? 1 : (int)mean.Dims[0];
        for (var task = 0; task < sets; task++)
        {
            // Each of several sets belongs to the task's own agent, or is a row of the only agent's set.
            var own = $"task/{task}/{Statistics}";
            var isOwn = _named.Any(named => named.Name == own + "mean");
            var statistics = isOwn ? own : Statistics;
            Set(Changed(statistics + "mean"), mean, number => number);
            Set(Changed(statistics + "variance"), deviation, number => number * number);
            Changed(statistics + "count")[0] = Math.Max(1, policy.Step) * policy.Tasks.Count / sets;

            void Set(float[] all, TensorProto constant, Func<float, float> change)
            {
                var numbers = PolicyGraph.Floats(constant);
                var (count, first) = (numbers.Length / sets, isOwn ? 0 : task * (all.Length / sets));
                for (var i = 0; i < count; i++)
                    all[first + i] = change(numbers[(task * count) + i]);
            }
        }
    }

    private float[] Changed(string name)
    {
        if (!_changed.TryGetValue(name, out var numbers))
            _changed[name] = numbers = Numbers(_named.Single(named => named.Name == name).Tensor);
        return numbers;
    }

    private void Restore(ILearner learner, Func<int, int, float[]> numbers)
    {
        var indices = _named.Index().ToDictionary(named => named.Item.Name, named => named.Index);
        learner.RestoreOwn(
            name => !indices.TryGetValue(name, out var i) ? null
                : _named[i].Tensor is { dtype: not (ScalarType.Float32 or ScalarType.Float64) } counts ? counts
                : TensorMemory.FromFloats(numbers(i, (int)_named[i].Tensor.numel()), _named[i].Tensor.shape),
            updates: 0);
    }

    private static float[] Numbers(Tensor tensor) => tensor.contiguous().ToFloats();

    private MtrlException Computed() => Unfit(
        "constants of its graph are computed from other parameters (a task encoder, experts, task layers), which policies do not hold");

    private MtrlException Unfit(string why) => new($"agent.start={_source}: {why}.");
}
