module MtrlFunctional.Reliability.Tests.Processes.RandomKillTests

open Expecto
open Expecto.Flip
open System
open System.Diagnostics
open System.IO
open MtrlFunctional.Storage
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests
open MtrlFunctional.Tests.Child

/// Runs that are killed again and again at random moments, and resumed each time.
let ``a training process that is killed at random moments`` = [
    let folder = TestFolder.inMemory "kills"

    /// Few steps between two saves, so that many kills meet one.
    let words algorithm name =
        [ "train"; "--plain" ]
        @ SmallTrainers.words algorithm
        @ Words.split
            $"setup.base_path={folder} setup.name={name} setup.seed=1 setup.threads=1
            experiment.num_train_steps=800 experiment.eval_freq=200 experiment.save_freq=20
            experiment.num_eval_episodes=1"

    let pathOf name = Path.Combine(folder, name, "seed-1")

    /// The newest checkpoint; one that is not whole fails the test.
    let newest name =
        let checkpoints = (RunFolder(pathOf name)).Checkpoints

        match checkpoints.Latest(fun skipped -> failtest skipped) with
        | null -> -1L
        | newest -> newest.Info.Step

    /// Starts the run, also where it was killed before its first checkpoint, or resumes it.
    let start algorithm name =
        if newest name < 0L then
            ChildProcess.start (words algorithm name)
        else
            ChildProcess.start [ "resume"; pathOf name; "--plain" ]

    /// Waits for a random moment: from the start of the process on, or from its first save on.
    let await (random: Random) (running: Process) name =
        let saved = newest name

        if random.Next 2 = 0 then
            running.WaitForExit(random.Next 1_500) |> ignore
        else
            Waiting.Until("a save", fun () -> running.HasExited || newest name > saved)
            running.WaitForExit(random.Next 300) |> ignore

    let finish (running: Process) =
        running.WaitForExit()
        running.ExitCode |> equals 0

    /// In the short form `KillTests` has two kills. Half an hour each on two processors that other programs share.
    testTheory "ends as if nothing had happened, each time" [
        if LongForm.isAsked then
            "SAC", 1
            "PPO", 2
    ]
    <| fun (algorithm, seed) ->
        let kills = 250
        let random = Random seed
        let whole = $"{algorithm}-whole"
        finish (start algorithm whole)
        let expected = RunResult.Of(pathOf whole)
        let mutable killed = 0
        let mutable inTraining = 0
        let mutable runs = 0

        while killed < kills do
            let name = $"{algorithm}-{runs}"
            runs <- runs + 1
            let mutable isFinished = false

            while not isFinished do
                use running = start algorithm name
                let saved = newest name

                if killed < kills then
                    await random running name

                if killed < kills && not running.HasExited then
                    running.Kill()
                    running.WaitForExit()
                    killed <- killed + 1
                    LongForm.progress killed kills

                    if newest name > saved then
                        inTraining <- inTraining + 1
                else
                    finish running
                    isFinished <- true

            RunResult.Of(pathOf name) |> Expect.equal name expected
            Directory.Delete(Path.Combine(folder, name), true)

        LongForm.report
            $"{algorithm}: {killed} kills, {inTraining} of them after a save of their process; {runs} runs, all ended as without a kill"
]
