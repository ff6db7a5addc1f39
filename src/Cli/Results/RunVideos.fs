/// Videos in the folders of runs, such as `mtrl video RUN --out RUN/policy.mp4` writes.
module MtrlFunctional.Cli.Results.RunVideos

open System
open System.IO
open System.Text.RegularExpressions
open MtrlFunctional
open MtrlFunctional.Storage

let private name = Regex(@"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}\.(mp4|gif)\z")

/// Largest video that the live page plays.
let largest = 1L <<< 28

/// Largest video that a report contains.
let private largestInside = 1L <<< 24

let kind (name: string) =
    if name.EndsWith(".gif", StringComparison.Ordinal) then
        "image/gif"
    else
        "video/mp4"

/// Name and time of the newest video directly inside the folder.
let newest (folder: RunFolder) =
    try
        DirectoryInfo(folder.Path).GetFiles()
        |> Array.filter (fun file -> name.IsMatch file.Name && file.Length <= largest)
        |> Array.sortByDescending _.LastWriteTimeUtc
        |> Array.tryHead
        |> Option.map (fun file -> file.Name, file.LastWriteTimeUtc)
    with
    | :? IOException
    | :? UnauthorizedAccessException -> None

/// Name, media type and content of the newest video, if it fits into a report.
let content (folder: RunFolder) =
    match newest folder with
    | None -> None
    | Some(name, _) ->
        try
            use file = folder.OpenFile(name, largestInside)
            use copy = new MemoryStream()
            file.CopyTo copy
            Some(name, kind name, copy.ToArray())
        with
        | :? MtrlException
        | :? IOException -> None
