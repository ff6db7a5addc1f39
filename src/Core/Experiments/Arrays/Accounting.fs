namespace MtrlFunctional.Experiments

/// How starts of members ended, as the accounting of a cluster tells it.
module Accounting =
    /// Fields of `sacct` in a line: number of the job, state, "exit code:signal", time that passed.
    let fields = "JobIDRaw,State,ExitCode,Elapsed"

    /// Words of the states in which no run decides that it ends; of all others the exit code tells more.
    let private words = [
        "OUT_OF_MEMORY", "was out of memory"
        "TIMEOUT", "had not saved at its limit of time"
        "DEADLINE", "had not ended at its deadline"
        "NODE_FAIL", "lost its node"
        "BOOT_FAIL", "had a node that did not start"
        "PREEMPTED", "was preempted"
        "CANCELLED", "was cancelled"
    ]

    let private ofCode (code: string) =
        match code.Split ':' with
        | [| "0"; signal |] -> $"ended by signal {signal}"
        | codes -> $"ended with exit code {codes[0]}"

    /// Number of the job and how it ended; none where it did not, or another line.
    let ended (line: string) : (string * string) option =
        match line.Trim().Split '|' with
        | [| job; state; code; elapsed |] ->
            match state.Split ' ' |> Array.head with
            | "PENDING"
            | "RUNNING"
            | "REQUEUED"
            | "COMPLETED" -> None
            | state ->
                let how =
                    words
                    |> List.tryFind (fst >> (=) state)
                    |> Option.map snd
                    |> Option.defaultWith (fun () -> ofCode code)

                Some(job, $"{how} after {elapsed}")
        | _ -> None
