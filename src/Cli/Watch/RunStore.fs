namespace MtrlFunctional.Cli.Watch

open System
open System.Collections.Generic
open System.IO
open MtrlFunctional.Storage

/// What is known of a run: its row, the version of the list that it is of, the files that it was read from, and the
/// planned steps of a configuration of some time.
type private KnownRun = {
    Row: RunRow
    Version: int
    Stamp: DateTime * int64
    Folder: RunFolder
    Configured: DateTime * float
}

/// The runs below a folder, read when somebody asks, and no more often than in an interval. Without a reader
/// no file is touched. Thread-safe.
type RunStore(root: string, capacity: int) =
    /// A follower, of about 2 MB, is kept for a minute after a page asked for it.
    let kept = 60_000L
    let gate = obj ()
    let runs = Dictionary<string, KnownRun>()
    let followers = Dictionary<string, RunFollower * int64>()
    let mutable version = 0
    /// Since the last scan.
    let clock = Diagnostics.Stopwatch()
    let mutable interval = TimeSpan.Zero

    let nameOf (path: string) =
        match Path.GetRelativePath(root, path) with
        | "." -> string (Path.GetFileName root)
        | name -> name.Replace('\\', '/')

    /// Reads the files of a run only where they changed, or its state may have.
    let readRow now path =
        let name = nameOf path
        let id = RunFinder.id name
        let folder = RunFolder path
        let stamp = RunRows.stamp folder
        let isKnown, known = runs.TryGetValue id
        let configured = File.GetLastWriteTimeUtc folder.ConfigFile

        // A run in training grows, and keeps its configuration, which is slow to read.
        let total =
            if
                isKnown
                && fst known.Configured = configured
                && not (Double.IsNaN(snd known.Configured))
            then
                snd known.Configured
            else
                RunRows.total folder

        let row =
            if isKnown && known.Stamp = stamp && known.Configured.Equals((configured, total)) then
                known.Row
            else
                RunRows.ofFolder name folder total
            |> RunRows.withState now folder

        // NaN equals NaN here.
        let isSame = isKnown && LanguagePrimitives.GenericEqualityER known.Row row

        runs[id] <- {
            Row = row
            Version = if isSame then known.Version else version
            Stamp = stamp
            Folder = folder
            Configured = configured, total
        }

        id

    let scan () =
        clock.Restart()
        version <- version + 1
        let present = RunFinder.find root |> List.map (readRow DateTime.UtcNow) |> HashSet

        for id in List.ofSeq runs.Keys do
            if not (present.Contains id) then
                runs.Remove id |> ignore

        for KeyValue(id, (_, asked)) in List.ofSeq followers do
            if not (present.Contains id) || Environment.TickCount64 - asked > kept then
                followers.Remove id |> ignore

        // A twentieth of a core at most.
        interval <- max (TimeSpan.FromSeconds 2.0) (20.0 * clock.Elapsed)
        clock.Restart()

    let refresh () =
        if not clock.IsRunning || clock.Elapsed >= interval then
            scan ()

    member _.Root = root

    /// Rows that changed since a version, the names of all runs, and the current version.
    member _.RowsSince known =
        lock gate (fun () ->
            refresh ()

            let changed = [
                for run in runs.Values do
                    if run.Version > known then
                        run.Row
            ]

            List.sortBy _.Name changed, List.ofSeq runs.Keys, version)

    /// The follower of a run; none for an unknown id.
    member _.Follow id =
        lock gate (fun () ->
            refresh ()

            match runs.TryGetValue id with
            | true, run ->
                let follower =
                    match followers.TryGetValue id with
                    | true, (follower, _) -> follower
                    | _ -> RunFollower(run.Folder, capacity, TimeSpan.FromSeconds 1.0)

                followers[id] <- (follower, Environment.TickCount64)
                Some follower
            | _ -> None)
