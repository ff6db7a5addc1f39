namespace MtrlFunctional.Tests.Experiments

open NUnit.Framework
open MtrlFunctional.Experiments

/// Words of other programs, and what is suggested for them.
[<TestFixture>]
module ``suggestions`` =
    let private mistake agent word =
        match Resolving.mistakes [ "env=metaworld-mt10"; $"agent={agent}"; word ] with
        | [ mistake ] -> mistake
        | mistakes -> failwith $"{mistakes}"

    [<TestCase("state_sac", "seed=1", "setup.seed")>]
    [<TestCase("state_sac", "lr=1e-3", "agent.optimizers.actor.lr, agent.optimizers.critic.lr")>]
    [<TestCase("state_sac", "gamma=0.9", "agent.builder.discount")>]
    [<TestCase("state_sac", "total_timesteps=1000", "experiment.num_train_steps")>]
    [<TestCase("state_sac", "batch_size=8", "replay_buffer.batch_size")>]
    [<TestCase("mtppo", "batch_size=8", "agent.on_policy.minibatch_size, agent.on_policy.batch_size")>]
    [<TestCase("mtppo", "clip_range=0.1", "agent.ppo.clip")>]
    [<TestCase("mttrpo", "max_kl=0.1", "agent.trpo.max_kl")>]
    [<TestCase("state_sac", "agent.actor.lr=1", "agent.optimizers.actor.lr")>]
    [<TestCase("state_sac", "experiment.hidden_dim=3", "agent.actor.hidden_dim")>]
    let ``name the keys that have an effect here`` (agent: string) (word: string) (keys: string) =
        Assert.That(mistake agent word, Does.Contain $"no such key. Nearest: {keys}")

    /// A critic of its own, or a replay, is nothing that an on-policy agent has.
    [<TestCase("mtppo", "buffer_size=1000")>]
    [<TestCase("mttrpo", "clip_coef=0.2")>]
    let ``leave out keys that the agent does not read`` (agent: string) (word: string) =
        let mistake = mistake agent word
        Assert.That(mistake, Does.Not.Contain "replay_buffer")
        Assert.That(mistake, Does.Not.Contain "agent.ppo")

    [<TestCase("agent=ppo", "Nearest: mtppo.")>]
    [<TestCase("agent=mt-trpo", "Nearest: mttrpo.")>]
    [<TestCase("env=walker", "Nearest: dmc-walker-")>]
    let ``name agents and environments that share a part`` (word: string) (near: string) =
        let words = [ "env=metaworld-mt10"; word ]
        Assert.That(Resolving.mistakes words |> String.concat " ", Does.Contain near)

    [<Test>]
    let ``name the short form of a key`` () =
        let mistakes = Resolving.mistakes [ "env=metaworld-mt10"; "setup.sed=1" ]
        Assert.That(String.concat " " mistakes, Does.Contain "Nearest: setup.seed")

    [<Test>]
    let ``each synonym leads to a key of some agent`` () =
        for word in [ "learning-rate"; "--n-epochs"; "TAU"; "device"; "num_workers"; "env_id" ] do
            let keys = [
                for agent in [ "state_sac"; "mtppo" ] do
                    yield! Experiment.keysMeant [ "env=metaworld-mt10"; $"agent={agent}" ] word
            ]

            Assert.That(keys, Is.Not.Empty, word)

    [<Test>]
    let ``an environment alone has an agent for its observations`` () =
        let agent env =
            (Resolving.resolve [ $"env={env}" ]).Choices.Agent.Name

        Assert.That(agent "metaworld-mt10", Is.EqualTo "state_sac")
        Assert.That(agent "mt-cartpole", Is.EqualTo "state_sac")
        Assert.That(agent "dmcontrol-finger-spin-distribution-v0", Is.EqualTo "sac")

    [<Test>]
    let ``a preset trains one seed unless more are asked for`` () =
        let seeds words =
            Experiment.seeds (Resolving.resolve words)

        Assert.That((seeds [ "preset=ptsl/care-mt10" ] = [ 1 ]))
        Assert.That((seeds [ "preset=ptsl/care-mt10"; "setup.num_seeds=3" ] = [ 1; 2; 3 ]))
        Assert.That((Presets.all |> List.map _.Seeds |> List.max), Is.EqualTo 10)
