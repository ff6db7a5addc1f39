module MtrlFunctional.Reliability.Tests.Processes.LimitTests

open Expecto
open Expecto.Flip
open System
open System.IO
open System.Net.Sockets
open MtrlFunctional
open MtrlFunctional.Cli.Training
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests.TrainingProcess
open MtrlFunctional.Training

/// Limits of the machine that a run reaches.
let ``a limit`` = [
    let folder = TestFolder.create "limit"

    testTheory "of open files is one line" [ 32; 64; 191 ]
    <| fun files ->
        let line = $"ulimit -n {files}; exec {{run}}"
        let code, output, error = finish (shell line (words folder "files" []))
        code |> equals 2
        output |> isEmpty

        error
        |> equals
            $"mtrl: the limit of open files is {files}, the program needs 192. Raise it with: ulimit -n 1024\n"

    testCase "of the size of files is a full disk, and the last checkpoint stays" (fun () ->
        let run = folderOf folder "size"
        let words = words folder "size" (endless @ [ "experiment.save_freq=40" ])
        use running = shell "trap '' XFSZ; exec {run}" words
        ChildProcess.awaitCheckpoint running run.Path 40L

        ChildProcess.execute "prlimit" [ $"--pid={running.Id}"; "--fsize=4096" ] []
        |> ignore

        let code, _, error = finish running
        code |> equals ExitCode.Stopped
        error |> containsAll [ "the disk is full"; $"mtrl resume {run.Path}" ]
        stepOf folder "size" |> isAtLeast 40L
        File.ReadAllText run.MetricsFile |> endsWith "}\n")

    /// Files of the system, and the memory that they leave.
    let machines =
        let limits (bytes: string) = [
            "proc/self/limits",
            "Limit                     Soft Limit           Hard Limit           Units     \n"
            + $"Max address space         {bytes}           unlimited            bytes     \n"
            "proc/self/status", "Name:\tmtrl\nVmPeak:\t 5100000 kB\nVmSize:\t 5000000 kB\n"
        ]

        // The limit of a group above, without pages that are given up.
        let group own mount unlimited limit usage pages = [
            "proc/self/cgroup", own
            $"{mount}/jobs/1/{limit}", $"{unlimited}\n"
            $"{mount}/jobs/1/{usage}", "700\n"
            $"{mount}/jobs/{limit}", "1000\n"
            $"{mount}/jobs/{usage}", "900\n"
            $"{mount}/jobs/memory.stat", $"anon 800\n{pages} 50\n"
        ]

        let exceeded = [
            "proc/self/cgroup", "0::/\n"
            "sys/fs/cgroup/memory.max", "1000\n"
            "sys/fs/cgroup/memory.current", "1200\n"
        ]

        let first =
            group
                "4:cpu,memory:/jobs/1\n"
                "sys/fs/cgroup/memory"
                "9223372036854771712"
                "memory.limit_in_bytes"
                "memory.usage_in_bytes"
                "total_inactive_file"

        let second =
            group "0::/jobs/1\n" "sys/fs/cgroup" "max" "memory.max" "memory.current" "inactive_file"

        let space = "the address space of the process (ulimit -v)"
        let free = [ "proc/meminfo", "MemTotal: 900 kB\nMemAvailable:   500 kB\n" ]

        [
            "the machine", (free, 512_000L, "the free memory of the machine")
            "address space", (limits "6144000000", 6_144_000_000L - 5_000_000L * 1024L, space)
            "address space, exceeded", (limits "4096000000", 0L, space)
            "control group", (second, 150L, "memory.max of the control group")
            "control group, version 1", (first, 150L, "memory.limit_in_bytes of the control group")
            "control group, exceeded", (exceeded, 0L, "memory.max of the control group")
        ]

    testNamed "of memory is what the system leaves" machines
    <| fun (files, left, what) ->
        // Stands for the root of the file system.
        let root = TestFolder.create "machine"

        for path, text in files do
            let file = Path.Combine(root, path)
            Directory.CreateDirectory(nonNull (Path.GetDirectoryName file)) |> ignore
            File.WriteAllText(file, (text: string))

        AvailableMemory.Find root |> equals (AvailableMemory(left, what))

    testCase "of the size of files that libtorch needs is one message" (fun () ->
        // The runtime itself writes such files otherwise.
        let line = "trap '' XFSZ; ulimit -f 1000; DOTNET_EnableWriteXorExecute=0 exec {run}"
        let code, output, error = finish (shell line (words folder "files" []))
        code |> equals 2
        output |> isEmpty
        error |> contains "(ulimit -f)")

    testCase "of the address space refuses a run before it has a folder" (fun () ->
        let run = "space"
        let larger = [ "replay_buffer.capacity=100000000" ]
        let line = "ulimit -v 8000000; exec {run}"
        let code, output, error = finish (shell line (words folder run larger))
        code |> equals 2
        output |> isEmpty
        error |> containsAll [ "GB"; "(ulimit -v)" ]
        Path.Combine(folder, run) |> isAbsent)

    let bound (path: string) =
        let socket =
            new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)

        socket.Bind(UnixDomainSocketEndPoint path)
        socket

    testCase "of the temporary folder is not reached by sockets of killed processes" (fun () ->
        let place = TestFolder.create "temporary"

        let name pid =
            Path.Combine(place, $"dotnet-diagnostic-{pid}-12345-socket")
        // Above the largest process number.
        let dead, living, busy = name 4_194_305, name Environment.ProcessId, name 4_194_306
        let pipe = Path.Combine(place, "clr-debug-pipe-4194305-12345-in")

        use listening = bound busy
        listening.Listen()
        use _ = bound living
        use _ = bound dead
        File.WriteAllText(pipe, "")
        RuntimeSockets.removeStale place
        Directory.GetFileSystemEntries place |> isPermutationOf [ living; busy ])

    testCase "of the temporary folder is not reached, because a start removes them" (fun () ->
        let place = TestFolder.create "temporary"
        let dead = Path.Combine(place, "dotnet-diagnostic-4194305-12345-socket")
        use _ = bound dead

        let line = $"export TMPDIR={place}; exec {{run}}"
        let steps = [ "experiment.num_train_steps=21" ]
        let code, _, error = finish (shell line (words folder "sockets" steps))
        code |> Expect.equal error 0
        Directory.GetFileSystemEntries place |> isEmpty)
]
