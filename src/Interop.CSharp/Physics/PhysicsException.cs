namespace MtrlFunctional.Physics;

/// <summary>Error of the physics engine: missing, a faulty MJCF file, an unknown name, or a fatal error inside the engine. The
/// message names the error, its location and the fix.</summary>
public sealed class PhysicsException : MtrlException
{
    /// <param name="message">One clear sentence or two; the path or name first.</param>
    /// <param name="inner">The cause.</param>
    public PhysicsException(string message, Exception? inner = null)
        : base(message, inner: inner)
    {
    }
}
