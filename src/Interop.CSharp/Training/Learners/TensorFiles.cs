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
        long[] shape = [.. entry.Shape];
        return entry.Type switch
        {
            SafetensorsType.F32 => TensorMemory.FromFloats(file.ReadFloats(name), shape),
            SafetensorsType.F64 => TensorMemory.FromDoubles(file.ReadDoubles(name), shape),
            SafetensorsType.I64 => TensorMemory.FromLongs(file.ReadLongs(name), shape),
            SafetensorsType.U8 => Bytes(file.Raw(name), shape),
            var other => throw new MtrlException($"{file.Path}: '{name}' is of type {other}, a parameter is F32 or F64."),
        };
    }

    /// <summary>Reads a tensor of a file by its name, if the file has it.</summary>
    internal static Func<string, Tensor?> FindIn(SafetensorsFile file) =>
        name => file.Contains(name) ? Read(file, name) : null;

    internal static Dictionary<string, Tensor> All(SafetensorsFile file) =>
        file.Names.ToDictionary(name => name, name => Read(file, name));

    private static Tensor Bytes(byte[] values, long[] shape)
    {
        var tensor = torch.empty(shape, ScalarType.Byte, Libtorch.Cpu);
        values.CopyTo(tensor.Span<byte>());
        return tensor;
    }
}
