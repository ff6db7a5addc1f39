/// Removes what killed .NET processes left in the temporary folder: the socket and the pipes of the
/// runtime's diagnostics, one set for each process. They have the name of the process.
module MtrlFunctional.Cli.Training.RuntimeSockets

open System.IO
open System.Runtime.InteropServices
open System.Text

let private isRunning (pid: string) =
    not (Directory.Exists "/proc/self") || Directory.Exists $"/proc/{pid}"

[<DllImport("libc", EntryPoint = "socket")>]
extern int private openSocket(int domain, int kind, int protocol)

[<DllImport("libc", EntryPoint = "connect", SetLastError = true)>]
extern int private connect(int descriptor, byte[] address, int length)

[<DllImport("libc", EntryPoint = "close")>]
extern int private close(int descriptor)

let private unixDomain = 1 // AF_UNIX
let private stream = 1 // SOCK_STREAM
let private refused = 111 // ECONNREFUSED
let private pathSize = 108

/// Nobody listens. A process of another container may have the same temporary folder, but not the same
/// process numbers. By system calls: .NET's sockets start a thread.
let private isRefused (socket: string) =
    let path = Encoding.UTF8.GetBytes socket
    let address = Array.concat [ [| byte unixDomain; 0uy |]; path; [| 0uy |] ]
    let descriptor = openSocket (unixDomain, stream, 0)

    try
        path.Length < pathSize
        && connect (descriptor, address, address.Length) <> 0
        && Marshal.GetLastPInvokeError() = refused
    finally
        close descriptor |> ignore

let private tryDelete (file: string) =
    try
        File.Delete file
    with
    | :? IOException
    | :? System.UnauthorizedAccessException ->
        // It belongs to another user, whose next process removes it.
        ()

/// None where the folder is absent or cannot be read.
let private sockets (folder: string) =
    try
        Directory.GetFiles(folder, "dotnet-diagnostic-*-socket")
    with
    | :? IOException
    | :? System.UnauthorizedAccessException -> [||]

/// Removes the files of processes that no longer run, except files of other users.
let removeStale (folder: string) =
    for socket in sockets folder do
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
