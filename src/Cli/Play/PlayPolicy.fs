/// Policies as files of the page.
namespace MtrlFunctional.Cli.Play

open System.IO
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Policies
open MtrlFunctional.Storage
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Training
open MtrlFunctional.Cli.Training
open MtrlFunctional.Cli.With

type PlayPolicy = {
    /// In the page's address: "mt10".
    Name: string
    /// Names of the policy's tasks that the page plays: "door-open-v3", "walker-walk".
    Tasks: string list
    /// Tasks that this program plays for the page.
    Served: ServedTask list
    /// Control steps of DeepMind Control that repeat an action.
    Repeat: int
    /// It was trained on observations of Meta-World whose goals are zero, as in ML10.
    HidesGoals: bool
    /// Environment steps of each task before it, where it is of a run that may go on.
    Step: int64 option
    /// Its file, with σ and the value of a run's; none where the page can compute nothing of it.
    Content: byte[] option
}

module PlayPolicy =
    /// No state of a task has as many numbers.
    let private leastImage = 1000

    /// Numbers of an observation of each task that the page plays.
    let private observations =
        lazy
            (Map [
                for task in Benchmarks.tasks do
                    task.Name, Observation.size
                for task in DmControlTasks.standard do
                    DmControlTask.fullName task, DmControlTask.observationSize task
            ])

    /// Whether the page has the world of a task, by its name: "door-open-v3".
    let isOfPage task = observations.Value.ContainsKey task

    let private refused source what =
        let film = Shell.command ([ "mtrl"; "video"; source ] @ Given.words ())

        $"{source}: {what}; the page plays policies that read the numbers of tasks of Meta-World or DeepMind Control, such as policy:mt50. {film} films it where its tasks have a MuJoCo model."

    /// The message about a policy without a task that the page plays.
    let refusal (source: string) (observationSize: int) (firstTask: string) =
        refused
            source
            (if observationSize >= leastImage then
                 $"reads images ({observationSize:N0} numbers)"
             else
                 $"plays {firstTask}, which the page does not have")

    /// The message about a policy with a memory, which reads its rewards and actions as well.
    let refusalOfMemory source = refused source "has a memory"

    /// The tasks that this program can draw, and so plays for the page: all of them, or none.
    let private served source (tasks: string list) = [
        let play task isRandom =
            Rollout.OfTask(
                source,
                task,
                TrainingSession.notice,
                Given.extensions (),
                actsRandomly = isRandom
            )

        let canBeDrawn task =
            use rollout = play task false
            rollout.Environments.CanBeDrawn 0

        match tasks with
        | first :: _ when canBeDrawn first ->
            for task in tasks do
                { Name = task; Open = play task }
        | _ -> ()
    ]

    let private fileOf (policy: Policy) =
        let file = Path.GetTempFileName()

        try
            policy.Save file
            File.ReadAllBytes file
        finally
            File.Delete file

    /// The policy of a run or file, or a shipped one; or why the page cannot play it. `serves`: this program plays tasks that the
    /// page does not have.
    /// Throws MtrlException where there is none, or where its tasks are of extensions that were not given.
    let tryLoad (serves: bool) (source: string) : Result<PlayPolicy, string> =
        use policy =
            Policy.Load(
                source,
                extensions = Given.extensions (),
                notice = TrainingSession.notice,
                readings = true
            )

        let others = policy.Tasks |> Seq.filter (isOfPage >> not) |> List.ofSeq

        let tasks = [
            for task, name in Seq.indexed policy.Tasks do
                let size = policy.SizesOf(task).ObservationSize

                if not policy.HasMemory && observations.Value.TryFind name = Some size then
                    name
        ]

        let served = if serves then served source others else []

        if not (tasks.IsEmpty && served.IsEmpty) then
            let environment =
                RunEvaluation.ExperimentOf(source, Given.extensions ()).Environment

            let isRead =
                policy.IsExportable
                && not policy.HasMemory
                && policy.ObservationSize < leastImage

            Ok {
                // The page has scripted experts and random actions of these names.
                Name =
                    match PolicySource.ShortName source with
                    | "expert"
                    | "random" as taken -> $"{taken}.onnx"
                    | name -> name
                Tasks = tasks
                Served = served
                Repeat = environment.DmControl.ActionRepeat
                HidesGoals = not environment.Goals.IsVisible
                Step = None
                Content =
                    if tasks.IsEmpty && not isRead then
                        None
                    else
                        Some(fileOf policy)
            }
        elif policy.HasMemory then
            Error(refusalOfMemory source)
        else
            Error(refusal source policy.ObservationSize policy.Tasks[0])

    /// The policy of a run or file, or a shipped one.
    /// Throws MtrlException where there is none, or the page cannot play it.
    let load serves source =
        tryLoad serves source |> Result.defaultWith refuse

    /// The step of the newest checkpoint of a run, if it has one.
    let newestStep (run: RunFolder) =
        run.Checkpoints.Newest() |> Option.ofObj |> Option.map _.Step

    /// The policy of the newest checkpoint of a run.
    /// Throws MtrlException where there is none, or the page cannot play it.
    let newest (run: RunFolder) : PlayPolicy =
        // Read before the policy: a checkpoint that is saved between both is found by the next look.
        let step = newestStep run
        { load false run.Path with Step = step }
