namespace MtrlFunctional.Environments;

/// <summary>An environment whose task has a scripted expert.</summary>
public interface IScriptedExpert
{
    /// <summary>Action of the expert in the current state. Its input may include values hidden from policies.</summary>
    /// <param name="action">Receives [actions]; not clipped.</param>
    /// <exception cref="ArgumentException">A wrong length.</exception>
    /// <exception cref="InvalidOperationException">Before the first reset.</exception>
    void ExpertAction(Span<float> action);
}
