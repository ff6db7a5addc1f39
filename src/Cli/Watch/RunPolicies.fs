namespace MtrlFunctional.Cli.Watch

open System
open System.Collections.Generic
open MtrlFunctional.Storage
open MtrlFunctional.Cli.Play

/// Pages in which the newest policies of runs act, made when somebody asks for them, by `grant`. Thread-safe.
type RunPolicies(grant: (unit -> PlayFile list) -> PlayFile list) =
    /// Pages that are kept in memory.
    let most = 4
    let gate = obj ()
    let made = Dictionary<string, int64 option * PlayFile list>()

    let make (run: RunFolder) () =
        let policy = PlayPolicy.newest run
        let files = PlayFiles.all [ policy ] policy.Tasks.Head

        if made.Count >= most then
            made.Clear()

        made[run.Path] <- (policy.Step, files)
        files

    /// The files of the page of a run. A request for its start, or for what there is to choose from, looks for a newer
    /// checkpoint. Raises MtrlException where there is none, the page cannot play the policy, or its packages are missing.
    member _.Files(run: RunFolder, path: string) : PlayFile list =
        lock gate (fun () ->
            let looks = path = "" || path = "play.json"

            match made.TryGetValue run.Path with
            | true, (_, files) when not looks -> files
            | true, (step, files) when step = PlayPolicy.newestStep run -> files
            | _ -> grant (make run))
