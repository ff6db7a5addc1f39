namespace Benchmarks

open System
open BenchmarkDotNet.Attributes
open MtrlFunctional.Environments
open MtrlFunctional.Randomness
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.Classic
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Tasks.MetaWorld

/// Steps of one environment on one thread, with random actions.
type Environments() =
    let mutable step = ignore

    let family name : IEnvironmentFamily =
        match Suites.find name, DmControlTasks.find name with
        | Ok suite, _ ->
            let tasks = [
                for task, goals in Goals.ofSplit 42u suite.Tasks ->
                    TaskGoals(task, ResizeArray goals)
            ]

            new MetaWorldFamily(MetaWorldFamilyOptions(Tasks = ResizeArray tasks))
        | _, Ok task -> new DmControlFamily(DmControlFamilyOptions(Tasks = [| task |]))
        | _ ->
            new ClassicFamily<_, _>(
                CartPole.rules,
                ClassicFamilyOptions(
                    Name = name,
                    TaskStates = [| CartPole.rules.SampleTask(Key.ofSeed 1L) |],
                    Horizon = 500
                )
            )

    [<Params("reach", "door-open", "stick-push", "cheetah-run", "walker-walk", "mt-cartpole")>]
    member val Task = "" with get, set

    [<GlobalSetup>]
    member this.Setup() =
        let environments =
            new VectorEnvironment(family this.Task, VectorEnvironmentOptions(Threads = 1))

        let actions = Inputs.actions (environments.Count * environments.ActionSize)
        environments.Reset()
        let mutable count = 0

        step <-
            fun () ->
                environments.Step(ReadOnlySpan<float32> actions[count % actions.Length])
                environments.ResetFinished()
                count <- count + 1

    [<Benchmark>]
    member _.Step() = step ()
