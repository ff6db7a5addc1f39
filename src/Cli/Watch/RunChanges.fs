namespace MtrlFunctional.Cli.Watch

open System
open System.Collections.Generic
open System.IO
open System.Threading.Tasks
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Storage
open MtrlFunctional.Cli.Reports
open MtrlFunctional.Cli.With

/// Keys of runs that have other values than their defaults. They take up to two seconds of processor time, so that they are
/// computed when a page asks for them, by `grant`, one run at a time, and once for each configuration. Thread-safe.
type RunChanges(grant: (unit -> string list) -> string list) =
    let gate, one = obj (), obj ()
    let known = Dictionary<string, DateTime * Task<string list>>()

    let keys (folder: RunFolder) =
        try
            match Experiment.loadWith (Given.additions ()) (folder.ReadConfig()) with
            | Ok experiment -> ConfigurationChanges.changed experiment |> List.map fst
            | Error _ -> []
        with :? MtrlException -> []

    /// The changed keys in the order of the configuration; none also where it cannot be read.
    member _.Of(folder: RunFolder) : Task<string list> =
        lock gate (fun () ->
            let stamp = File.GetLastWriteTimeUtc folder.ConfigFile

            match known.TryGetValue folder.Path with
            | true, (at, keys) when at = stamp -> keys
            | _ ->
                let found = Task.Run(fun () -> lock one (fun () -> grant (fun () -> keys folder)))
                known[folder.Path] <- (stamp, found)
                found)
