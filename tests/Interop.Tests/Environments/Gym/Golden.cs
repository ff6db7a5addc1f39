namespace MtrlFunctional.Tests.Environments.Gym;

/// <summary>Recorded data in tests/golden.</summary>
internal static class Golden
{
    internal static string File(string name) => Repository.PathOf("tests", "golden", name);

    /// <summary>A tensor in single precision, cut into rows.</summary>
    internal static float[][] ReadFloats(this SafetensorsFile file, string name, int rows) =>
        [.. file.ReadDoubles(name).Select(x => (float)x).Chunk(rows)];
}
