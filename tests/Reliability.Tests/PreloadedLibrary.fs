/// Libraries that are built once from sources in `tests/Interop.Child`, for processes that load them before all others.
module MtrlFunctional.Reliability.Tests.PreloadedLibrary

open System
open System.IO
open NUnit.Framework
open MtrlFunctional.Tests

let private build compiler (source: string) libraries =
    let name = Path.GetFileNameWithoutExtension source
    let source = Path.Combine(Repository.root, "tests/Interop.Child", source)
    let built = Path.Combine(AppContext.BaseDirectory, $"lib{name}.so")
    let aside = $"{built}.{Environment.ProcessId}"

    try
        match
            ChildProcess.execute
                compiler
                ([ "-shared"; "-fPIC"; "-O1"; "-o"; aside; source ] @ libraries)
                []
        with
        | 0, _, _ ->
            File.Move(aside, built, true)
            Ok built
        | _, _, errors -> Error errors
    with :? System.ComponentModel.Win32Exception ->
        Error $"{compiler} is not installed."

let private fault name =
    lazy build "gcc" $"Faults/{name}.c" [ "-ldl" ]

let private faults = fault "faults"
let private clock = fault "clock"
let private stall = fault "stall"
let private memory = fault "memory"

let private pathOrSkip (library: Lazy<Result<string, string>>) =
    match library.Value with
    | Ok path -> path
    | Error why ->
        Assert.Ignore why
        ""

/// System calls that fail; the test is skipped where it cannot be built.
let faultsOrSkip () = pathOrSkip faults

/// A system clock that jumps; the test is skipped where it cannot be built.
let clockOrSkip () = pathOrSkip clock

/// A physics step that does not come back; the test is skipped where it cannot be built.
let stallOrSkip () = pathOrSkip stall

/// Allocations that fail; the test is skipped where it cannot be built.
let memoryOrSkip () = pathOrSkip memory
