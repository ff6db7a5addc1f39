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

    [<Test>]
    member _.``of the machine's memory is its available memory``() =
        let memory =
            machine [ "proc/meminfo", "MemTotal: 900 kB\nMemAvailable:   500 kB\n" ]

        Assert.That(memory, Is.EqualTo(AvailableMemory(512_000L, "the free memory of the machine")))

    [<TestCase("6144000000", 6_144_000_000L - 5_000_000L * 1024L)>]
    [<TestCase("4096000000", 0L)>]
    member _.``of the address space is what the process has not taken``
        (limit: string, left: int64)
        =
        let memory =
            machine [
                "proc/self/limits",
                "Limit                     Soft Limit           Hard Limit           Units     \n"
                + $"Max address space         {limit}           unlimited            bytes     \n"
                "proc/self/status", "Name:\tmtrl\nVmPeak:\t 5100000 kB\nVmSize:\t 5000000 kB\n"
            ]

        let name = "the address space of the process (ulimit -v)"
        Assert.That(memory, Is.EqualTo(AvailableMemory(left, name)))

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

    [<TestCase("memory.max")>]
    [<TestCase("memory.limit_in_bytes")>]
    member _.``of a control group or of one above it is the rest, without pages that are given up``
        (limit: string)
        =
        let isSecond = limit = "memory.max"
        let mount = if isSecond then "sys/fs/cgroup" else "sys/fs/cgroup/memory"

        let usage =
            if isSecond then
                "memory.current"
            else
                "memory.usage_in_bytes"

        let pages = if isSecond then "inactive_file" else "total_inactive_file"
        let unlimited = if isSecond then "max" else "9223372036854771712"

        let memory =
            machine [
                "proc/self/cgroup",
                (if isSecond then
                     "0::/jobs/1\n"
                 else
                     "4:cpu,memory:/jobs/1\n")
                $"{mount}/jobs/1/{limit}", $"{unlimited}\n"
                $"{mount}/jobs/1/{usage}", "700\n"
                $"{mount}/jobs/{limit}", "1000\n"
                $"{mount}/jobs/{usage}", "900\n"
                $"{mount}/jobs/memory.stat", $"anon 800\n{pages} 50\n"
            ]

        Assert.That(memory, Is.EqualTo(AvailableMemory(150L, $"{limit} of the control group")))

    [<Test>]
    member _.``that is exceeded already leaves no bytes, not a negative number``() =
        let memory =
            machine [
                "proc/self/cgroup", "0::/\n"
                "sys/fs/cgroup/memory.max", "1000\n"
                "sys/fs/cgroup/memory.current", "1200\n"
            ]

        Assert.That(memory.Bytes, Is.Zero)

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
