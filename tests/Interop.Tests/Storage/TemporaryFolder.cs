namespace MtrlFunctional.Tests.Storage;

/// <summary>
/// A folder of its own for each test, deleted with everything in it. In memory where that is to be
/// had: these tests sync thousands of files.
/// </summary>
internal sealed class TemporaryFolder : IDisposable
{
    private const string Memory = "/dev/shm";

    private readonly DirectoryInfo _folder = Directory.Exists(Memory)
        ? Directory.CreateDirectory($"{Memory}/mtrl-test-{Guid.NewGuid():N}")
        : Directory.CreateTempSubdirectory("mtrl-test-");

    public string Path => _folder.FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
