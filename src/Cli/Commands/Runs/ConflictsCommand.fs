/// `mtrl conflicts RUN`: conflicting task gradients (negative cosine) that a run has recorded.
module MtrlFunctional.Cli.Commands.ConflictsCommand

open System.IO
open Argu
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Experiments
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Reports
open MtrlFunctional.Cli.Results

type Options =
    | [<MainCommand; ExactlyOnce>] Run of folder: string
    | Worst of count: int
    | Out of folder: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Run _ -> "folder of a run, e.g. runs/quickstart/seed-1; it may still be training"
            | Worst _ -> "number of pairs in the table, lowest cosines first (default 10)"
            | Out _ -> "folder for the table and the heat maps (default: the folder of the run)"

[<Literal>]
let private Key = "experiment.conflicts_freq"

/// The records of a run. Raises MtrlException with the reason and the remedy where there are none.
let private recordsOf (folder: RunFolder) (experiment: Experiment) =
    let tasks, every = experiment.Environment.NumEnvs, experiment.Schedule.ConflictsFreq

    let refuse why = refuse $"{folder.Path}: {why}"

    if tasks < 2 then
        refuse "has one task; conflicts need at least two."

    if
        Choices.isOnPolicy experiment.Choices
        && not experiment.Behaviour.EqualEpisodesPerTask
    then
        refuse
            "its tasks alternate in one group of episodes, so there are no gradients per task. Train with behaviour.equal_episodes_per_task=True."

    if
        not experiment.Choices.Agent.Family.HasTaskGradients
        || experiment.Agent.Multitask.Model.IsSeparate
    then
        refuse "its tasks share no parameters, so their gradients cannot conflict."

    if NetworkTasks.areScattered experiment then
        refuse
            "its networks have parts for all variants of a model, some of which are not trained on, so no gradients per task are recorded."

    if File.Exists folder.ConflictsFile then
        let skipped why = eprintfn $"mtrl: {why}"

        match List.ofSeq (ConflictsLog.Read(folder.ConflictsFile, tasks, skipped)) with
        | [] ->
            refuse "nothing is recorded yet; the first measurement is made when learning begins."
        | records -> records
    elif every = 0 then
        let usual = if Choices.isOnPolicy experiment.Choices then 10 else 1000

        refuse
            $"recorded no gradients, because {Key} = 0. Train with {Key}={usual}, for example (updates between measurements)."
    else
        refuse
            $"recorded no gradients. Train it again; {Key} (here {every}) is the number of updates between measurements."

let private run (options: ParseResults<Options>) =
    let number = options.GetResult(Worst, 10) |> Command.atLeastOne "--worst"
    let out = options.TryGetResult Out |> Option.map (Command.checkedFolder "--out")
    let folder = RunFolder.Existing(options.GetResult Run)
    let experiment = RunResults.experimentOf folder
    let records = recordsOf folder experiment

    let text, pages = ConflictPages.pages number experiment.Environment.Tasks records

    ReportFiles.publish out.IsSome {
        Text = text
        Folder = Option.defaultValue folder.Path out
        Pages = pages
        Shown = [ ConflictPages.main ]
    }
    |> ignore

    ExitCode.Done

let command =
    Command.define
        "conflicts"
        "Shows conflicts between task gradients: a table and heat maps."
        [
            "mtrl conflicts runs/mt10/seed-1"
            "mtrl conflicts runs/mt10/seed-1 --worst 20 --out conflicts"
        ]
        run
