using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>Lets the learner of a policy play and learn from episodes of each task, from one state as often as wanted.</summary>
/// <remarks>The caller disposes it; the policy stays the caller's. Not thread-safe.</remarks>
internal abstract class Adapter : IDisposable
{
    private readonly ILearner _learner;
    private readonly Dictionary<string, Tensor> _start;
    private readonly Dictionary<string, Tensor>? _mask;

    /// <summary>Keeps a copy of the state of a policy.</summary>
    /// <param name="policy">The policy of a run.</param>
    /// <param name="learner">Its learner.</param>
    /// <param name="method">What learns.</param>
    /// <exception cref="MtrlException">The policy has nothing that the method lets learn.</exception>
    private protected Adapter(RunPolicy policy, ILearner learner, AdaptationMethod method)
    {
        (Policy, _learner) = (policy, learner);
        using var scope = torch.NewDisposeScope();
        var mask = method == AdaptationMethod.Finetune ? null : MaskOf(policy, learner, method);
        _mask = method == AdaptationMethod.Theta ? mask : null;
        Restrict();
        _start = learner.Named().ToDictionary(named => named.Item1, named => named.Item2.clone());
        foreach (var tensor in Kept)
            tensor.DetachFromDisposeScope();
    }

    /// <summary>Of a run.</summary>
    private protected RunPolicy Policy { get; }

    private IEnumerable<Tensor> Kept => _start.Values.Concat(_mask?.Values ?? Enumerable.Empty<Tensor>());

    /// <summary>An adapter of a policy, by its kind of agent.</summary>
    /// <param name="policy">The policy of a run; its learner is changed.</param>
    /// <param name="method">What learns.</param>
    /// <exception cref="MtrlException">Its agent does not learn so, or has nothing that the method lets learn.</exception>
    internal static Adapter Of(RunPolicy policy, AdaptationMethod method)
    {
        if (policy.Trained.Agent.Algorithm.Adaptation is not null)
            throw new MtrlException(
                $"{policy.Folder}: agent={policy.Trained.Choices.Agent.Name} learns each goal by its own steps (agent.maml.*) in every evaluation. Leave --adapt and "
                + "--shots out.");
        if (policy.Trained.Agent.Context.Method.IsSet)
            throw new MtrlException(
                $"{policy.Folder}: infers its tasks from transitions, with all networks as they are. Give --adapt context.");
        return policy.Policy switch
        {
            OffPolicyLearner when AgentMemory.TryHistory(policy.Trained.Agent) is not null || policy.Trained.Choices.Agent.Family.ActsInOtherTasks =>
                throw new MtrlException(
                    $"{policy.Folder}: agent={policy.Trained.Choices.Agent.Name} does not learn from some episodes. Soft actor-critic does, "
                    + "alone and with models, and on-policy agents do."),
            ILearner learner when method == AdaptationMethod.Search => new SearchAdapter(policy, learner),
            OnPolicyLearner learner => new OnPolicyAdapter(policy, learner, method),
            OffPolicyLearner learner => new OffPolicyAdapter(policy, learner, method),
            _ => throw new MtrlException($"{policy.Folder}: its agent does not learn from some episodes: leave --adapt out."),
        };
    }

    /// <summary>Returns to the first state, then learns from episodes of each task.</summary>
    /// <param name="shots">Episodes of each task, at least 0.</param>
    /// <param name="families">Makes the environments.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="MtrlException">A number is not finite, or a loss too large.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    internal void Learn(int shots, FamilyOf families, CancellationToken stop)
    {
        _learner.Restore(TaskTransfer.Named(_start.GetValueOrDefault), updates: 0);
        Restrict();
        if (shots > 0)
            LearnFrom(shots, families, stop);
    }

    private void Restrict()
    {
        if (_mask is not null && !_learner.FreezeExcept(TaskTransfer.Named(_mask.GetValueOrDefault)))
            throw new MtrlException(
                $"{Policy.Folder}: --adapt theta needs an agent that learns by steps of Adam alone and has one policy for all tasks "
                + "(agent=mtppo, impala, state_sac and those with models); --adapt finetune works with others, too.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in Kept)
            tensor.Dispose();
    }

    /// <summary>Learns from at least one episode of each task.</summary>
    private protected abstract void LearnFrom(int shots, FamilyOf families, CancellationToken stop);

    private static Dictionary<string, Tensor> MaskOf(RunPolicy policy, ILearner learner, AdaptationMethod method)
    {
        var mask = TaskTransfer.Masks(policy, learner);
        var word = method == AdaptationMethod.Theta ? "theta" : "search";
        return mask.Any(entry => IsActing(entry.Key) && entry.Value.sum().ToNumber() > 0)
            ? mask
            : throw new MtrlException(
                $"{policy.Folder}: its policy has nothing that belongs to single tasks (embeddings, heads, one-hot columns), so nothing "
                + $"would change with --adapt {word}. Give --adapt finetune.");
    }

    /// <summary>Whether greedy actions depend on a tensor, by its name in checkpoints: on no σ, value function or target, but on the
    /// encoder of observations, which is a part of the critics.</summary>
    private static bool IsActing(string name) =>
        (name.StartsWith("policy/", StringComparison.Ordinal) && name != "policy/std")
        || name.StartsWith("actor/", StringComparison.Ordinal)
        || name.StartsWith("task_encoder/", StringComparison.Ordinal)
        || name.StartsWith("critic/encoder/", StringComparison.Ordinal);
}
