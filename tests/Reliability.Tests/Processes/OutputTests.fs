module MtrlFunctional.Reliability.Tests.Processes.OutputTests

open Expecto
open System.IO
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests
open MtrlFunctional.Tests.Child
open MtrlFunctional.Reliability.Tests.TrainingProcess

/// Readers of the output that stall, close or fail, beside the real program.
let ``the output of a training process`` = [
    let folder = TestFolder.create "output"

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

    testCase "that nobody reads stops neither training nor a stop signal" (fun () ->
        use running = shell stalled (words folder "stalled" endless)
        awaitLines running (folderOf folder "stalled") 5
        signal running 15
        let seconds = awaitEnd running
        LongForm.report $"reader that stalls: {seconds:F1} s from SIGTERM to the end"
        running.ExitCode |> equals 143
        seconds |> isBelow 5.0
        stepOf "stalled" |> isAbove 0L)

    testCase "on a full disk is reported once, and training finishes" (fun () ->
        let code, _, error =
            finish (shell "exec {run} > /dev/full" (words folder "full" []))

        code |> equals 0
        error |> matches "^mtrl: standard output cannot be written.*train.log\\.\n$"
        stepOf "full" |> equals (int64 steps))

    testTheory "of another command on a full disk, or closed, is an error that names it" [
        for closed, why in [ "> /dev/full", "No space left on device"; ">&-", "it is closed" ] do
            for words in [ "--help"; "--version"; "list tasks" ] do
                closed, why, words
    ]
    <| fun (closed, why, words) ->
        let code, _, error =
            finish (shell ("exec {run} " + closed) (List.ofArray (words.Split ' ')))

        code |> equals 3
        error |> equals $"mtrl: standard output cannot be written ({why}).\n"

    testCase "for errors on a full disk leaves the exit code" (fun () ->
        let code, _, _ = finish (shell "exec {run} 2> /dev/full" [ "eval"; "nosuch" ])
        code |> equals 2)

    testCase "of a program without working folder names the folder" (fun () ->
        let code, _, error =
            finish (
                shell "d=$(mktemp -d); cd $d; rmdir $d; exec {run}" [
                    "config"
                    "env=mt-bandit"
                    "agent=mtppo"
                ]
            )

        code |> equals 2
        error |> contains "the working folder is gone")

    testCase "without standard output, training finishes" (fun () ->
        let code, _, error = finish (shell "exec {run} >&-" (words folder "closed" []))
        code |> equals 0
        error |> contains "it is closed"
        stepOf "closed" |> equals (int64 steps))

    testCase "that closes ends the run as Ctrl-C does" (fun () ->
        let code, output, error =
            finish (shell "{run} | head -1; exit ${PIPESTATUS[0]}" (words folder "head" endless))

        code |> equals 130
        output |> matches "^[^\n]+\n$"
        error |> contains "--detach"
        stepOf "head" |> isAbove 0L)

    /// The kernel sends the signal to the processes of the terminal's session. Those of another one have the closed output
    /// only.
    testTheory "that is a terminal and closes ends the run as a hangup does" [
        "session", ""
        if LongForm.isAsked then
            "other", "setsid --wait"
    ]
    <| fun (name, before) ->
        if not (File.Exists "/usr/bin/script") then
            skiptest "script is not installed."

        let script, code = inTerminal name before (words folder name endless)
        use _ = script
        awaitLines script (folderOf folder name) 2
        script.HasExited |> isFalse
        script.Kill()
        Waiting.Until("the end of the run", fun () -> File.Exists code)
        (File.ReadAllText code).Trim() |> equals "129"
        stepOf name |> isAbove 0L

    testCase "that closes does not end a detached run" (fun () ->
        let words = words folder "detached" [] @ [ "--detach" ]
        let code, _, _ = finish (shell "{run} | head -1; exit ${PIPESTATUS[0]}" words)
        code |> equals 0
        stepOf "detached" |> equals (int64 steps))
]
