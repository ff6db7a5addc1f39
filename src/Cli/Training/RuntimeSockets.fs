/// Removes what killed .NET processes left in the temporary folder: the socket and the pipes of the
/// runtime's diagnostics, one set for each process. They have the name of the process.
module MtrlFunctional.Cli.Training.RuntimeSockets

open System.IO
open System.Net.Sockets

let private isRunning (pid: string) =
    not (Directory.Exists "/proc/self") || Directory.Exists $"/proc/{pid}"

/// Nobody listens. A process of another container may have the same temporary folder, but not the same
/// process numbers.
let private isRefused (socket: string) =
    try
        use client =
            new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)

        client.Connect(UnixDomainSocketEndPoint socket)
        false
    with :? SocketException as e ->
        e.SocketErrorCode = SocketError.ConnectionRefused

let private tryDelete (file: string) =
    try
        File.Delete file
    with
    | :? IOException
    | :? System.UnauthorizedAccessException ->
        // It belongs to another user, whose next process removes it.
        ()

/// Removes the files of processes that no longer run. Those of other users stay.
let removeStale (folder: string) =
    for socket in Directory.EnumerateFiles(folder, "dotnet-diagnostic-*-socket") do
        match (nonNull (Path.GetFileName socket)).Split '-' with
        | [| _; _; pid; started; _ |] when not (isRunning pid) && isRefused socket ->
            for file in
                [
                    socket
                    Path.Combine(folder, $"clr-debug-pipe-{pid}-{started}-in")
                    Path.Combine(folder, $"clr-debug-pipe-{pid}-{started}-out")
                ] do
                tryDelete file
        | _ -> ()
