using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using MtrlFunctional.Environments;
using MtrlFunctional.Experiments;
using MtrlFunctional.Networks;
using MtrlFunctional.Policies;
using MtrlFunctional.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Layer = MtrlFunctional.Networks.RowLayer;

namespace MtrlFunctional.Training;

/// <summary>Starts a learner with the parameters of a trained policy.</summary>
/// <remarks>
/// A policy has numbers of layers, a learner has tensors by name. A second learner identifies them: its tensors
/// hold their own index, then the place of each number, and so do the layers that are made of them. Critics, value
/// functions, temperatures and the standard deviation of on-policy agents start as in any run.
/// </remarks>
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
    /// <param name="source">The folder of the policy's run or checkpoint, or its file.</param>
    internal static string Command(string source) => Shell.Command(["mtrl", "resume", "--from", source, "setup.name=NAME"]);

    /// <summary>Rejects an experiment whose <c>agent.start</c> names no policy, before a folder is made for its run.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="extensions">Parts that the policy may need.</param>
    /// <exception cref="MtrlException">No such policy, or it cannot be read.</exception>
    internal static void RequireSource(Experiment experiment, Extensions extensions)
    {
        if (OptionModule.ToObj(experiment.Agent.Start) is { } source)
            Policy.Load(source, step: null, extensions).Dispose();
    }

    /// <summary>Loads the policy of <c>agent.start</c>, if there is one, into the learner of a new run.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="environments">The environments of the evaluation.</param>
    /// <param name="learner">Its learner, in the initial state.</param>
    /// <param name="extensions">Parts that the experiment may name; null: only the library's.</param>
    /// <exception cref="MtrlException">No such policy, or it does not fit the experiment.</exception>
    internal static void Apply(
        Experiment experiment, VectorEnvironment environments, ILearner learner, Extensions? extensions = null)
    {
        if (OptionModule.ToObj(experiment.Agent.Start) is not { } source)
            return;
        extensions ??= Extensions.None;
        using var policy = Policy.Load(source, step: null, extensions);
        using var scope = torch.NewDisposeScope();
        var start = new PolicyStart(source, learner);
        var tasks = environments.TaskNames.Distinct().ToList();
        if (!policy.Tasks.SequenceEqual(tasks))
            throw start.Unfit(
                $"its tasks are {string.Join(", ", policy.Tasks)}; those of this experiment are {string.Join(", ", tasks)}");
        if ((policy.ObservationSize, policy.ActionSize) != (environments.ObservationSize, environments.ActionSize))
            throw start.Unfit(
                $"it maps {policy.ObservationSize} to {policy.ActionSize} numbers, the environments have {environments.ObservationSize} and {environments.ActionSize}");
        using var probe = Learner.CreateExact(experiment, environments.Spec, extensions.Agent);
        start.Apply(probe, learner, policy.Data);
    }

    private void Apply(ILearner probe, ILearner learner, PolicyData policy)
    {
        FSharpList<RowStep> StepsOf(Func<int, int, float[]> numbers)
        {
            Restore(probe, numbers);
            var steps = probe.RowLayers(policy.ObservationSize);
            return steps.IsOk ? steps.ResultValue : throw Unfit($"the actor of this experiment has {steps.ErrorValue}");
        }

        var tensors = StepsOf((tensor, count) => [.. Enumerable.Repeat((float)tensor, count)]);
        var places = StepsOf((_, count) => [.. Enumerable.Range(0, count).Select(place => (float)place)]);
        if (tensors.Length != policy.Steps.Length)
            throw Unfit(
                $"it has {policy.Steps.Length} steps, the actor of this experiment {tensors.Length}. The networks differ: "
                + $"{Command(_source)} starts with the configuration of the policy");
        foreach (var (i, ((tensor, place), given)) in tensors.Zip(places).Zip(policy.Steps).Index())
            Set(i, tensor, place, given, policy);

        // Parameters from which layers are computed have no single place in them.
        float[] Started(int tensor, int count) =>
            _changed.GetValueOrDefault(_named[tensor].Name) ?? Numbers(_named[tensor].Tensor);
        if (!StepsOf(Started).Zip(policy.Steps).All(pair => IsSame(pair.First.Layer, pair.Second.Layer)))
            throw Computed();
        Restore(learner, Started);
    }

    /// <summary>Whether two layers of a kind have the same numbers; statistics are rounded when they are set.</summary>
    private static bool IsSame(Layer made, Layer given) => made switch
    {
        Layer.Standardise => true,
        Layer.Sum => made.Equals(given),
        _ => RowLayerModule.Numbers(made).Zip(RowLayerModule.Numbers(given)).All(pair => IsSame(pair.First, pair.Second)),
    };

    /// <summary>
    /// Whether numbers are the same for each task: a file has a set for each task even if the network has one for all.
    /// </summary>
    private static bool IsSame(RowNumbers made, RowNumbers given) =>
        made.Shape.Equals(given.Shape)
        && Enumerable.Range(0, Math.Max(made.Sets, given.Sets)).All(task => made.Of(task).SequenceEqual(given.Of(task)));

    /// <summary>Sets the parameters of layer <paramref name="i"/>.</summary>
    private void Set(int i, RowStep tensor, RowStep place, RowStep given, PolicyData policy)
    {
        var (has, needs) = (Kind(given.Layer), Kind(tensor.Layer));
        if (has != needs || !tensor.Back.Equals(given.Back))
            throw Unfit($"layer {i} is {has}, where the actor of this experiment has {needs}. 'mtrl config' shows agent.actor.*");
        if (given.Layer is Layer.Standardise statistics)
        {
            SetStatistics(statistics, policy);
            return;
        }

        foreach (var ((t, p), g) in RowLayerModule.Numbers(tensor.Layer).Zip(RowLayerModule.Numbers(place.Layer)).Zip(RowLayerModule.Numbers(given.Layer)))
        {
            // Numbers that no parameter changes: a task's one-hot id.
            if (!t.Equals(p))
                Set(t.Values, p.Values, g.Values);
            else if (!IsSame(t, g))
                throw Computed();
        }
    }

    private void Set(float[] tensors, float[] places, float[] given)
    {
        for (var i = 0; i < given.Length; i++)
        {
            if (!(tensors[i] >= 0 && tensors[i] < _named.Length && places[i] >= 0 && places[i] < int.MaxValue))
                throw Computed();
            var name = _named[(int)tensors[i]].Name;
            if ((int)places[i] >= Changed(name).Length)
                throw Computed();
            Changed(name)[(int)places[i]] = given[i];

            // An encoder that actor and critics share is the critics'; their targets start as copies.
            if (name.StartsWith(CriticPrefix, StringComparison.Ordinal))
                Changed(TargetPrefix + name[CriticPrefix.Length..])[(int)places[i]] = given[i];
        }
    }

    private void SetStatistics(Layer.Standardise given, PolicyData policy)
    {
        var sets = given.Mean.Sets;
        for (var task = 0; task < sets; task++)
        {
            // Each of several sets belongs to the task's own agent, or is a row of the only agent's set.
            var own = $"task/{task}/{Statistics}";
            var isOwn = _named.Any(named => named.Name == own + "mean");
            var statistics = isOwn ? own : Statistics;
            Set(Changed(statistics + "mean"), given.Mean, mean => mean);
            Set(Changed(statistics + "variance"), given.Deviation, deviation => deviation * deviation);
            Changed(statistics + "count")[0] = Math.Max(1, policy.Step) * policy.Tasks.Count / sets;

            void Set(float[] all, RowNumbers numbers, Func<float, float> change)
            {
                var first = isOwn ? 0 : task * (all.Length / sets);
                foreach (var (i, number) in numbers.Of(task).ToArray().Index())
                    all[first + i] = change(number);
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
        var places = _named.Index().ToDictionary(named => named.Item.Name, named => named.Index);
        FSharpOption<Tensor>? Find(string name)
        {
            if (!places.TryGetValue(name, out var i))
                return null;
            var tensor = _named[i].Tensor;
            return tensor.dtype is ScalarType.Float32 or ScalarType.Float64
                ? TensorMemory.FromFloats(numbers(i, (int)tensor.numel()), tensor.shape)
                : tensor;
        }

        var faults = learner.Restore(FuncConvert.FromFunc<string, FSharpOption<Tensor>?>(Find), updates: 0);
        if (faults.Count > 0)
            throw new InvalidOperationException(string.Join(" ", faults));
    }

    private static float[] Numbers(Tensor tensor) => tensor.contiguous().ToFloats();

    /// <summary>A layer and its sizes, in words.</summary>
    private static string Kind(Layer layer) => layer switch
    {
        Layer.Dense { Item: var dense } => $"dense, {dense.Inputs} to {dense.Units}{OfTasks(dense.Weight)}",
        Layer.Convolve { Item: var c } => $"a convolution, {c.Channels} to {c.Filters} channels{OfTasks(c.Weight)}",
        Layer.AppendTask { Numbers: var numbers } => $"{numbers.Shape.Head} numbers of the task",
        Layer.Activate activate => activate.Item.IsRelu ? "a ReLU" : "a tanh",
        Layer.Standardise standard => $"a scaling of {standard.Mean.Shape.Head} features{OfTasks(standard.Mean)}",
        Layer.Normalise normal => $"a layer normalisation of {normal.Gain.Shape.Head} features{OfTasks(normal.Gain)}",
        Layer.ScaleTask => "a scale of the task",
        Layer.Blend { Numbers: var numbers } => $"a sum of {numbers.Shape.Head} experts",
        Layer.Orthonormalise { Vectors: var vectors } => $"{vectors} orthonormal experts",
        Layer.Softmax { Size: var size } => $"a softmax of {size} numbers",
        Layer.Sum { Weights: var weights } => $"a sum of {weights.Length} rows",
        { IsJoin: true } => "rows side by side",
        Layer.Product { Inner: var inner } => $"a product over {inner} modules",
        Layer.Keep keep => $"the first {keep.Count} features",
        { IsLimit: true } => "a limit of ±1",
        _ => "a choice",
    };

    private static string OfTasks(RowNumbers numbers) => numbers.Sets > 1 ? ", of each task" : "";

    private MtrlException Computed() => Unfit(
        "layers of the actor are computed from other parameters (a task encoder, experts, task layers), which policies do not hold");

    private MtrlException Unfit(string why) => new($"agent.start={_source}: {why}.");
}
