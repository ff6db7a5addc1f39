/// Libraries that gcc builds once from `tests/Interop.Child/Faults`, for processes that load them before all others.
module MtrlFunctional.Reliability.Tests.PreloadedLibrary

open System
open System.IO
open NUnit.Framework
open MtrlFunctional.Tests

let private build name =
    let source = Path.Combine(Repository.root, $"tests/Interop.Child/Faults/{name}.c")
    let built = Path.Combine(AppContext.BaseDirectory, $"lib{name}.so")
    let aside = $"{built}.{Environment.ProcessId}"

    try
        match
            ChildProcess.execute "gcc" [ "-shared"; "-fPIC"; "-O1"; "-o"; aside; source; "-ldl" ] []
        with
        | 0, _, _ ->
            File.Move(aside, built, true)
            Ok built
        | _, _, errors -> Error errors
    with :? System.ComponentModel.Win32Exception ->
        Error "gcc is not installed."

let private faults = lazy build "faults"
let private clock = lazy build "clock"
let private stall = lazy build "stall"
let private memory = lazy build "memory"

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
