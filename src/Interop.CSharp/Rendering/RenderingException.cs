namespace MtrlFunctional.Rendering;

/// <summary>No picture or video can be made: a library or program is missing or failed. The message names it and how to install
/// it.</summary>
public sealed class RenderingException : MtrlException
{
    /// <param name="message">One clear sentence or two.</param>
    /// <param name="inner">The cause.</param>
    public RenderingException(string message, Exception? inner = null)
        : base(message, inner: inner)
    {
    }
}
