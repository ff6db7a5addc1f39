/// The runs of a sweep, of words or of a script. A script is compiled and its lines run in this process, where `Run.train` and its
/// like tell what they would train.
///
/// Reading order: PlannedSweep → ofRows, tell (calls of a script) → plan (words to runs).
namespace MtrlFunctional.Cli.Training

open System.IO
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Training
open MtrlFunctional.Cli.Tables.SweepRow
open MtrlFunctional.Cli.With

/// The runs of a sweep in their order, and remarks.
type PlannedSweep = {
    Folder: string
    /// The file of its array, in the folder.
    File: string
    Runs: SweptRun list
    Warnings: string list
}

module ScriptRuns =
    /// What a script has told whose lines run.
    type private Reading = {
        Words: string list
        mutable AreWordsRead: bool
        mutable Told: (unit -> PlannedSweep) list
    }

    let mutable private reading: Reading option = None

    /// The words for the script that is read; none where this process runs one.
    let words () =
        reading
        |> Option.map (fun reading ->
            reading.AreWordsRead <- true
            reading.Words)

    /// Takes what a call would train, as the script is read; whether it is.
    let tell (sweep: unit -> PlannedSweep) =
        reading |> Option.iter (fun reading -> reading.Told <- reading.Told @ [ sweep ])

        reading.IsSome

    /// The run of a seed, as the words of its row describe it.
    let private runOf name (whole: Experiment) seed : SweptRun =
        let run = {
            Job = { Words = Experiment.words whole; Picked = [ "row", name ]; Folder = "" }
            Experiment = Experiment.withSeed seed whole
        }

        { run with Experiment = (Given.resolve (Sweep.words run) |> valid).Experiment }

    /// The runs of rows that were checked, the first seeds of all before the second ones. `parts`: the rows' extensions.
    let ofRows folder (parts: Extensions) warnings (rows: (string * Experiment) list) =
        if not (obj.ReferenceEquals(parts, Extensions.None)) && Given.identity().IsEmpty then
            refuse
                "the script's runs have extensions of their own. Give these, too, by --with SCRIPT."

        {
            Folder = folder
            File = JobArray.ofSweep
            Runs =
                [
                    for name, whole in rows do
                        for turn, seed in List.indexed (Experiment.seeds whole) ->
                            turn, runOf name whole seed
                ]
                |> List.sortBy fst
                |> List.map snd
            Warnings = List.map string warnings
        }

    /// Runs the lines of a script.
    let private execute (script: string) =
        use folder = new ScriptFolder()
        CompiledScript.into folder.Path script script |> Library.load script Script.Read

    let private read (script: string) words =
        if not (File.Exists script) then
            refuse $"{script}: no such file."

        let found = { Words = words; AreWordsRead = false; Told = [] }
        reading <- Some found

        try
            execute script
        finally
            reading <- None

        match [ for sweep in found.Told -> sweep () ] with
        | [] ->
            refuse
                $"{script}: has no run. Runs are those of Run.train, Run.trainAll and Run.record."
        | _ when not (words.IsEmpty || found.AreWordsRead) ->
            refuse
                $"{script}: takes no words, such as {words.Head}. It would by Experiment.withWords (Run.words ())."
        | sweeps -> {
            Folder = sweeps.Head.Folder
            File = JobArray.ofSweep
            Runs = sweeps |> List.collect _.Runs |> List.distinctBy (folderOf >> _.Path)
            Warnings = sweeps |> List.collect _.Warnings |> List.distinct
          }

    /// A word that names a script.
    let isScript (word: string) =
        word.EndsWith ".fsx" && not (word.StartsWith '-' || word.Contains '=')

    /// The sweep of words; where a script is among them, its runs, changed by the others. Raises all mistakes.
    let plan (words: string list) : PlannedSweep =
        match List.partition isScript words with
        | [], words ->
            let sweep = Given.sweep words |> valid
            let runs = List.ofSeq sweep.Runs

            {
                Folder = Sweep.rootOf runs.Head
                File = JobArray.ofSweep
                Runs = runs
                Warnings = List.ofSeq sweep.Warnings
            }
        | [ script ], words -> read script words
        | several, _ ->
            let names = String.concat ", " several
            refuse $"{names}: give one script."
