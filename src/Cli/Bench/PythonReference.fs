/// The same work in Python, in processes of their own that wait between the rounds.
module MtrlFunctional.Cli.Bench.PythonReference

open System
open System.Diagnostics
open System.IO
open System.Text.Json

/// Settings of a Python process: names and values of its environment; none: as the user has it.
type Setting = { Name: string; Environment: (string * string option) list }

/// A started process that has warmed up.
type Peer = { Setting: Setting; Process: Process }

/// glibc keeps freed memory, as our own process does.
let private malloc = [
    "MALLOC_TRIM_THRESHOLD_", Some "2147483647"
    "MALLOC_MMAP_THRESHOLD_", Some "33554432"
    "MALLOC_TOP_PAD_", Some "268435456"
    "MALLOC_ARENA_MAX", Some "1"
]

/// One thread, and all of them, each with OpenBLAS's own choice of kernel and with its AVX-512
/// one: of these the best counts.
let settings threads =
    let tuned name kernel threads = {
        Name = name
        Environment =
            malloc
            @ [
                "OPENBLAS_CORETYPE", kernel
                "OPENBLAS_L2_SIZE", None
                "OMP_WAIT_POLICY", Some "PASSIVE"
                "OMP_NUM_THREADS", Some(string threads)
                "OPENBLAS_NUM_THREADS", Some(string threads)
                "COMPARE_THREADS", Some(string threads)
            ]
    }

    [
        for count in List.distinct [ 1; threads ] do
            let name = if count = 1 then "1 thread" else $"{count} threads"
            tuned name None count
            tuned $"{name}, AVX-512 kernel" (Some "SkylakeX") count
    ]

let defaults = { Name = "defaults"; Environment = [] }

/// A script, found from the program upwards: it lies in the repository.
let private scriptOf (name: string) =
    let rec search (folder: DirectoryInfo | null) =
        match folder with
        | null -> None
        | folder ->
            let file = Path.Combine(folder.FullName, "benchmarks", "compare", name)
            if File.Exists file then Some file else search folder.Parent

    search (DirectoryInfo AppContext.BaseDirectory)

let private start
    (python: string)
    (arguments: string list)
    (environment: (string * string option) list)
    =
    let info =
        ProcessStartInfo(
            python,
            arguments,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        )

    for name, value in environment do
        match value with
        | Some value -> info.Environment[name] <- value
        | None -> info.Environment.Remove name |> ignore

    Process.Start info |> Option.ofObj

let private importsTorch python =
    try
        match start python [ "-c"; "import torch" ] [] with
        | Some p ->
            use p = p
            p.StandardInput.Close()
            p.StandardOutput.ReadToEnd() |> ignore
            p.StandardError.ReadToEnd() |> ignore
            p.WaitForExit()
            p.ExitCode = 0
        | None -> false
    with :? ComponentModel.Win32Exception ->
        false

/// The first Python that has torch, and a script of benchmarks/compare; or why there is nothing to
/// compare with.
let find name =
    match scriptOf name with
    | None -> Error $"benchmarks/compare/{name} is not beside this program"
    | Some script ->
        match [ "python3"; "/usr/bin/python3" ] |> List.tryFind importsTorch with
        | Some python -> Ok(python, script)
        | None -> Error "no python3 here imports torch (apt-get install python3-torch)"

/// A process that waits for work; none where it did not come up.
let launch (python, script) setting =
    match start python [ script ] setting.Environment with
    | None -> None
    | Some p ->
        match p.StandardOutput.ReadLine() with
        | null ->
            p.Dispose()
            None
        | _ -> Some { Setting = setting; Process = p }

/// Sends a line of work; milliseconds of the clock and of processors for each time that it is done.
let run (line: string) peer =
    peer.Process.StandardInput.WriteLine line
    peer.Process.StandardInput.Flush()

    match peer.Process.StandardOutput.ReadLine() with
    | null -> []
    | line -> [
        for time in JsonDocument.Parse(line).RootElement.EnumerateArray() ->
            time[0].GetDouble(), time[1].GetDouble()
      ]

/// Ends the process: its input ends, and so does its loop.
let stop peer =
    peer.Process.StandardInput.Close()

    if not (peer.Process.WaitForExit 10_000) then
        peer.Process.Kill()

    peer.Process.Dispose()
