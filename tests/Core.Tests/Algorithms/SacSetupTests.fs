module MtrlFunctional.Tests.Algorithms.SacSetupTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Experiments
open MtrlFunctional.Tests

let ``the agent of an experiment`` = [
    let config (words: string) =
        Words.split $"setup=metaworld env=metaworld-mt10 agent=state_sac {words}"
        |> Resolving.sac

    let agent words =
        SacAgent.create (Shards.serial 1) (config words)

    testCase "has the temperatures and the bounds of log σ of the words" (fun () ->
        let config = config "agent.multitask.should_use_disentangled_alpha=True"
        isTrue config.PerTaskTemperature
        config.LogStdBounds |> equals (-20.0, 2.0))

    testCase "reads optimisers as the original's files refer to each other" (fun () ->
        let rule words = (config words).TaskEncoderAdam

        let actor = "agent.optimizers.actor.lr=0.5 +agent.optimizers.actor.eps=0.25"
        let ofMetaWorld = rule actor
        (ofMetaWorld.Rate, ofMetaWorld.Epsilon) |> equals (0.5, 0.25)

        // With setup=hipbmdp the task encoder has numbers of its own.
        let ofVariants = rule $"setup=hipbmdp agent.encoder.type_to_select=identity {actor}"
        (ofVariants.Rate, ofVariants.Epsilon) |> equals (1e-3, 1e-8))

    testCase "has one linear map where it has no hidden layers" (fun () ->
        let plain = agent "agent.actor.num_layers=0 agent.encoder.feedforward.num_layers=0"

        let encoded =
            agent "agent.encoder.type_to_select=feedforward agent.encoder.feedforward.num_layers=0"

        // Weights and bias: of the actor, of two critics, of the encoder that they share.
        plain.ActorLayout.Length |> equals (49L * 8L + 8L)
        plain.CriticLayout.Length |> equals (2L * (53L + 1L))
        Network.count encoded.Encoder |> equals (49L * 50L + 50L))

    // Key of the encoder and where its parameters are.
    testTheory "leaves the actor an encoder of its own where they are not tied" [
        "feedforward", "feedforward", "trunk"
        "film", "film", "film"
        "moe", "moe.encoder_cfg", "experts"
    ]
    <| fun (kind, key, part) ->
        let agent =
            agent
                $"fidelity=original agent.multitask.should_use_task_encoder=True agent.encoder.type_to_select={kind} agent.encoder.{key}.should_tie_encoders=false"

        agent.Config.Networks.ActorPrivateParts |> equals [ part ]
        agent.FixedLayout.Length |> equals (Network.count agent.Encoder)

    testCase "with an untied encoder that would learn is refused" (fun () ->
        let words = [
            "env=metaworld-mt10"
            "agent.encoder.type_to_select=feedforward"
            "agent.encoder.feedforward.should_tie_encoders=false"
        ]

        Resolving.mistakes words
        |> List.exactlyOne
        |> contains "behaviour.shared_encoder=False gives")

    testCase "takes its numbers from their keys" (fun () ->
        let config =
            config
                "agent.builder.discount=0.5 agent.builder.init_temperature=0.2
                agent.builder.actor_update_freq=2 agent.builder.critic_target_update_freq=3
                agent.builder.critic_tau=0.25 agent.builder.encoder_tau=0.125
                agent.optimizers.actor.lr=0.01 agent.optimizers.critic.lr=0.02
                agent.optimizers.alpha.lr=0.03 agent.actor.log_std_bounds=[-5,1]"

        config.Discount |> equals 0.5
        config.InitTemperature |> equals 0.2
        config.ActorEvery |> equals 2
        config.TargetEvery |> equals 3
        config.CriticTau |> equals 0.25
        config.EncoderTau |> equals 0.125
        config.ActorAdam.Rate |> equals 0.01
        config.CriticAdam.Rate |> equals 0.02
        config.TemperatureAdam.Rate |> equals 0.03
        config.LogStdBounds |> equals (-5.0, 1.0))

    testCase "starts PTSL by its switch, whatever the fidelity" (fun () ->
        let networks words =
            (config $"agent.multitask.should_use_pal=True {words}").Networks.Actor

        let original = networks "fidelity=original"
        let corrected = networks ""
        original |> differsFrom corrected
        networks "behaviour.trainable_ptsl_init=false" |> equals original

        networks "fidelity=original behaviour.trainable_ptsl_init=true"
        |> equals corrected)
]
