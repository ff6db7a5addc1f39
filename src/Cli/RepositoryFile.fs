/// Files of the repository that stand above a program of it, and above no program of a package.
module MtrlFunctional.Cli.RepositoryFile

open System.IO

let rec private upwards (folder: string) = [
    folder
    match Path.GetDirectoryName folder with
    | null -> ()
    | above -> yield! upwards above
]

/// The file or folder `path` in the nearest folder that has it, beginning with `folder`.
let above (folder: string) (path: string) =
    upwards (folder.TrimEnd Path.DirectorySeparatorChar)
    |> List.map (fun above -> Path.Combine(above, path))
    |> List.tryFind Path.Exists
