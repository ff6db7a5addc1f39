namespace MtrlFunctional.Environments;

/// <summary>An environment that observes another one differently: same states, actions and rewards.</summary>
internal interface IWrapper
{
    /// <summary>The other one.</summary>
    IEnvironment Inner { get; }

    /// <summary>The environment within all wrappers, which is drawn and has a scripted expert.</summary>
    static IEnvironment Innermost(IEnvironment environment) =>
        environment is IWrapper wrapper ? Innermost(wrapper.Inner) : environment;
}
