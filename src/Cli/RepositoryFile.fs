/// Files of the repository that stand above a program of it, and above no program of a package.
module MtrlFunctional.Cli.RepositoryFile

open System.IO

/// The file or folder `path` in the nearest folder that has it, beginning with `folder`.
let rec above (folder: string | null) (path: string) =
    match folder with
    | null -> None
    | folder ->
        let file = Path.Combine(folder, path)

        if Path.Exists file then
            Some file
        else
            above (Path.GetDirectoryName folder) path
