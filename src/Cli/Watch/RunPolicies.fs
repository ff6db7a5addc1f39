namespace MtrlFunctional.Cli.Watch

open System
open System.Collections.Generic
open System.Diagnostics
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Cli.Play

/// The page of a run's policy, or why there is none, at the step of its newest checkpoint.
type private RunPage = {
    Step: int64 option
    Files: Result<PlayFile list, MtrlException>
    /// How long it took, and the time since then.
    Took: TimeSpan
    Age: Stopwatch
}

/// Pages in which the newest policies of runs act, made on request, by `grant`. The page of a newer checkpoint is made
/// no sooner than `rest` times as long as the page before took. Thread-safe.
type RunPolicies(grant: (unit -> PlayFile list) -> PlayFile list, rest: float) =
    /// Pages that are kept in memory.
    let most = 4
    let gate = obj ()
    let made = Dictionary<string, RunPage>()

    /// A refusal is kept as well: a policy that cannot act is loaded once for each checkpoint.
    let make (run: RunFolder) newest () =
        PlayPackages.require () |> ignore
        let clock = Stopwatch.StartNew()

        let keep step files =
            if made.Count >= most then
                made.Clear()

            made[run.Path] <- {
                Step = step
                Files = files
                Took = clock.Elapsed
                Age = Stopwatch.StartNew()
            }

        try
            let policy = PlayPolicy.newest run
            let files = PlayFiles.all [ policy ] policy.Tasks.Head false
            keep policy.Step (Ok files)
            files
        with :? MtrlException as refusal ->
            keep newest (Error refusal)
            reraise ()

    let content page =
        match page.Files with
        | Ok files -> files
        | Error refusal -> raise refusal

    /// The files of the page of a run. A request for its start, or for what there is to choose from, looks for a newer
    /// checkpoint. Raises MtrlException where there is none, the page cannot play the policy, or its packages are missing.
    member _.Files(run: RunFolder, path: string) : PlayFile list =
        lock gate (fun () ->
            let looks = path = "" || path = "play.json"

            match made.TryGetValue run.Path with
            | true, page when not looks && page.Files.IsOk -> content page
            | true, page when page.Age.Elapsed < rest * page.Took -> content page
            | known, page ->
                let newest = PlayPolicy.newestStep run

                if known && page.Step = newest then
                    content page
                else
                    grant (make run newest))
