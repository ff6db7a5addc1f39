/// Processes whose system calls fail: `tests/Interop.Child` with the library `faults.c`, which gcc builds once.
module MtrlFunctional.Reliability.Tests.FaultyChild

open System
open System.IO
open NUnit.Framework
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Child

/// A new folder, in memory where there is some: these tests sync thousands of files.
let newFolder name =
    let parent =
        if Directory.Exists "/dev/shm" then
            "/dev/shm"
        else
            Path.GetTempPath()

    (Directory.CreateDirectory(Path.Combine(parent, $"mtrl-{name}-{Path.GetRandomFileName()}")))
        .FullName

/// Such a folder for one test.
type ScratchFolder(name: string) =
    member val Path = newFolder name

    interface System.IDisposable with
        member this.Dispose() = Directory.Delete(this.Path, true)

/// The library; the test is skipped where it cannot be built.
let libraryOrSkip () = PreloadedLibrary.faultsOrSkip ()

/// Runs the child with the library and further variables; its exit code, output and errors.
let run environment (arguments: string list) =
    ChildProcess.execute
        "dotnet"
        (typeof<ToyTraining>.Assembly.Location :: arguments)
        (("LD_PRELOAD", libraryOrSkip ()) :: environment)

/// Its output, or the test fails.
let start environment (arguments: string list) =
    let code, output, errors = run environment arguments
    Assert.That(code, Is.EqualTo 0, errors)
    output

/// Runs the child under strace, which writes these calls into a file, with the paths of descriptors; skipped where it is not installed or may not trace.
let trace (file: string) (calls: string) (arguments: string list) =
    let child = "dotnet" :: typeof<ToyTraining>.Assembly.Location :: arguments
    let preload = [ "-E"; $"LD_PRELOAD={libraryOrSkip ()}" ]

    try
        match
            ChildProcess.execute
                "strace"
                ([ "-f"; "-y"; "-o"; file; "-e"; $"trace={calls}" ] @ preload @ child)
                []
        with
        | 0, _, _ -> ()
        | _, _, errors -> Assert.Ignore $"strace: {errors}"
    with :? System.ComponentModel.Win32Exception ->
        Assert.Ignore "strace is not installed."
