/// The members of an array on this machine, each a process of its own.
module MtrlFunctional.Cli.Cluster.LocalMembers

open System
open System.ComponentModel
open System.IO
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Cli.Training

/// Runs a member to its end; its exit code. What it prints is appended to its log, and ends when this process is killed:
/// then the member saves and stops.
let private execute (stop: Threading.CancellationToken) (job: JobArray) index =
    let run, words = job.Members[index]
    let log = Path.Combine(job.Folder, JobArray.log (string index))
    use writer = new StreamWriter(log, append = true, AutoFlush = true)
    writer.WriteLine(JobArray.startLine run Environment.MachineName)

    let code =
        (TrainingProcess.run stop (job.Program @ words) writer.WriteLine).GetAwaiter().GetResult()

    writer.WriteLine $"{JobArray.endMark}{code}"
    code

/// Trains a member: its exit code, or why it failed. A stop of the console asks it to save.
let rec train (console: TrainingConsole) (job: JobArray) index : Result<int, string> =
    try
        match execute console.Token job index with
        | ExitCode.Done -> Ok ExitCode.Done
        | _ when console.Token.IsCancellationRequested -> Ok console.ExitCode
        | ExitCode.StartAgain -> train console job index
        | code ->
            SubmittedSweep.failure job.Folder index (fst job.Members[index])
            |> Option.map fst
            |> Option.defaultValue $"ended with exit code {code}"
            |> Error
    with
    | :? IOException
    | :? UnauthorizedAccessException
    | :? Win32Exception as e -> Error e.Message
