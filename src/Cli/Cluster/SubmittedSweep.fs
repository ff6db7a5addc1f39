/// Sweeps that were submitted: the file of the array in the folder of each, and the states of its runs.
module MtrlFunctional.Cli.Cluster.SubmittedSweep

open System.IO
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Cli.Tables.SweepRow
open MtrlFunctional.Cli.Training
open MtrlFunctional.Cli.With

let private mostBytes = 16_384L

/// Why a run failed by the end of the log of its member, and the job that it was; none: it did not.
let failure (folder: string) (index: int) run =
    let path = Path.Combine(folder, JobArray.log (string index))

    if File.Exists path then
        use file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite)

        file.Position <- max 0L (file.Length - mostBytes)
        use reader = new StreamReader(file)
        reader.ReadToEnd().Split '\n' |> List.ofArray |> MemberState.failure run
    else
        None

/// Members of the array of a sweep in the queue.
let queuedOf (queue: QueuedMember list) (sweep: PlannedSweep) =
    let file = Path.GetFullPath(Path.Combine(sweep.Folder, sweep.File))
    queue |> List.filter (fun task -> task.Script = file)

/// The queue; where it does not answer, a notice and nothing.
let queue () =
    match Slurm.queue () with
    | Ok queue -> queue
    | Error why ->
        TrainingSession.notice $"{why}. States come from the run folders."
        []

/// The same with the ends of their jobs, where the cluster keeps them.
let private withAccounts (rows: (Row * string option) list) : Row list =
    let failed =
        rows
        |> List.choose (function
            | { State = MemberState.Failed _ }, job -> job
            | _ -> None)

    let ends = Map.ofList (Slurm.ends failed)

    [
        for row, job in rows do
            match row.State, Option.bind (fun job -> Map.tryFind job ends) job with
            | MemberState.Failed(step, why), Some how -> {
                row with
                    State = MemberState.Failed(step, $"{how}: {why}")
              }
            | _ -> row
    ]

/// The runs with their states, in the order of the sweep.
let rows (queue: QueuedMember list) (sweep: PlannedSweep) : Row list =
    let queued, common = queuedOf queue sweep, commonFolder sweep.Runs

    sweep.Runs
    |> List.mapi (fun number run ->
        let row = SweepStatus.row run
        let queued = queued |> List.tryFind (fun task -> task.Place = number)
        let isAlive = (folderOf run).IsRunning
        let failure = failure sweep.Folder number (nameIn common run)
        let state = MemberState.decide row.State isAlive queued (Option.map fst failure)
        { row with State = state }, Option.bind snd failure)
    |> withAccounts

/// The folder of an array's file.
let folder (file: string) = string (Path.GetDirectoryName file)

/// The sweep of an array's file, from its words. Raises MtrlException where the file does not tell it.
let read (plan: string list -> PlannedSweep) (file: string) : PlannedSweep =
    let refuse why = refuse $"{file}: {why}"

    let plan words =
        try
            plan words
        with
        | Mistakes mistakes -> refuse mistakes.Head
        | :? MtrlException as e -> refuse e.Message

    match JobArray.wordsOf (File.ReadAllText file) |> Option.map plan with
    | None -> refuse "does not name the words of its sweep. Submit them again."
    | Some sweep when Path.GetFullPath sweep.Folder <> Path.GetFullPath(folder file) ->
        refuse "was submitted in another folder, which its line --chdir names. Go there (cd)."
    | Some sweep -> sweep

/// Where sweeps are by default, and how deep below it.
let private usual, deepest = "runs", 4

/// The arrays' files of some names below a folder.
let private below kinds (folder: string) =
    if Directory.Exists folder then
        let options =
            EnumerationOptions(
                RecurseSubdirectories = true,
                MaxRecursionDepth = deepest,
                IgnoreInaccessible = true
            )

        kinds
        |> List.collect (fun kind -> List.ofArray (Directory.GetFiles(folder, kind, options)))
        |> List.sort
    else
        []

/// Names of all sweeps that were submitted below `runs`, with arrays' files of some names.
let names kinds () =
    below kinds usual
    |> List.map (fun file -> Path.GetRelativePath(usual, folder file))
    |> List.distinct

/// Arrays' files, of some names, of the submitted sweeps below a folder, of the one with this name, or of all below `runs`.
/// Raises MtrlException where there is none.
let named kinds (name: string option) : string list =
    let folders =
        match name with
        | None -> [ usual ]
        | Some name -> [ name; Path.Combine(usual, name) ]

    match folders |> List.map (below kinds) |> List.tryFind (List.isEmpty >> not) with
    | Some files -> files
    | None ->
        let folder = Option.defaultValue usual name

        refuse
            $"{folder}: no sweep was submitted there.{Nearest.hint (names kinds ()) folder} 'mtrl submit' submits one."
