/// The commands of Slurm.
module MtrlFunctional.Cli.Cluster.Slurm

open System
open System.ComponentModel
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Cli.Output

/// Output of a program, or its errors in one line; None: there is no such program.
let private run (program: string) (words: string list) : Result<string, string> option =
    try
        match StartedProcess.execute (program :: words) [] with
        | ExitCode.Done, output, _ -> Some(Ok output)
        | _, _, errors ->
            let options =
                StringSplitOptions.TrimEntries ||| StringSplitOptions.RemoveEmptyEntries

            Some(Error(errors.Split('\n', options) |> String.concat " "))
    with :? Win32Exception ->
        None

/// Raises MtrlException where there is no Slurm.
let require () =
    if (run "sbatch" [ "--version" ]).IsNone then
        refuse
            "sbatch is not on this machine. Submit on a login node of a cluster with Slurm; --local 2 runs the array here, two runs at a time; --dry-run prints it."

/// Members of the user's arrays that are queued or running, or why Slurm does not tell; none where there is no Slurm.
let queue () : Result<QueuedMember list, string> =
    [ "--noheader"; "--array"; "--me"; $"--format={MemberState.squeueFormat}" ]
    |> run "squeue"
    |> Option.defaultValue (Ok "")
    |> Result.map (_.Split('\n') >> Array.choose MemberState.queued >> List.ofArray)
    |> Result.mapError (fun why -> $"Slurm does not answer: {why}")

/// Numbers of jobs and how they ended; none where the cluster keeps no accounts.
let ends (jobs: string list) : (string * string) list =
    if jobs.IsEmpty then
        []
    else
        let numbers = String.concat "," jobs

        [
            "--allocations"
            "--noheader"
            "--parsable2"
            $"--format={Accounting.fields}"
            $"--jobs={numbers}"
        ]
        |> run "sacct"
        |> Option.bind Result.toOption
        |> Option.map (_.Split('\n') >> Array.choose Accounting.ended >> List.ofArray)
        |> Option.defaultValue []

/// Submits the file of an array; the number of the array, or why it was refused.
let submit (file: string) : Result<string, string> =
    run "sbatch" [ "--parsable"; file ]
    |> Option.defaultValue (Error "it is not on this machine")
    |> Result.map (fun output -> output.Trim().Split(';')[0])
