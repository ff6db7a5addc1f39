/// Folders for the files of tests. All are removed when the program of the tests ends.
module MtrlFunctional.Tests.TestFolder

open System.IO

let private root = lazy (Directory.CreateTempSubdirectory "mtrl-tests-").FullName

/// A new folder, with a name that begins with these letters.
let create (name: string) =
    let path = Path.Combine(root.Value, name + "-" + Path.GetRandomFileName())
    Directory.CreateDirectory(path).FullName

let removeAll () =
    if root.IsValueCreated then
        Directory.Delete(root.Value, recursive = true)
