/// Libraries that are built once from sources in `tests/Interop.Child`, for processes that load them before all others. A
/// test is skipped where the one that it needs cannot be built.
module MtrlFunctional.Reliability.Tests.PreloadedLibrary

open Expecto
open System
open System.IO
open MtrlFunctional.Tests

let private build name =
    let source =
        Path.Combine(Repository.root, "tests/Interop.Child/Faults", $"{name}.c")

    let built = Path.Combine(AppContext.BaseDirectory, $"lib{name}.so")
    let aside = $"{built}.{Environment.ProcessId}"

    try
        match
            ChildProcess.execute "gcc" [ "-shared"; "-fPIC"; "-O1"; "-o"; aside; source; "-ldl" ] []
        with
        | 0, _, _ -> File.Move(aside, built, true)
        | _, _, errors -> skiptest errors
    with :? ComponentModel.Win32Exception ->
        skiptest "gcc is not installed."

    built

/// System calls that fail.
let faults = lazy build "faults"

/// A system clock that jumps.
let clock = lazy build "clock"

/// A physics step that does not come back.
let stall = lazy build "stall"

/// Allocations that fail.
let memory = lazy build "memory"
