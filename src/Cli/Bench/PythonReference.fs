/// The same work in Python, as a reference: processes that stay alive between the rounds.
module MtrlFunctional.Cli.Bench.PythonReference

open System
open System.Diagnostics
open System.IO
open System.Text.Json
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Output

/// Environment variables of a Python process; none: the variable is removed.
type Setting = { Name: string; Environment: (string * string option) list }

/// A started process that has warmed up.
type Worker = { Setting: Setting; Process: Process }

/// glibc keeps freed memory, as this program does.
let private malloc = [
    "MALLOC_TRIM_THRESHOLD_", Some "2147483647"
    "MALLOC_MMAP_THRESHOLD_", Some "33554432"
    "MALLOC_TOP_PAD_", Some "268435456"
    "MALLOC_ARENA_MAX", Some "1"
]

/// One thread and all threads, each with OpenBLAS's default kernel and its AVX-512 kernel; the
/// best setting counts.
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

/// On a GPU: as usually written, with the fused Adam, and whole updates as CUDA graphs.
let onDevice (device: TorchSharp.torch.Device) =
    let setting name environment = {
        Name = $"{device}{name}"
        Environment = ("COMPARE_DEVICE", Some(string device)) :: environment
    }

    let fused = "COMPARE_ADAM", Some "fused"

    [
        setting "" []
        setting ", fused Adam" [ fused ]
        setting ", fused Adam, CUDA graph" [ fused; "COMPARE_GRAPH", Some "1" ]
    ]

let private importsTorch python =
    try
        let code, _, _ = StartedProcess.execute [ python; "-c"; "import torch" ] []
        code = 0
    with :? ComponentModel.Win32Exception ->
        false

/// The first Python with torch, and a script of benchmarks/compare; or why there is no reference.
let private find name =
    let path = $"benchmarks/compare/{name}"

    match RepositoryFile.above AppContext.BaseDirectory path with
    | None -> Error $"{path} is not above the program folder"
    | Some script ->
        match [ "python3"; "/usr/bin/python3" ] |> List.tryFind importsTorch with
        | Some python -> Ok(python, script)
        | None -> Error "no python3 can import torch (apt-get install python3-torch)"

/// Starts a process; none if it fails.
let private launch (python: string, script: string) setting =
    let info =
        ProcessStartInfo(
            python,
            [ script ],
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        )

    for name, value in setting.Environment do
        match value with
        | Some value -> info.Environment[name] <- value
        | None -> info.Environment.Remove name |> ignore

    match Process.Start info with
    | null -> None
    | p ->
        // Unread, it would fill its pipe.
        p.BeginErrorReadLine()

        match p.StandardOutput.ReadLine() with
        | null ->
            p.Dispose()
            None
        | _ -> Some { Setting = setting; Process = p }

/// Runs a line of work; wall-clock and CPU milliseconds of each repetition.
let run (line: string) worker =
    worker.Process.StandardInput.WriteLine line
    worker.Process.StandardInput.Flush()

    match worker.Process.StandardOutput.ReadLine() with
    | null -> []
    | line -> [
        for time in JsonDocument.Parse(line).RootElement.EnumerateArray() ->
            time[0].GetDouble(), time[1].GetDouble()
      ]

/// Ends the process by closing its standard input.
let private stop worker =
    worker.Process.StandardInput.Close()

    if not (worker.Process.WaitForExit 10_000) then
        worker.Process.Kill()

    worker.Process.Dispose()

/// Measures with the workers of a script in these settings, unless `alone`; without any the note says why.
let compared alone name settings measure =
    let found = if alone then Error "disabled by --alone" else find name

    let workers, note =
        match found with
        | Error why -> [], Some why
        | Ok found ->
            match settings |> List.choose (launch found) with
            | [] -> [], Some $"benchmarks/compare/{name} did not start"
            | workers -> workers, None

    try
        measure workers note
    finally
        workers |> List.iter stop
