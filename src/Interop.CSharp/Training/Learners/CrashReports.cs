namespace MtrlFunctional.Training;

/// <summary>
/// The report of an update that is not finite: the folder of crash bundles, and the names of the tasks.
/// </summary>
/// <param name="Folder">Receives a folder for each bundle.</param>
/// <param name="Config">The configuration of the run.</param>
/// <param name="Threads">Threads of the update.</param>
/// <param name="Tasks">The name of the task at each index of the networks; null where none is trained there.</param>
internal sealed record CrashReports(string Folder, string Config, int Threads, IReadOnlyList<string?> Tasks);
