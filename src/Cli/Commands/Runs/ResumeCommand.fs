/// `mtrl resume RUN`: continues a run from its newest complete checkpoint; `--from FILE`: starts another from a policy.
module MtrlFunctional.Cli.Commands.ResumeCommand

open Argu
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Policies
open MtrlFunctional.Training
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Training
open MtrlFunctional.Cli.With

type Options =
    | [<MainCommand>] Run of folder: string list
    | From of policy: string
    | Plain
    | Paper_Lines
    | Detach
    | Alone

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Run _ ->
                "folder of a run, e.g. runs/quickstart/seed-1; experiment.num_train_steps=N after it makes the run longer, setup.threads=N changes the number of threads. With --from, changes of the configuration, key=value"
            | From _ ->
                "start a new run with the configuration and the actor of a policy: a file, a folder of a run or of a checkpoint, or policy:mt10"
            | Plain -> "print a readable line every ten seconds instead of the live display"
            | Paper_Lines -> "print the lines of train.log, in the format of the papers' program"
            | Detach -> "continue when the terminal, or the reader of the output, is closed"
            | Alone -> "train in this process only, although mpirun or srun started others with it"

let private stepsKey = "experiment.num_train_steps"
let private threadsKey = "setup.threads"

/// The keys that may change, with their largest number: a checkpoint fits only the configuration of its run.
let private changing = Map [ stepsKey, 2_000_000_000; threadsKey, 1_024 ]

/// The key and the number in a word behind the folder, or why the word is wrong.
let private change (word: string) =
    match Overrides.parse word with
    | Ok(Set(key, value) | Add(key, value)) when changing.ContainsKey key ->
        match ValueText.whole value with
        | Some number when 1L <= number && number <= int64 changing[key] -> Ok(key, int number)
        | _ -> Error $"{word}: must be a whole number from 1 to {changing[key]:N0}."
    | _ when word.Contains '=' ->
        Error
            $"{word}: a resumed run keeps its configuration, but for {stepsKey} and {threadsKey}. Start another run with 'mtrl train' and another setup.name."
    | _ -> Error $"{word}: only one run can be resumed at a time."

let private continueRun (console: TrainingConsole) folder changes =
    let given key =
        changes
        |> List.tryPick (fun (changed, number) -> if changed = key then Some number else None)
        |> Option.toNullable

    use training =
        TrainingRun.Resume(
            folder,
            Given.extensions (),
            TrainingSession.notice,
            given stepsKey,
            given threadsKey,
            console.Crew
        )

    TrainingSession.run console training

let private resume console (words: string list) =
    match words with
    | [] -> refuseAll [ "name the folder of a run." ]
    | folder :: words ->
        let read = words |> List.map change
        let changes = read |> List.choose Result.toOption

        let mistakes =
            read
            |> List.choose (function
                | Error message -> Some message
                | Ok _ -> None)

        let repeated =
            changes
            |> List.countBy fst
            |> List.filter (fun (_, times) -> times > 1)
            |> List.map (fun (key, _) -> $"{key}: is given more than once.")

        match mistakes @ repeated with
        | [] -> continueRun console folder changes
        | mistakes -> refuseAll mistakes

/// A new run: optimiser states and critics are not part of a policy.
let private startFrom console policy changes =
    let config =
        RunEvaluation.ExperimentOf(policy, Given.extensions ()) |> Experiment.render

    let name = $"setup.name=from-{PolicySource.ShortName policy}"
    let start = [ $"agent.start={ValueText.print (Value.Text policy)}" ]

    let built =
        Given.revise config (name :: changes @ start @ SeedRuns.assetsOverride ())
        |> valid

    built.Warnings |> Seq.iter TrainingSession.notice
    SeedRuns.trainSeeds console built.Experiment

let private run (options: ParseResults<Options>) =
    let words = options.GetResults Run |> List.concat

    CrewSession.run
        (options.Contains Alone)
        {
            Plain = options.Contains Plain
            PaperLines = options.Contains Paper_Lines
            Detach = options.Contains Detach
            Until = None
        }
        ("resume" :: words @ Option.toList (options.TryGetResult From))
        (fun console ->
            match options.TryGetResult From with
            | None -> resume console words
            | Some policy -> startFrom console policy words)

let command =
    Command.define
        "resume"
        "Continues a run from its newest complete checkpoint, or trains a policy further."
        [
            "mtrl resume runs/quickstart/seed-1"
            "mtrl resume runs/quickstart/seed-1 experiment.num_train_steps=120000"
            "mtrl resume runs/quickstart/seed-1 setup.threads=1"
            "mtrl resume --from policy:mt10 setup.name=more experiment.num_train_steps=100000"
        ]
        run
    |> Command.completingBesideFiles Command.policyNames
