namespace MtrlFunctional.Physics;

/// <summary>Error of the physics engine: missing, a faulty MJCF file, an unknown name, or a fatal error inside the engine. The
/// message names the error, its location and the fix.</summary>
/// <param name="message">One clear sentence or two; the path or name first.</param>
/// <param name="inner">The cause.</param>
public sealed class PhysicsException(string message, Exception? inner = null) : MtrlException(message, inner: inner);
