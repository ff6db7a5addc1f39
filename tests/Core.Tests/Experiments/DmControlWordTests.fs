namespace MtrlFunctional.Tests.Experiments

open NUnit.Framework
open MtrlFunctional.Experiments
open MtrlFunctional.Spaces
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Tests.Experiments.Resolving

/// The words of DeepMind Control.
[<TestFixture>]
module ``words of DeepMind Control`` =
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

    [<TestCase("1", 1, 1000)>]
    [<TestCase("3", 3, 334)>]
    [<TestCase("8", 8, 125)>]
    let ``an action repeat shortens the episode to the actions of 1,000 control steps``
        (word: string, repeat: int, horizon: int)
        =
        let e =
            resolve [ "env=dmc-walker-walk"; $"env.builder.make_kwargs.frame_skip={word}" ]

        Assert.That(e.Environment.DmControl.ActionRepeat, Is.EqualTo repeat)
        Assert.That(e.Environment.Horizon, Is.EqualTo horizon)
        Assert.That(e.Schedule.LogFreq, Is.EqualTo horizon)

    [<Test>]
    let ``a given horizon counts actions`` () =
        let words = [ "env.builder.make_kwargs.frame_skip=4"; "env.horizon=100" ]
        let e = resolve ("env=dmc-walker-walk" :: words)
        Assert.That(e.Environment.Horizon, Is.EqualTo 100)
        Assert.That(DmControlTask.controlSteps 4 100, Is.EqualTo 400)
        Assert.That(DmControlTask.controlSteps 3 334, Is.EqualTo 1000)

    [<TestCase("env=metaworld-mt10", "frame_skip: env=metaworld-mt10 has no use for it")>]
    [<TestCase("env=dmc-walker-walk", "a whole number from 1 to 1,000")>]
    let ``an action repeat needs DeepMind Control and a count`` (env: string) (message: string) =
        let found = mistakes [ env; "env.builder.make_kwargs.frame_skip=0" ]
        Assert.That(String.concat "\n" found, Does.Contain message)

    [<TestCase("env=dmc-walker-walk", "env.tasks=[reach]", "tasks of DeepMind Control")>]
    [<TestCase("env=metaworld-mt10", "env.tasks=[walker-walk]", "tasks of Meta-World")>]
    [<TestCase("env=dmc-walker-wlk", "agent=sac", "Nearest: dmc-walker-walk")>]
    [<TestCase("env=dmc-19", "env.tasks=[walker-wal]", "walker-walk")>]
    let ``do not mix families`` (env: string) (tasks: string) (message: string) =
        Assert.That(String.concat "\n" (mistakes [ env; tasks ]), Does.Contain message)
