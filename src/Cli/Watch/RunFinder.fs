/// Runs below a folder: folders with a `config.yaml`.
module MtrlFunctional.Cli.Watch.RunFinder

open System
open System.IO
open System.Security.Cryptography
open System.Text

/// Bounds of a search: a folder of other data, such as a home folder, must not occupy the page.
let private deepest, mostRuns, mostFolders = 8, 5_000, 50_000

/// Folders of a run's own.
let private isSearched (folder: DirectoryInfo) =
    not (folder.Name.StartsWith '.')
    && not (folder.Attributes.HasFlag FileAttributes.ReparsePoint)
    && folder.Name <> "checkpoints"
    && folder.Name <> "crash"

let private isRun (folder: DirectoryInfo) =
    File.Exists(Path.Combine(folder.FullName, "config.yaml"))

/// Subfolders in the order of their names; none where the folder may not be read.
let private below (folder: DirectoryInfo) =
    try
        folder.GetDirectories()
        |> Array.filter isSearched
        |> Array.sortWith (fun a b -> String.CompareOrdinal(a.Name, b.Name))
    with
    | :? IOException
    | :? UnauthorizedAccessException -> [||]

/// Paths of the runs in `root` and below it, links not followed.
let find (root: string) =
    let mutable folders = 0

    let rec search depth (folder: DirectoryInfo) =
        seq {
            folders <- folders + 1

            if folders <= mostFolders then
                if isRun folder then
                    folder.FullName
                elif depth < deepest then
                    for inner in below folder do
                        yield! search (depth + 1) inner
        }

    search 0 (DirectoryInfo root) |> Seq.truncate mostRuns |> Seq.toList

/// Name of a run in addresses, from its path below the root.
let id (name: string) =
    (Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes name))).Substring(0, 12)
