namespace MtrlFunctional.Environments;

/// <summary>An environment that observes another one differently. What a wrapper does not change is the other one's.</summary>
internal interface IWrapper : IEnvironment
{
    /// <summary>The other one, disposed with the wrapper.</summary>
    IEnvironment Inner { get; }

    int IEnvironment.Steps => Inner.Steps;

    EpisodeStatus IEnvironment.Status => Inner.Status;

    double IEnvironment.Reward => Inner.Reward;

    bool? IEnvironment.Success => Inner.Success;

    void IDisposable.Dispose() => Inner.Dispose();

    /// <summary>The environment within all wrappers, which is drawn and has a scripted expert.</summary>
    static IEnvironment Innermost(IEnvironment environment) =>
        environment is IWrapper wrapper ? Innermost(wrapper.Inner) : environment;
}
