/// Processes whose system calls fail: `tests/Interop.Child` with the library `faults.c`, which gcc builds once.
module MtrlFunctional.Reliability.Tests.FaultyChild

open Expecto
open Expecto.Flip
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Child

/// Runs the child with the library and further variables; its exit code, output and errors.
let run environment (arguments: string list) =
    ChildProcess.execute
        "dotnet"
        (typeof<ToyTraining>.Assembly.Location :: arguments)
        (("LD_PRELOAD", PreloadedLibrary.faults.Value) :: environment)

/// Its output, or the test fails.
let start environment (arguments: string list) =
    let code, output, errors = run environment arguments
    code |> Expect.equal errors 0
    output

/// Runs the child under strace, which writes these calls into a file, with the paths of descriptors; skipped where it is not
/// installed or may not trace.
let trace (file: string) (calls: string) (arguments: string list) =
    let child = "dotnet" :: typeof<ToyTraining>.Assembly.Location :: arguments
    let preload = [ "-E"; $"LD_PRELOAD={PreloadedLibrary.faults.Value}" ]

    try
        match
            ChildProcess.execute
                "strace"
                ([ "-f"; "-y"; "-o"; file; "-e"; $"trace={calls}" ] @ preload @ child)
                []
        with
        | 0, _, _ -> ()
        | _, _, errors -> skiptest $"strace: {errors}"
    with :? System.ComponentModel.Win32Exception ->
        skiptest "strace is not installed."
