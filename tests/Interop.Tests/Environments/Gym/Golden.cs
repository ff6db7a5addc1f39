namespace MtrlFunctional.Tests.Environments.Gym;

/// <summary>Recorded data in tests/golden.</summary>
internal static class Golden
{
    /// <summary>Path of a file, found from the folder of the tests upwards.</summary>
    internal static string File(string name)
    {
        for (var at = Path.GetDirectoryName(typeof(Golden).Assembly.Location); at is not null; at = Path.GetDirectoryName(at))
        {
            var file = Path.Combine(at, "tests", "golden", name);
            if (System.IO.File.Exists(file))
                return file;
        }

        throw new FileNotFoundException($"tests/golden/{name} is not in any folder above the tests.");
    }

    /// <summary>A tensor in single precision, cut into rows.</summary>
    internal static float[][] ReadFloats(this SafetensorsFile file, string name, int rows) =>
        [.. file.ReadDoubles(name).Select(x => (float)x).Chunk(rows)];
}
