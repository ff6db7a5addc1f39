namespace MtrlFunctional.Tests.Experiments

open NUnit.Framework
open MtrlFunctional.Experiments
open MtrlFunctional.Spaces
open MtrlFunctional.Tasks.DmControl

/// The words of DeepMind Control.
[<TestFixture>]
module ``words of DeepMind Control`` =
    let private resolve words =
        match Experiment.resolve words with
        | Ok(experiment, _) -> experiment
        | Error mistakes -> failwith $"{List.map string mistakes}"

    let private mistakes words =
        match Experiment.resolve words with
        | Ok _ -> []
        | Error mistakes -> mistakes |> List.map string

    [<Test>]
    let ``choose one task with its sizes and horizon`` () =
        let e = resolve [ "env=dmc-walker-walk"; "agent=state_sac" ]
        Assert.That((e.Environment.Tasks = [ "walker-walk" ]))
        Assert.That(e.Environment.Horizon, Is.EqualTo 1000)
        Assert.That((Observed.size e = Some 24))
        Assert.That(((Observed.environment e).Value.Action = ActionSpace.Box 6))

    [<Test>]
    let ``choose all tasks with the largest sizes and task columns`` () =
        let e = resolve [ "env=dmc-19"; "agent=state_sac" ]
        Assert.That(e.Environment.NumEnvs, Is.EqualTo 19)
        Assert.That((e.Environment.Tasks = List.map DmControlTask.fullName DmControlTasks.standard))
        Assert.That((Observed.size e = Some(24 + 19)))

    [<Test>]
    let ``sizes follow the tasks that are chosen`` () =
        let e = resolve [ "env=dmc-19"; "env.tasks=[pendulum-swingup,cartpole-balance]" ]
        Assert.That((Observed.size e = Some(5 + 2)))
        Assert.That(((Observed.environment e).Value.Action = ActionSpace.Box 1))

    [<TestCase("env=dmc-walker-walk", "env.tasks=[reach]", "tasks of DeepMind Control")>]
    [<TestCase("env=metaworld-mt10", "env.tasks=[walker-walk]", "tasks of Meta-World")>]
    [<TestCase("env=dmc-walker-wlk", "agent=sac", "Nearest: dmc-walker-walk")>]
    [<TestCase("env=dmc-19", "env.tasks=[walker-wal]", "walker-walk")>]
    let ``do not mix families`` (env: string) (tasks: string) (message: string) =
        Assert.That(String.concat "\n" (mistakes [ env; tasks ]), Does.Contain message)
