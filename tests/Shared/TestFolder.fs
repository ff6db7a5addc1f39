/// Folders for the files of tests. All are removed when the program of the tests ends.
module MtrlFunctional.Tests.TestFolder

open System.IO

let private newFolder (parent: string) name =
    let path = Path.Combine(parent, $"{name}-{Path.GetRandomFileName()}")
    Directory.CreateDirectory(path).FullName

let private rootIn parent = lazy newFolder parent "mtrl-tests"
let private disk = rootIn (Path.GetTempPath())

let private memory =
    rootIn (
        if Directory.Exists "/dev/shm" then
            "/dev/shm"
        else
            Path.GetTempPath()
    )

/// A new folder, with a name that begins with these letters.
let create (name: string) = newFolder disk.Value name

/// One in memory, where there is some: for tests that sync thousands of files.
let inMemory (name: string) = newFolder memory.Value name

let removeAll () =
    for root in [ disk; memory ] do
        if root.IsValueCreated then
            Directory.Delete(root.Value, recursive = true)
