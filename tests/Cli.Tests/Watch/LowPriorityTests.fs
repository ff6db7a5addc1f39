namespace MtrlFunctional.Cli.Tests

open System
open System.IO
open System.Threading
open NUnit.Framework
open MtrlFunctional.Cli.Watch

[<TestFixture>]
module ``work of low priority`` =
    /// Of the calling thread: the nineteenth field of its state, behind a name in brackets.
    let private niceness () =
        let state = File.ReadAllText "/proc/thread-self/stat"
        int (state.Substring(state.LastIndexOf ')' + 2).Split(' ')[16])

    [<Test>]
    let ``lowers its own thread and those that it starts, and no other`` () =
        if not (OperatingSystem.IsLinux()) then
            Assert.Ignore "Threads have a priority of their own in Linux only."

        let before = niceness ()

        let own, started =
            LowPriority.start (fun () ->
                let inner = [| 0 |]
                let thread = Thread(fun () -> inner[0] <- niceness ())
                thread.Start()
                thread.Join()
                niceness (), inner[0])

        Assert.That(own, Is.EqualTo 19)
        Assert.That(started, Is.EqualTo 19)
        Assert.That(niceness (), Is.EqualTo before)

    [<Test>]
    let ``passes on what it raises`` () =
        let fails () =
            LowPriority.start (fun () -> raise (IOException "full")) |> ignore

        Assert.That(Action fails, Throws.InstanceOf<IOException>().With.Message.EqualTo "full")
