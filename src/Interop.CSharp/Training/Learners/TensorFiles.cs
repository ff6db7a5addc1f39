using static TorchSharp.torch;

namespace MtrlFunctional.Training;

internal static class TensorFiles
{
    /// <summary>A tensor, on any device, as an entry of a file; a copy in main memory lives until the current scope ends.</summary>
    internal static SafetensorsEntry Entry(string name, Tensor tensor)
    {
        var contiguous = tensor.cpu().contiguous();
        var type = contiguous.dtype switch
        {
            ScalarType.Float32 => SafetensorsType.F32,
            ScalarType.Float64 => SafetensorsType.F64,
            ScalarType.Int64 => SafetensorsType.I64,
            ScalarType.Byte => SafetensorsType.U8,
            var other => throw new NotSupportedException($"{name}: tensors of {other} are not saved."),
        };
        return SafetensorsEntry.OfMemory(name, type, contiguous.shape, contiguous.Pointer());
    }

    /// <summary>Reads a tensor of a file.</summary>
    /// <returns>In main memory, in the element type of the file; belongs to the current scope.</returns>
    internal static Tensor Read(SafetensorsFile file, string name)
    {
        var entry = file.Tensor(name);
        var type = entry.Type switch
        {
            SafetensorsType.F32 => ScalarType.Float32,
            SafetensorsType.F64 => ScalarType.Float64,
            SafetensorsType.I64 => ScalarType.Int64,
            SafetensorsType.U8 => ScalarType.Byte,
            var other => throw new MtrlException($"{file.Path}: '{name}' is of type {other}, a parameter is F32 or F64."),
        };
        var tensor = torch.empty([.. entry.Shape], type, Libtorch.Cpu);
        file.Raw(name).CopyTo(tensor.bytes);
        return tensor;
    }

    /// <summary>Reads a tensor of a file by its name, if the file has it.</summary>
    internal static Func<string, Tensor?> FindIn(SafetensorsFile file) =>
        name => file.Contains(name) ? Read(file, name) : null;

    internal static Dictionary<string, Tensor> All(SafetensorsFile file) =>
        file.Names.ToDictionary(name => name, name => Read(file, name));
}
