/// Which files are opened in a folder, by any process: the kernel reports it (inotify).
namespace MtrlFunctional.Reliability.Tests

open System
open System.Runtime.InteropServices
open System.Text

module private Inotify =
    [<DllImport("libc")>]
    extern int inotify_init1(int flags)

    [<DllImport("libc")>]
    extern int inotify_add_watch(int descriptor, string path, uint32 events)

    [<DllImport("libc")>]
    extern nativeint read(int descriptor, byte[] buffer, nativeint length)

    [<DllImport("libc")>]
    extern int close(int descriptor)

    let nonBlocking, opened, isFolder = 0x800, 0x20u, 0x40000000u

/// The files directly in a folder that are opened from now on.
type OpenedFiles(folder: string) =
    let descriptor = Inotify.inotify_init1 Inotify.nonBlocking
    let buffer = Array.zeroCreate<byte> 65536

    do
        if Inotify.inotify_add_watch (descriptor, folder, Inotify.opened) < 0 then
            failwith $"{folder}: cannot be watched."

    /// An event: watch, events, cookie and length of the name (four bytes each), then the name, filled up with zeros.
    let rec events from until = [
        if from < until then
            let kinds = BitConverter.ToUInt32(buffer, from + 4)
            let length = BitConverter.ToInt32(buffer, from + 12)

            if kinds &&& Inotify.isFolder = 0u then
                Encoding.UTF8.GetString(buffer, from + 16, length).TrimEnd '\000'

            yield! events (from + 16 + length) until
    ]

    /// The names of those that were opened since the last call.
    member _.Take() =
        let rec all found =
            match int (Inotify.read (descriptor, buffer, nativeint buffer.Length)) with
            | length when length > 0 -> all (found @ events 0 length)
            | _ -> found

        all []

    interface IDisposable with
        member _.Dispose() = Inotify.close descriptor |> ignore
