namespace MtrlFunctional.Reliability.Tests

open System
open System.IO
open System.Net.Sockets
open NUnit.Framework
open MtrlFunctional.Cli.Training
open MtrlFunctional.Reliability.Tests.TrainingProcess
open MtrlFunctional.Training

/// Limits of the machine that a run reaches.
[<TestFixture; NonParallelizable>]
type ``a limit``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-limit-").FullName

    /// Writes files below a folder that stands for the root of the file system.
    let machine (files: (string * string) list) =
        let root =
            Directory.CreateDirectory(Path.Combine(folder, Guid.NewGuid().ToString "N")).FullName

        for path, text in files do
            let file = Path.Combine(root, path)
            Directory.CreateDirectory(nonNull (Path.GetDirectoryName file)) |> ignore
            File.WriteAllText(file, text)

        AvailableMemory.Find root

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<TestCase(32)>]
    [<TestCase(64)>]
    [<TestCase(191)>]
    member _.``of open files is one line``(files: int) =
        let line = $"ulimit -n {files}; exec {{run}}"
        let code, output, error = finish (shell line (words folder "files" []))
        Assert.That(code, Is.EqualTo 2)
        Assert.That(output, Is.Empty)

        Assert.That(
            error,
            Is.EqualTo
                $"mtrl: the limit of open files is {files}, the program needs 192. Raise it with: ulimit -n 1024\n"
        )

    /// Files of the system, and the memory that they leave.
    static member Machines =
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
            "the machine", free, 512_000L, "the free memory of the machine"
            "address space", limits "6144000000", 6_144_000_000L - 5_000_000L * 1024L, space
            "address space, exceeded", limits "4096000000", 0L, space
            "control group", second, 150L, "memory.max of the control group"
            "control group, version 1", first, 150L, "memory.limit_in_bytes of the control group"
            "control group, exceeded", exceeded, 0L, "memory.max of the control group"
        ]
        |> List.map (fun (name, files, left, what) ->
            TestCaseData(files, AvailableMemory(left, what)).SetArgDisplayNames name)

    [<TestCaseSource "Machines">]
    member _.``of memory is what the system leaves``
        (files: (string * string) list, left: AvailableMemory)
        =
        Assert.That(machine files, Is.EqualTo left)

    [<Test>]
    member _.``of the address space refuses a run before it has a folder``() =
        let run = "space"
        let larger = [ "replay_buffer.capacity=100000000" ]
        let line = "ulimit -v 8000000; exec {run}"
        let code, output, error = finish (shell line (words folder run larger))
        Assert.That(code, Is.EqualTo 2)
        Assert.That(output, Is.Empty)
        Assert.That(error, (Does.Contain "GB").And.Contains "(ulimit -v)")
        Assert.That(Directory.Exists(Path.Combine(folder, run)), Is.False)

    [<Test>]
    member _.``of the temporary folder is not reached by sockets of killed processes``() =
        let place = Directory.CreateDirectory(Path.Combine(folder, "temp")).FullName

        let name pid =
            Path.Combine(place, $"dotnet-diagnostic-{pid}-12345-socket")
        // Above the largest process number.
        let dead, living, busy = name 4_194_305, name Environment.ProcessId, name 4_194_306
        let pipe = Path.Combine(place, "clr-debug-pipe-4194305-12345-in")

        let bound (path: string) =
            let socket =
                new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)

            socket.Bind(UnixDomainSocketEndPoint path)
            socket

        use listening = bound busy
        listening.Listen()
        use _ = bound living
        use _ = bound dead
        File.WriteAllText(pipe, "")
        RuntimeSockets.removeStale place
        Assert.That(Directory.GetFileSystemEntries place, Is.EquivalentTo [ living; busy ])

    [<Test>]
    member _.``of the temporary folder is not reached, because a start removes them``() =
        let place = Directory.CreateDirectory(Path.Combine(folder, "started")).FullName
        let dead = Path.Combine(place, "dotnet-diagnostic-4194305-12345-socket")

        use socket =
            new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)

        socket.Bind(UnixDomainSocketEndPoint dead)
        let steps = [ "experiment.num_train_steps=21" ]
        let line = $"export TMPDIR={place}; exec {{run}}"
        let code, _, error = finish (shell line (words folder "sockets" steps))
        Assert.That(code, Is.Zero, error)
        Assert.That(Directory.GetFileSystemEntries place, Is.Empty)
