/// Puts the runs of a sweep that are not finished into an array, on a cluster or on this machine.
module MtrlFunctional.Cli.Cluster.Submission

open System
open System.IO
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Experiments
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Output
open MtrlFunctional.Cli.Results
open MtrlFunctional.Cli.Tables.SweepRow
open MtrlFunctional.Cli.Training
open MtrlFunctional.Cli.With

type Place =
    | Printed
    /// On this machine, so many runs at a time.
    | Here of width: int
    | OnCluster

/// Processors of a run, where the cluster or the width of this machine says.
let private processors place (cluster: Cluster) =
    match place with
    | Here width -> Some(Environment.ProcessorCount / width)
    | _ -> cluster.Cpus

/// The array of a sweep. `openRuns`: indices of the runs to train, each with options of its training.
let private arrayOf
    (place: Place)
    cluster
    words
    (sweep: PlannedSweep)
    (openRuns: (int * string list) list)
    : JobArray =
    let root = commonFolder sweep.Runs
    let options = Map.ofList openRuns

    {
        Name = string (Path.GetFileName(Path.GetFullPath sweep.Folder))
        Folder = sweep.Folder
        File = sweep.File
        WorkingFolder = Environment.CurrentDirectory
        Root = root
        Words = words
        Program = StartedProcess.self ()
        Members = [
            for index, run in List.indexed sweep.Runs ->
                nameIn root run,
                [
                    "train"
                    "--plain"
                    if place.IsHere || cluster.Launch.IsNone then
                        "--alone"
                    yield! Map.tryFind index options |> Option.defaultValue []
                    yield! Given.words ()
                    yield! Sweep.words run
                    match processors place cluster with
                    | Some count -> yield! TrainingProcess.threads count run.Experiment
                    | None -> ()
                ]
        ]
        Open = List.map fst openRuns
        Cluster = cluster
    }

/// Raises MtrlException where a run of the sweep is queued or running.
let private requireFree queue (job: JobArray) (sweep: PlannedSweep) =
    let rows = SubmittedSweep.rows queue sweep

    let numbers = SubmittedSweep.queuedOf queue sweep |> List.map _.Job |> List.distinct

    let busy =
        rows
        |> List.filter (fun row ->
            match row.State with
            | MemberState.Queued _
            | MemberState.Running _ -> true
            | _ -> false)

    if not (numbers.IsEmpty && busy.IsEmpty) then
        let remedy =
            match numbers with
            | [] -> "stop them"
            | numbers -> $"""end the array by 'scancel {String.concat " " numbers}'"""

        let what =
            if busy.IsEmpty then
                "an array of other runs there is queued or running"
            else
                $"{busy.Length} of its {rows.Length} runs are queued or running"

        refuse
            $"{job.Folder}: {what} ('mtrl jobs' shows them). Wait for them, {remedy}, or choose another {rows.Head.Run.Experiment.Setup.FolderKey}."

let private toSlurm (job: JobArray) =
    let file = Path.GetFullPath(Path.Combine(job.Folder, job.File))

    let before =
        if File.Exists file then
            Some(File.ReadAllText file)
        else
            None

    let write text =
        ReportFiles.write (RunFolder job.Folder) [ job.File, text ]

    write (JobArray.text job)

    match Slurm.submit file with
    | Ok number ->
        $"array {number}: {job.Open.Length} of {job.Members.Length} runs of {job.Folder}."
    | Error why ->
        // What was submitted before is still told by its file.
        match before with
        | Some text -> write text
        | None -> File.Delete file

        refuse $"sbatch refused {job.Folder}: {why}"

/// The command that makes the table.
let private collects (job: JobArray) =
    Launcher.commandWithParts [ "collect"; job.Folder ]

let private trainHere console width (job: JobArray) rows =
    ReportFiles.write (RunFolder job.Folder) [ job.File, JobArray.text job ]

    SweepRuns.train console width (fun index _ -> LocalMembers.train console job index) rows

/// Tells of runs with more threads than processors.
let private noteThreads (cluster: Cluster) (sweep: PlannedSweep) =
    match cluster.Cpus, [ for run in sweep.Runs -> run.Experiment.Setup.Threads ] |> List.max with
    | Some cpus, Some threads when threads > cpus ->
        TrainingSession.notice
            $"setup.threads={threads}: has more threads than a run has processors, --cpus={cpus}. Write --cpus={threads} or setup.threads={cpus}."
    | _ -> ()

/// Submits some runs of a sweep of these words, of which none is queued; says so.
let submit cluster words (sweep: PlannedSweep) openRuns =
    let job = arrayOf OnCluster cluster words sweep openRuns
    noteThreads cluster sweep
    toSlurm job

/// Submits the runs of a sweep that are not finished; returns the exit code.
let run (place: Place) cluster words =
    let sweep = ScriptRuns.plan words
    let rows = SweepRuns.start sweep.Runs

    let openRuns = [
        for index, row in List.indexed rows do
            if row.State <> MemberState.Finished then
                index, []
    ]

    let job = arrayOf place cluster words sweep openRuns
    sweep.Warnings |> List.iter TrainingSession.notice

    if not place.IsHere then
        noteThreads cluster sweep

    match place with
    | _ when job.Open.IsEmpty ->
        printfn
            $"""All {Format.plural rows.Length "run"} of {job.Folder} are finished. Table: {collects job}"""

        ExitCode.Done
    | Printed ->
        printf $"{JobArray.text job}"
        ExitCode.Done
    | Here width ->
        use console = new TrainingConsole(ConsoleOptions.usual)
        use _ = (RunFolder job.Folder).Claim()
        requireFree (SubmittedSweep.queue ()) job sweep
        trainHere console width job rows
    | OnCluster ->
        Slurm.require ()
        use _ = (RunFolder job.Folder).Claim()
        requireFree (Slurm.queue () |> Result.defaultWith refuse) job sweep
        printfn $"{toSlurm job} States: mtrl jobs; table: {collects job}"
        ExitCode.Done
