namespace MtrlFunctional.Storage;

/// <summary>A safetensors file is damaged, of another format, or lacks a requested tensor.</summary>
public sealed class SafetensorsException : MtrlException
{
    /// <summary>Names the file and its fault.</summary>
    /// <param name="path">The file, as it was given.</param>
    /// <param name="fault">What is wrong, without the path.</param>
    public SafetensorsException(string path, string fault)
        : base($"{path}: {fault}")
    {
    }

    /// <summary>Names the file, its fault, and the inner cause.</summary>
    /// <param name="path">The file, as it was given.</param>
    /// <param name="fault">What is wrong, without the path.</param>
    /// <param name="cause">The runtime error.</param>
    public SafetensorsException(string path, string fault, Exception cause)
        : base($"{path}: {fault}", inner: cause)
    {
    }
}
