namespace MtrlFunctional.Cli.With

open System
open System.IO

/// A temporary folder for a compiled script. Its lock tells other processes that it is in use: the next one removes those that
/// killed processes left.
type ScriptFolder() =
    static let prefix = "mtrl-with-"

    static let lockOf mode folder =
        new FileStream(Path.Combine(folder, "lock"), mode, FileAccess.ReadWrite, FileShare.None)

    static let removeStale () =
        for folder in Directory.GetDirectories(Path.GetTempPath(), prefix + "*") do
            try
                (lockOf FileMode.Open folder).Dispose()
                Directory.Delete(folder, true)
            with
            | :? IOException
            | :? UnauthorizedAccessException ->
                // In use, or another user's.
                ()

    do removeStale ()
    let path = Directory.CreateTempSubdirectory(prefix).FullName
    let held = lockOf FileMode.CreateNew path

    member _.Path = path

    interface IDisposable with
        member _.Dispose() =
            held.Dispose()
            Directory.Delete(path, true)
