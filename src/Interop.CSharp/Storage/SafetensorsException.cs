namespace MtrlFunctional.Storage;

/// <summary>A safetensors file that is damaged, foreign, or asked for what it does not hold.</summary>
public sealed class SafetensorsException : MtrlException
{
    /// <summary>Names the file and what is wrong with it.</summary>
    /// <param name="path">The file, as it was given.</param>
    /// <param name="fault">What is wrong, without the path.</param>
    public SafetensorsException(string path, string fault)
        : base($"{path}: {fault}")
    {
    }

    /// <summary>Names the file, what is wrong with it, and the cause below.</summary>
    /// <param name="path">The file, as it was given.</param>
    /// <param name="fault">What is wrong, without the path.</param>
    /// <param name="cause">What the runtime reported.</param>
    public SafetensorsException(string path, string fault, Exception cause)
        : base($"{path}: {fault}", inner: cause)
    {
    }
}
