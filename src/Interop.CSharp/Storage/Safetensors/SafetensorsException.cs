namespace MtrlFunctional.Storage;

/// <summary>A safetensors file is damaged, of another format, or lacks a requested tensor.</summary>
/// <param name="path">The file, as it was given.</param>
/// <param name="fault">What is wrong, without the path.</param>
/// <param name="cause">The runtime error, or null.</param>
public sealed class SafetensorsException(string path, string fault, Exception? cause = null)
    : MtrlException($"{path}: {fault}", inner: cause);
