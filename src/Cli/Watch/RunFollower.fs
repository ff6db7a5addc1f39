namespace MtrlFunctional.Cli.Watch

open System
open System.Collections.Generic
open System.IO
open System.Threading
open MtrlFunctional.Storage
open MtrlFunctional.Cli.Results

/// Follows a run: reads what its files gained since the last time, at most once in an interval, whatever the
/// number of readers. Thread-safe.
type RunFollower(folder: RunFolder, capacity: int, interval: TimeSpan) =
    /// Of the process: a run that is made again has another follower, whose numbers are others.
    static let count = ref 0

    let gate = obj ()
    let lines = AppendedLines folder.MetricsFile
    let mutable rows = MetricsRows()
    let tables = Dictionary<string, ThinnedTable>()
    let mutable generation = RunFollower.Next()
    let due = Diagnostics.Stopwatch()
    let mutable detail: RunDetail option = None
    let mutable stamp = ""
    let mutable version = 0

    let table mode =
        match tables.TryGetValue mode with
        | true, table -> table
        | _ ->
            let table = ThinnedTable(mode, generation, capacity)
            tables[mode] <- table
            table

    let restart () =
        generation <- RunFollower.Next()
        tables.Clear()
        rows <- MetricsRows()

    let add =
        MetricsRow(fun mode step names values -> (table mode).Add(float step, names, values))

    /// Changes with the files of the details.
    let stampOf () =
        let time (file: string) =
            let info = FileInfo file

            if info.Exists then
                $"{info.LastWriteTimeUtc.Ticks} {info.Length}"
            else
                "-"

        let video =
            match RunVideos.newest folder with
            | Some(name, at) -> $"{name} {at.Ticks}"
            | None -> "-"

        $"{time folder.ConfigFile} {time folder.ConflictsFile} {video} {tables.Count}"

    let refresh () =
        if not due.IsRunning || due.Elapsed >= interval then
            lines.Read(restart, LineReader(fun line -> rows.Parse(line, add) |> ignore))
            let now = stampOf ()

            if now <> stamp then
                stamp <- now
                detail <- Some(RunDetails.read rows.Texts folder)
                version <- RunFollower.Next()

            due.Restart()

    static member private Next() = Interlocked.Increment count

    member _.Folder = folder

    /// The points that a reader lacks, by mode, with its next cursors; and the details if they changed since
    /// the version that it has. Raises MtrlException where a file cannot be read.
    member _.Since(cursors: Map<string, Cursor>, knownVersion: int) =
        lock gate (fun () ->
            refresh ()

            let parts = [
                for table in tables.Values do
                    let known = Map.tryFind table.Mode cursors
                    let part, next = table.Since known

                    if Some next <> known then
                        part, next
            ]

            let add cursors (part, next) = Map.add part.Mode next cursors
            let news = if version = knownVersion then None else detail
            List.map fst parts, List.fold add cursors parts, news, version)
