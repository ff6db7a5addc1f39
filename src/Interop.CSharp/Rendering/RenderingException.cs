namespace MtrlFunctional.Rendering;

/// <summary>No picture or video can be made: a library or program is missing or failed. The message names it and how to install
/// it.</summary>
/// <param name="message">One clear sentence or two.</param>
/// <param name="inner">The cause.</param>
public sealed class RenderingException(string message, Exception? inner = null) : MtrlException(message, inner: inner);
