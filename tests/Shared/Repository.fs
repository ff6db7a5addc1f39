/// Where the sources of the program under test lie.
module MtrlFunctional.Tests.Repository

open System
open System.IO

/// The folder that holds the solution.
let root =
    let rec search (folder: DirectoryInfo | null) =
        match folder with
        | null -> failwith "The tests run outside the repository."
        | folder when File.Exists(Path.Combine(folder.FullName, "MtrlFunctional.sln")) ->
            folder.FullName
        | folder -> search folder.Parent

    search (DirectoryInfo AppContext.BaseDirectory)
