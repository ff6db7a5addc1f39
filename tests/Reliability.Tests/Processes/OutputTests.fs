namespace MtrlFunctional.Reliability.Tests

open System
open System.IO
open NUnit.Framework
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Child
open MtrlFunctional.Reliability.Tests.TrainingProcess

/// Readers of the output that stall, close or fail, beside the real program.
[<TestFixture; NonParallelizable>]
type ``the output of a training process``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-output-").FullName

    let stepOf name = TrainingProcess.stepOf folder name

    /// A pipe that is full and that nobody reads, as descriptor 3.
    let stalled =
        "f=$(mktemp -u); mkfifo $f; exec 3<>$f; rm $f; head -c 65536 /dev/zero >&3; exec {run} >&3 2>&3"

    /// Runs the program in a terminal that a process of its own (script) holds; the shell between them outlives the
    /// terminal and writes down the exit code.
    let inTerminal name before words =
        let file extension =
            Path.Combine(folder, $"{name}.{extension}")

        let inner, errors, ending, code = file "sh", file "err", file "end", file "code"
        let quoted = words |> List.map (fun word -> $"'{word}'") |> String.concat " "

        File.WriteAllText(
            inner,
            $"trap : HUP\n{before} dotnet '{ChildProcess.mtrl}' {quoted} 2> {errors}\n"
            + $"echo $? > {ending}; mv {ending} {code}\n"
        )

        let script = shell $"exec script -qec 'bash {inner}' /dev/null < /dev/null" []
        script.OutputDataReceived.Add ignore
        script.BeginOutputReadLine()
        script, code

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``that nobody reads stops neither training nor a stop signal``() =
        use running = shell stalled (words folder "stalled" endless)
        awaitLines running (folderOf folder "stalled") 5
        signal running 15
        let seconds = awaitEnd running
        LongForm.report $"reader that stalls: {seconds:F1} s from SIGTERM to the end"
        Assert.That(running.ExitCode, Is.EqualTo 143)
        Assert.That(seconds, Is.LessThan 5.0)
        Assert.That(stepOf "stalled", Is.Positive)

    [<Test>]
    member _.``on a full disk is reported once, and training finishes``() =
        let code, _, error =
            finish (shell "exec {run} > /dev/full" (words folder "full" []))

        Assert.That(code, Is.Zero)
        Assert.That(error, Does.Match "^mtrl: standard output cannot be written.*train.log\\.\n$")
        Assert.That(stepOf "full", Is.EqualTo(int64 steps))

    [<Test>]
    member _.``without standard output, training finishes``() =
        let code, _, error = finish (shell "exec {run} >&-" (words folder "closed" []))
        Assert.That(code, Is.Zero)
        Assert.That(error, Does.Contain "it is closed")
        Assert.That(stepOf "closed", Is.EqualTo(int64 steps))

    [<Test>]
    member _.``that closes ends the run as Ctrl-C does``() =
        let code, output, error =
            finish (shell "{run} | head -1; exit ${PIPESTATUS[0]}" (words folder "head" endless))

        Assert.That(code, Is.EqualTo 130)
        Assert.That(output, Does.Match "^[^\n]+\n$")
        Assert.That(error, Does.Contain "--detach")
        Assert.That(stepOf "head", Is.Positive)

    /// The kernel sends the signal to the processes of the terminal's session. Those of another one have the closed output
    /// only.
    [<TestCase("session", "")>]
    [<TestCase("other", "setsid --wait", Category = LongForm.only)>]
    member _.``that is a terminal and closes ends the run as a hangup does``
        (name: string, before: string)
        =
        if not (File.Exists "/usr/bin/script") then
            Assert.Ignore "script is not installed."

        let script, code = inTerminal name before (words folder name endless)
        use _ = script
        awaitLines script (folderOf folder name) 2
        Assert.That(script.HasExited, Is.False)
        script.Kill()
        Waiting.Until("the end of the run", fun () -> File.Exists code)
        Assert.That((File.ReadAllText code).Trim(), Is.EqualTo "129")
        Assert.That(stepOf name, Is.Positive)

    [<Test>]
    member _.``that closes does not end a detached run``() =
        let words = words folder "detached" [] @ [ "--detach" ]
        let code, _, _ = finish (shell "{run} | head -1; exit ${PIPESTATUS[0]}" words)
        Assert.That(code, Is.Zero)
        Assert.That(stepOf "detached", Is.EqualTo(int64 steps))
