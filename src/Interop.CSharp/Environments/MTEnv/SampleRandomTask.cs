namespace MtrlFunctional.Environments;

/// <summary>An environment with a new task in every episode. Source: MTEnv's SampleRandomTask.</summary>
/// <param name="inner">Disposed with this.</param>
public sealed class SampleRandomTask(IMTEnvironment inner) : MultiTask(inner)
{
    /// <summary>Sets a sampled task and starts an episode of it.</summary>
    /// <exception cref="InvalidOperationException"><see cref="MultiTask.Seed"/> or <see cref="MultiTask.SeedTask"/> comes
    /// first.</exception>
    public override MTObservation Reset()
    {
        if (!Inner.IsSeeded)
            throw new InvalidOperationException("Episodes have no seed: call Seed first.");
        Inner.ResetTaskState();
        return base.Reset();
    }
}
