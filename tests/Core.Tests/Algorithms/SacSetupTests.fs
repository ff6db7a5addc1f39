namespace MtrlFunctional.Tests.Algorithms

open NUnit.Framework
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// Numbers of parameters are those that the original program prints (actor; one critic network
/// twice), except where the corrected behaviour adds columns for the task.
[<TestFixture>]
module ``the agent of an experiment`` =

    let private config (words: string) =
        let command = $"setup=metaworld env=metaworld-mt10 agent=state_sac {words}"

        match Experiment.resolve (List.ofArray (command.Trim().Split ' ')) with
        | Ok(experiment, _) ->
            SacSetup.ofExperiment
                Precision.Full
                None
                39
                (MtrlFunctional.Spaces.ActionSpace.Box 4)
                experiment
        | Error mistakes -> failwith $"{mistakes}"

    let private agent words =
        SacAgent.create (Shards.serial 1) (config words)

    [<Test>]
    let ``of the paper's command has its size`` () =
        let words =
            "fidelity=original agent.actor.hidden_dim=400 agent.actor.num_layers=3 agent.multitask.should_use_disentangled_alpha=True"

        let agent = agent words
        Assert.That(agent.ActorLayout.Length, Is.EqualTo 340_008L)
        Assert.That(agent.CriticLayout.Length, Is.EqualTo 677_602L)
        Assert.That(agent.Config.PerTaskTemperature)
        Assert.That(agent.Config.LogStdBounds, Is.EqualTo((-20.0, 2.0)))

        // Ten more columns for each of three networks.
        let corrected = agent.Config.ObsSize + 10

        let told =
            SacAgent.create (Shards.serial 1) { agent.Config with ObsSize = corrected }

        Assert.That(told.ActorLayout.Length, Is.EqualTo(340_008L + 4_000L))

    [<Test>]
    let ``sees the task by default, by columns or by its encoder`` () =
        Assert.That((config "").ObsSize, Is.EqualTo 49)
        Assert.That((config "fidelity=original").ObsSize, Is.EqualTo 39)
        let encoded = config "agent.multitask.should_use_task_encoder=True"
        Assert.That(encoded.ObsSize, Is.EqualTo 39)
        Assert.That(encoded.Networks.TaskEncoder.IsSome)

    /// Key of the encoder and where its parameters are.
    [<TestCase("feedforward", "feedforward", "trunk")>]
    [<TestCase("film", "film", "film")>]
    [<TestCase("moe", "moe.encoder_cfg", "experts")>]
    let ``leaves the actor an encoder of its own where they are not tied`` (kind: string) key part =
        let agent =
            agent
                $"fidelity=original agent.multitask.should_use_task_encoder=True agent.encoder.type_to_select={kind} agent.encoder.{key}.should_tie_encoders=false"

        Assert.That((agent.Config.Networks.ActorPrivateParts = [ part ]))
        Assert.That(agent.FixedLayout.Length, Is.EqualTo(Network.count agent.Encoder))

    [<Test>]
    let ``with an untied encoder that would learn is refused`` () =
        let words = [
            "env=metaworld-mt10"
            "agent.encoder.type_to_select=feedforward"
            "agent.encoder.feedforward.should_tie_encoders=false"
        ]

        match Experiment.resolve words with
        | Error [ mistake ] ->
            Assert.That(string mistake, Does.Contain "behaviour.shared_encoder=False gives")
        | other -> Assert.Fail $"{other}"

    [<Test>]
    let ``has the encoders of the original`` () =
        let agent =
            agent
                "agent.multitask.should_use_task_encoder=True agent.encoder.type_to_select=feedforward"

        Assert.That(agent.TaskEncoderLayout.Length, Is.EqualTo 8_150L)
        Assert.That(Network.count agent.Encoder, Is.EqualTo 7_100L)
        Assert.That(agent.Encoder.Width, Is.EqualTo 100)

    [<Test>]
    let ``takes its numbers from their keys`` () =
        let words =
            [
                "agent.builder.discount=0.5"
                "agent.builder.init_temperature=0.2"
                "agent.builder.actor_update_freq=2"
                "agent.builder.critic_target_update_freq=3"
                "agent.builder.critic_tau=0.25"
                "agent.builder.encoder_tau=0.125"
                "agent.optimizers.actor.lr=0.01"
                "agent.optimizers.critic.lr=0.02"
                "agent.optimizers.alpha.lr=0.03"
                "agent.actor.log_std_bounds=[-5,1]"
            ]
            |> String.concat " "

        let config = config words
        Assert.That(config.Discount, Is.EqualTo 0.5)
        Assert.That(config.InitTemperature, Is.EqualTo 0.2)
        Assert.That(config.ActorEvery, Is.EqualTo 2)
        Assert.That(config.TargetEvery, Is.EqualTo 3)
        Assert.That(config.CriticTau, Is.EqualTo 0.25)
        Assert.That(config.EncoderTau, Is.EqualTo 0.125)
        Assert.That(config.ActorAdam.Rate, Is.EqualTo 0.01)
        Assert.That(config.CriticAdam.Rate, Is.EqualTo 0.02)
        Assert.That(config.TemperatureAdam.Rate, Is.EqualTo 0.03)
        Assert.That(config.LogStdBounds, Is.EqualTo((-5.0, 1.0)))

    [<Test>]
    let ``starts PTSL by its switch, whatever the fidelity`` () =
        let networks words =
            (config $"agent.multitask.should_use_pal=True {words}").Networks.Actor

        let original = networks "fidelity=original"
        let corrected = networks ""
        Assert.That(original, Is.Not.EqualTo corrected)
        Assert.That(networks "behaviour.trainable_ptsl_init=false", Is.EqualTo original)

        Assert.That(
            networks "fidelity=original behaviour.trainable_ptsl_init=true",
            Is.EqualTo corrected
        )
