/// The commands of Slurm.
module MtrlFunctional.Cli.Cluster.Slurm

open MtrlFunctional
open MtrlFunctional.Experiments

/// Raises MtrlException where there is no Slurm.
let require () =
    if (OtherProgram.run "sbatch" [ "--version" ]).IsNone then
        raise (
            MtrlException
                "sbatch is not on this machine. Submit on a login node of a cluster with Slurm; --local 2 runs the array here, two runs at a time; --dry-run prints it."
        )

/// Members of the user's arrays that are queued or running, or why Slurm does not tell; none where there is no Slurm.
let queue () : Result<QueuedMember list, string> =
    let words = [ "--noheader"; "--array"; "--me"; $"--format={MemberState.squeueFormat}" ]

    match OtherProgram.run "squeue" words with
    | None -> Ok []
    | Some(0, output, _) -> Ok(output.Split '\n' |> Array.choose MemberState.queued |> List.ofArray)
    | Some(_, _, errors) -> Error $"Slurm does not answer: {OtherProgram.oneLine errors}"

/// Submits the file of an array; the number of the array, or why it was refused.
let submit (file: string) : Result<string, string> =
    match OtherProgram.run "sbatch" [ "--parsable"; file ] with
    | Some(0, output, _) -> Ok(output.Trim().Split(';')[0])
    | Some(_, _, errors) -> Error(OtherProgram.oneLine errors)
    | None -> Error "it is not on this machine"
