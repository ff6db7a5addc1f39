/// Sweeps that were submitted: the file of the array in the folder of each, and the states of its runs.
module MtrlFunctional.Cli.Cluster.SubmittedSweep

open System.IO
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Cli.Tables.SweepRow
open MtrlFunctional.Cli.Training
open MtrlFunctional.Cli.With

/// The folder of a sweep; runs of several names share the first run's folder.
let sweepFolder (runs: SweptRun list) = Sweep.rootOf (List.head runs)

/// The file of the array.
let fileIn (folder: string) = Path.Combine(folder, JobArray.file)

let private mostBytes = 16_384L

/// Why a run failed by the end of the log of its member; none: it did not.
let failure (folder: string) (index: int) run =
    let path = Path.Combine(folder, JobArray.log (string index))

    if File.Exists path then
        use file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite)

        file.Position <- max 0L (file.Length - mostBytes)
        use reader = new StreamReader(file)
        reader.ReadToEnd().Split '\n' |> List.ofArray |> MemberState.failure run
    else
        None

/// Members of the array of a folder in the queue.
let queuedOf (queue: QueuedMember list) (folder: string) =
    let file = Path.GetFullPath(fileIn folder)
    queue |> List.filter (fun task -> task.Script = file)

/// The queue; where it does not answer, a notice and nothing.
let queue () =
    match Slurm.queue () with
    | Ok queue -> queue
    | Error why ->
        TrainingSession.notice $"{why}. States come from the run folders."
        []

/// The runs with their states, in the order of the sweep.
let rows (queue: QueuedMember list) (runs: SweptRun list) : Row list =
    let folder = sweepFolder runs
    let queued, common = queuedOf queue folder, commonFolder runs

    runs
    |> List.mapi (fun number run ->
        let row = SweepStatus.row run
        let queued = queued |> List.tryFind (fun task -> task.Place = number)
        let isAlive = (folderOf run).IsRunning
        let failure = failure folder number (nameIn common run)
        { row with State = MemberState.decide row.State isAlive queued failure })

/// The runs of the sweep in a folder. Raises MtrlException where its file does not tell them.
let runsIn (folder: string) : SweptRun list =
    let file = fileIn folder

    let refuse why = refuse $"{file}: {why}"

    match JobArray.wordsOf (File.ReadAllText file) |> Option.map Given.sweep with
    | None -> refuse "does not name the words of its sweep. Submit them again."
    | Some(Error mistakes) -> refuse (List.head mistakes)
    | Some(Ok sweep) ->
        let runs = List.ofSeq sweep.Runs

        if Path.GetFullPath(sweepFolder runs) <> Path.GetFullPath folder then
            refuse "was submitted in another folder, which its line --chdir names. Go there (cd)."

        runs

/// Where sweeps are by default, and how deep below it.
let private usual, deepest = "runs", 4

let private below (folder: string) =
    if Directory.Exists folder then
        Directory.GetFiles(
            folder,
            JobArray.file,
            EnumerationOptions(
                RecurseSubdirectories = true,
                MaxRecursionDepth = deepest,
                IgnoreInaccessible = true
            )
        )
        |> Array.map (fun file -> string (Path.GetDirectoryName file))
        |> Array.sort
        |> List.ofArray
    else
        []

/// Names of all sweeps that were submitted below `runs`.
let names () =
    below usual |> List.map (fun folder -> Path.GetRelativePath(usual, folder))

/// Folders of the submitted sweeps below a folder, of the one with this name, or of all below `runs`. Raises MtrlException
/// where there is none.
let named (name: string option) : string list =
    let folders =
        match name with
        | None -> [ usual ]
        | Some name -> [ name; Path.Combine(usual, name) ]

    match folders |> List.map below |> List.tryFind (List.isEmpty >> not) with
    | Some folders -> folders
    | None ->
        let folder = Option.defaultValue usual name

        refuse
            $"{folder}: no sweep was submitted there.{Nearest.hint (names ()) folder} 'mtrl submit' submits one."
