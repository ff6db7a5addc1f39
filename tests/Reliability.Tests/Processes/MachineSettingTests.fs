module MtrlFunctional.Reliability.Tests.Processes.MachineSettingTests

open Expecto
open Expecto.Flip
open System.IO
open MtrlFunctional.Storage
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests
open MtrlFunctional.Tests.Child

/// What a machine is set to: its language, and the time of its clock. The files of a run are the same.
let ``a setting of the machine`` = [
    let folder = TestFolder.inMemory "settings"
    let run = RunFolder(Path.Combine(folder, "set/seed-1"))
    let program = ChildProcess.mtrl

    /// As of the program, but with cultures.
    let configuration () =
        let path = Path.Combine(folder, "cultures.runtimeconfig.json")

        let own =
            File.ReadAllText(nonNull (Path.ChangeExtension(program, ".runtimeconfig.json")))

        File.WriteAllText(path, own.Replace("Invariant\": true", "Invariant\": false"))
        path

    let execute environment (program: string) (words: string list) =
        let code, output, error =
            ChildProcess.execute
                "dotnet"
                ([ "exec"; "--runtimeconfig"; configuration (); program ] @ words)
                environment

        if error.Contains "ICU" then
            skiptest "libicu is not installed."

        code |> Expect.equal error 0
        output

    let words =
        TrainingProcess.words
            folder
            "set"
            (Words.split
                "experiment.num_train_steps=40 experiment.eval_freq=20 experiment.save_freq=20
                logger.use_tb=True")

    /// Texts of the folder without durations, names of the event files without times, and the state that was saved.
    let result () =
        let texts =
            Directory.GetFiles run.Path
            |> Array.filter (fun path -> not (path.Contains "tfevents"))
            |> Array.sort
            |> Array.map (fun path ->
                Path.GetFileName path, RunResult.WithoutDurations(File.ReadAllText path))
            |> List.ofArray

        let steps = [ for step in run.Checkpoints.Steps() -> string step, "" ]
        texts @ steps @ SmallRun.hashes (nonNull (run.Checkpoints.Latest()))

    /// What training leaves; in the long form, what all commands on the run do.
    let filesOf environment =
        let mtrl words =
            execute environment program words |> ignore

        mtrl words

        if LongForm.isAsked then
            mtrl [ "resume"; run.Path; "experiment.num_train_steps=60"; "--paper-lines" ]
            mtrl [ "eval"; run.Path; "--json"; Path.Combine(run.Path, "evaluation.json") ]
            mtrl [ "report"; run.Path ]

        let events = Directory.GetFiles(run.Path, "*tfevents*")
        events |> hasLength 1
        let files = result ()
        Directory.Delete(run.Path, true)
        files

    let cultureOf environment =
        execute environment (typeof<ToyTraining>.Assembly.Location) [ "culture"; folder ]

    /// Decimal commas, other minus signs and digits, a letter i without a dot, other calendars; and a clock that is set
    /// back and forward all the time.
    testCase "does not change the files of a run" (fun () ->
        let clock = [ "LD_PRELOAD", PreloadedLibrary.clock.Value ]

        let cultures =
            [ "fa_IR"; "de_DE"; "tr_TR"; "ar_SA" ] |> List.truncate (LongForm.count 1 4)

        let expected = filesOf [ "LC_ALL", "C" ]
        cultureOf [ "LC_ALL", "C" ] |> equals "Invariant 1.5\n"

        for culture in cultures do
            let environment = [ "LC_ALL", $"{culture}.UTF-8" ]
            let name = culture.Replace('_', '-')
            cultureOf environment |> startsWith name
            filesOf (environment @ clock) |> Expect.equal culture expected

        for _ in 1 .. LongForm.count 0 2 do
            filesOf clock |> Expect.equal "clock" expected

        LongForm.report $"{cultures.Length} languages, each with a clock that jumps: equal files")
]
