/// Error messages and exit codes of exceptions.
module MtrlFunctional.Cli.Failures

open System
open System.IO
open System.Runtime.InteropServices
open MtrlFunctional
open MtrlFunctional.Tensors

/// Of the runtime, or of libtorch, whose messages name the bytes.
let isOutOfMemory (e: exn) =
    match e with
    | :? OutOfMemoryException -> true
    | :? ExternalException ->
        e.Message.Contains "allocate memory" || e.Message.Contains "out of memory"
    | _ -> false

let outOfMemory =
    "the memory is exhausted. Lower replay_buffer.capacity or the sizes of the networks, or raise the limit (ulimit -v, control group)."

/// The exception inside failures of static constructors, if any: TorchSharp's static constructor loads libtorch.
let rec private cause (e: exn) =
    match e.InnerException with
    | null -> e
    | inner -> if e :? TypeInitializationException then cause inner else e

/// Whether TorchSharp has found no libtorch. Its own message is a page about where it looked.
let private isLibtorchMissing (e: exn) =
    e :? NotSupportedException && e.Message.Contains "reference to libtorch"

/// The failure of the program's own search, which names the file and the remedy.
let private ofSearch e =
    try
        Libtorch.Require()
        e
    with failure ->
        cause failure

/// The last line of the loader's message, below the runtime's advice: the library and what is wrong with it.
let private loaderMessage (e: exn) =
    Array.last (e.Message.Trim().Split '\n')

/// Whether the folder in which the program was started was deleted: it has no path then.
let private isWorkingFolderGone () =
    try
        not (Directory.Exists(Directory.GetCurrentDirectory()))
    with :? IOException ->
        true

/// The folder of temporary files where an error names it and it does not exist.
let private missingTemporaryFolder (e: IOException) =
    let folder = Path.TrimEndingDirectorySeparator(Path.GetTempPath())

    if e.Message.Contains folder && not (Directory.Exists folder) then
        Some folder
    else
        None

/// The message of an exception and the exit code.
let private explained verbose (e: exn) =
    match e with
    | :? MtrlException as expected -> expected.Message, expected.ExitCode
    | :? IOException when isWorkingFolderGone () ->
        "the working folder is gone. Go to another one (cd).", ExitCode.WrongInput
    | :? UnauthorizedAccessException ->
        $"{e.Message} Check the rights of this file or folder.", ExitCode.Stopped
    | :? IOException as e ->
        match missingTemporaryFolder e with
        | Some folder ->
            $"TMPDIR = {folder}: no such folder. Set TMPDIR to a folder that exists, or unset it.",
            ExitCode.WrongInput
        | None -> e.Message, ExitCode.Stopped
    | e when isOutOfMemory e -> outOfMemory, ExitCode.Stopped
    | :? DllNotFoundException -> loaderMessage e, ExitCode.WrongInput
    | :? SettingException -> e.Message, ExitCode.WrongInput
    | other ->
        let hint =
            if verbose then
                ""
            else
                " '--verbose' prints the stack trace."
        // Native libraries append long traces of their own.
        let first = Array.head (other.Message.Split '\n')
        $"unexpected error: {other.GetType().Name}: {first}{hint}", ExitCode.Stopped

/// Prints the message of an exception, with its stack trace if `verbose`; returns the exit code.
let report verbose (thrown: exn) =
    let e = cause thrown

    let message, code =
        explained verbose (if isLibtorchMissing e then ofSearch e else e)

    eprintfn $"mtrl: {message}"

    if verbose then
        eprintfn $"{thrown}"

    code

/// Runs what needs a working folder. Libraries of libtorch end a process that has none, so it is refused before.
let inWorkingFolder (command: unit -> int) =
    if isWorkingFolderGone () then
        raise (IOException())

    command ()

/// Runs a command; an exception becomes a message and an exit code.
let guard verbose (command: unit -> int) =
    try
        command ()
    with
    // Only the first: exceptions of other threads usually repeat it.
    | :? AggregateException as e -> report verbose (e.Flatten().InnerExceptions[0])
    | e -> report verbose e
