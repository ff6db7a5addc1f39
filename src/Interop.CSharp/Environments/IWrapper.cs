namespace MtrlFunctional.Environments;

/// <summary>An environment that observes another one differently: same states, actions and rewards.</summary>
internal interface IWrapper
{
    /// <summary>The other one.</summary>
    IEnvironment Inner { get; }
}
