using MtrlFunctional.Experiments;
using MtrlFunctional.Sampling;
using MtrlFunctional.Tensors;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>Lets an on-policy learner play and learn from episodes of each task, from one state as often as wanted.</summary>
/// <remarks>The caller disposes it; the policy stays the caller's. Not thread-safe.</remarks>
internal sealed class Adapter : IDisposable
{
    /// <summary>Iterations of training count from 0: those that are played here are others.</summary>
    private const long FirstIteration = 1_000_000;

    // Names of the policy's parameters in checkpoints begin so; greedy actions do not depend on σ.
    private const string Policy = "policy/";
    private const string Deviation = "policy/std";

    private readonly RunPolicy _policy;
    private readonly OnPolicyLearner _learner;
    private readonly Dictionary<string, Tensor> _start;
    private readonly Dictionary<string, Tensor>? _mask;

    /// <summary>Keeps a copy of the state of a policy.</summary>
    /// <param name="policy">Of a run.</param>
    /// <param name="method">What learns.</param>
    /// <exception cref="MtrlException">Its agent is not on-policy, or has nothing that the method lets learn.</exception>
    internal Adapter(RunPolicy policy, AdaptationMethod method)
    {
        if (policy.Trained.Agent.Algorithm.IsMaml)
            throw new MtrlException(
                $"{policy.Folder}: agent=maml learns each goal by its own steps (agent.maml.*) in every evaluation. Leave --adapt and "
                + "--shots out.");
        if (policy.Trained.Agent.Context.Method.IsSet)
            throw new MtrlException(
                $"{policy.Folder}: infers its tasks from transitions, with all networks as they are. Give --adapt context.");
        _learner = policy.Policy as OnPolicyLearner ?? throw new MtrlException(
            $"{policy.Folder}: --adapt needs an agent that learns from the episodes of its newest policy: agent=mtppo, mttrpo, impala or rl2.");
        _policy = policy;
        using var scope = Ops.Scope();
        _mask = method == AdaptationMethod.Theta ? MaskOf(policy) : null;
        _start = _learner.Named().ToDictionary(named => named.Item1, named => Ops.Clone(named.Item2));
        foreach (var tensor in Kept)
            Ops.DetachFromScopes(tensor);
    }

    private IEnumerable<Tensor> Kept => _start.Values.Concat(_mask?.Values ?? Enumerable.Empty<Tensor>());

    /// <summary>Returns to the first state, then learns from episodes of each task.</summary>
    /// <param name="shots">Episodes of each task, at least 0. They are played in iterations of as many as one of the run has; the last
    /// has the rest. After each, the agent updates once.</param>
    /// <param name="families">Makes the environments.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="MtrlException">A number is not finite, or a loss too large.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    internal void Learn(int shots, FamilyOf families, CancellationToken stop)
    {
        _learner.Restore(TaskTransfer.Named(_start.GetValueOrDefault), updates: 0);
        if (_mask is not null && !_learner.Restrict(TaskTransfer.Named(_mask.GetValueOrDefault)))
            throw new MtrlException(
                $"{_policy.Folder}: --adapt theta needs a policy that learns by gradient steps (agent=mtppo or impala); --adapt finetune "
                + "works with all on-policy agents.");
        var whole = Math.Min(shots, SamplingPlanModule.EpisodesOfTask(_policy.Trained));
        for (var (left, iteration) = (shots, FirstIteration); left > 0; left -= whole, iteration++)
            Learn(iteration, Math.Min(whole, left), families, stop);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in Kept)
            tensor.Dispose();
    }

    private Dictionary<string, Tensor> MaskOf(RunPolicy policy)
    {
        var mask = TaskTransfer.Masks(policy, _learner);
        return mask.Any(entry => entry.Key.StartsWith(Policy, StringComparison.Ordinal) && entry.Key != Deviation
            && Ops.Item(Ops.Sum(entry.Value)) > 0)
            ? mask
            : throw new MtrlException(
                $"{policy.Folder}: its policy has nothing that belongs to single tasks (embeddings, heads, one-hot columns), so nothing "
                + "would learn with --adapt theta. Give --adapt finetune.");
    }

    private void Learn(long iteration, int episodes, FamilyOf families, CancellationToken stop)
    {
        using var scope = Ops.Scope();
        using var sampler = new EpisodeSampler(
            EvaluatedTasks.WithEpisodes(episodes, _policy.Experiment), _policy.Threads,
            (experiment, _) => families(experiment, evaluate: true));
        var sampled = sampler.Sample(iteration, _learner.Players[^1], _learner.NoiseSize, _ => { }, stop);

        // At the learning rate of the start of a run.
        _learner.Update(0, sampled.Episodes, progress: 0);
    }
}
