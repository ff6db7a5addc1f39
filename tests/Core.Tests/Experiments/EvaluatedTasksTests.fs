namespace MtrlFunctional.Tests.Experiments

open NUnit.Framework
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments

/// Every on-policy agent learns and plays in changed environments.
[<TestFixture>]
module ``an evaluated experiment`` =

    let private resolve agent =
        Resolving.resolve [ "env=metaworld-ml10"; $"agent={agent}" ]

    [<TestCase("mtppo")>]
    [<TestCase("mttrpo")>]
    [<TestCase("impala")>]
    [<TestCase("rl2")>]
    let ``has the given episodes of each task in an iteration`` (agent: string) =
        let changed = EvaluatedTasks.withEpisodes 3 (resolve agent)
        Assert.That(SamplingPlan.episodesOfTask changed, Is.EqualTo 3)
        Assert.That((SamplingPlan.ofExperiment 0L changed).Tasks.Length, Is.EqualTo 30)

    [<Test>]
    let ``plays episodes to learn from to their length, also where those of training end after a success``
        ()
        =
        let trained =
            Resolving.resolve [
                "env=metaworld-mt10"
                "agent=mtppo"
                "agent.on_policy.steps_after_success=0"
                "agent.on_policy.episode_length=100"
            ]

        let training = SamplingPlan.ofExperiment 0L trained

        let adaptation =
            trained |> EvaluatedTasks.withEpisodes 3 |> SamplingPlan.ofExperiment 0L

        Assert.That((training.AfterSuccess = Some 0))
        Assert.That((adaptation.AfterSuccess = None))
        Assert.That((training.Steps, adaptation.Steps), Is.EqualTo((100, 100)))

    [<TestCase("mtppo")>]
    [<TestCase("mttrpo")>]
    [<TestCase("impala")>]
    [<TestCase("rl2")>]
    let ``cuts the episodes of an iteration at its horizon`` (agent: string) =
        let before = resolve agent
        let changed = EvaluatedTasks.withHorizon 20 before
        let steps e = (SamplingPlan.ofExperiment 0L e).Steps
        Assert.That(steps changed * before.Environment.Horizon, Is.EqualTo(steps before * 20))

    [<TestCase("agent=rl2", "agent.rl2.goal_weight")>]
    [<TestCase("agent=mtppo agent.context.method=gru agent.multitask.should_use_task_encoder=True",
               "agent.context.goal_weight")>]
    let ``predicts no goal while it adapts, since its environments hide them``
        (agent: string, key: string)
        =
        let trained =
            Resolving.resolve [ "env=metaworld-ml10"; yield! agent.Split ' '; $"{key}=0.5" ]

        let weight (e: Experiment) =
            match e.Agent.Algorithm.Memory with
            | Some memory -> memory.GoalWeight
            | None -> e.Agent.Context.Memory.GoalWeight

        Assert.That((weight trained = Some 0.5))
        Assert.That((weight (EvaluatedTasks.forAdaptation trained) = Some 0.0))

    [<Test>]
    let ``without a weight of goals adapts as it was trained`` () =
        let trained = resolve "rl2"
        Assert.That((EvaluatedTasks.forAdaptation trained = trained))
