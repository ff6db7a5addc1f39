/// System calls of the process that compiles models (`mtrl_mujoco_loader`), by strace.
module MtrlFunctional.Reliability.Tests.LoaderTrace

open Expecto
open System
open System.Collections.Generic
open System.IO
open System.Text.RegularExpressions
open MtrlFunctional.Tests

let private loader = Path.Combine(AppContext.BaseDirectory, "mtrl_mujoco_loader")

/// The first call of the program's own code; before it, its libraries are loaded.
let private isStart (call: string) =
    call.Contains "\"/dev/null\", O_WRONLY)"

/// All calls that name files, use sockets or start programs, of the own code of one process for each file; the test is
/// skipped where strace is not installed or may not trace.
let record (folder: string) (files: string list) =
    if not (isNull (Environment.GetEnvironmentVariable "LD_PRELOAD")) then
        skiptest "LD_PRELOAD is set: strace would see the files of its libraries."

    let trace = Path.Combine(folder, "trace")
    let list = Path.Combine(folder, "list")
    File.WriteAllLines(list, files)

    let each =
        "while read -r file; do \"$0\" \"$1\" \"$file\" </dev/null >/dev/null; done <\"$2\"; exit 0"

    let words =
        Words.split "-f -qq -s 4096 -e trace=%file,%net,%process -e signal=none -o"
        @ [ trace; "sh"; "-c"; each; loader; folder; list ]

    try
        match ChildProcess.execute "strace" words [] with
        | 0, _, _ -> ()
        | _, _, errors -> skiptest $"strace: {errors}"
    with :? System.ComponentModel.Win32Exception ->
        skiptest "strace is not installed: files that are opened in other folders are not observed."

    let started = HashSet<string>()

    [
        for line in File.ReadLines trace do
            let at = line.IndexOf ' '
            let id, call = line[.. at - 1], line[at..].Trim()

            if started.Contains id then
                // An id is used again for a later process.
                if call.StartsWith "+++" || call.StartsWith "exit_group" then
                    started.Remove id |> ignore
                // The end of a call whose beginning was a line of its own.
                elif not (call.StartsWith "<...") then
                    call
            elif isStart call then
                started.Add id |> ignore
    ]

let private path (call: string) =
    (Regex.Match(call, "\"([^\"]*)\"")).Groups[1].Value

/// Whether one of the calls opened a file.
let opened (calls: string list) : string -> bool =
    HashSet [
        for call in calls do
            if call.StartsWith "open" then
                path call
    ]
    |> _.Contains

/// A call that resolves a path, or opens a file below a folder to read it. The C library reads how many processors there are.
let isAllowed (folder: string) (call: string) =
    let isOwn =
        (path call).StartsWith(folder + "/")
        || path call = "/sys/devices/system/cpu/online"

    match (call.Split '(')[0] with
    | "readlink"
    | "readlinkat"
    | "stat"
    | "lstat"
    | "statx"
    | "newfstatat"
    | "faccessat2" -> true
    | "openat" -> isOwn && call.Contains "O_RDONLY" && not (call.Contains "O_CREAT")
    // It ends.
    | "exit"
    | "kill"
    | "tgkill" -> true
    | _ -> false
