namespace MtrlFunctional.Policies;

/// <summary>Reads policies from ONNX files of any origin.</summary>
internal static class PolicyReader
{
    /// <summary>Ends the name of a file.</summary>
    internal const string Extension = ".onnx";

    /// <summary>Reads a policy.</summary>
    internal static PolicyData Read(string path)
    {
        try
        {
            return Read(path, File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MtrlException($"{path}: no such file.", inner: e);
        }
        catch (UnauthorizedAccessException e) when (Directory.Exists(path))
        {
            throw new MtrlException($"{path}: is a folder, and a policy is a file; 'mtrl export RUN --onnx FILE' writes the file of a run.", inner: e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MtrlException($"{path}: cannot be read ({e.Message.TrimEnd('.')}).", inner: e);
        }
    }

    /// <summary>Reads a policy from memory.</summary>
    /// <param name="name">Of the policy, for messages.</param>
    /// <param name="file">Bytes of the file, which stay as they are.</param>
    internal static PolicyData Read(string name, byte[] file)
    {
        try
        {
            var (metadata, fault) = OnnxFile.Read(file);
            var policy = PolicyMetadata.Read(name, metadata, file);
            return fault is null ? policy : throw new MtrlException($"{name}: {fault}.");
        }
        catch (FormatException e)
        {
            throw new MtrlException($"{name}: {NoModel(name)} ({e.Message}).", inner: e);
        }
    }

    private static string NoModel(string name) => Path.GetExtension(name) is ".safetensors" or ".pt" or ".pth"
        ? "is no ONNX file, as policies are; 'mtrl export RUN --onnx FILE' writes the file of a run, 'mtrl import' the file of a state_dict"
        : "is no ONNX file, or a damaged one";
}
