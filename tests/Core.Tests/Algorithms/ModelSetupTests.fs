module MtrlFunctional.Tests.Algorithms.ModelSetupTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Experiments.Resolving
open MtrlFunctional.Tests.Algorithms.Examples
open MtrlFunctional.Tests

/// Agents with models from words of a command, with small networks.
let ``the agent with models of an experiment`` = [
    let experiment words =
        resolve (
            Words.split
                "setup=hipbmdp env=dmc-walker-walk-vary-len agent=hipbmdp
                agent.encoder.type_to_select=feedforward agent.actor.hidden_dim=8
                agent.transition_model.transition_cfg.layer_width=8"
            @ words
        )

    let config words =
        let e = experiment words

        ModelSetup.ofExperiment Precision.Full None 24 (ActionSpace.Box 6) e
        |> HipBmdpEntry.config e

    // Whether an update changes the task encoder.
    let changesTheta words =
        use _ = TorchSharp.torch.NewDisposeScope()
        let agent = ModelAgent.create (Shards.serial 1) (config words)
        let state = ModelState.create agent (Key.ofSeed 3L) double

        let batch =
            batchOf agent.Config.Agent 4 1L
            |> RandomDraw.add double (Key.ofSeed 1L) (ModelDraws.ofAgent agent)

        let next, _ = Models.update agent state batch

        Tensor.toDoubles next.Sac.TaskEncoder.Values
        <> Tensor.toDoubles state.Sac.TaskEncoder.Values

    testCase "trains θ without the contrastive loss, too, which the original does not" (fun () ->
        let without = "agent.multitask.contrastive.should_use=False"
        isTrue (changesTheta [ without ])

        isFalse (changesTheta [ without; "behaviour.train_theta_without_contrastive_loss=False" ])

        isTrue (changesTheta [ "behaviour.train_theta_without_contrastive_loss=False" ]))

    let training words =
        (config words).Agent.TrainingEncodings |> List.distinct

    let sampling = "agent.multitask.task_encoder_cfg.sampling_strategy.train"

    testCase "samples θ in training as its key says, and at evaluation by other keys" (fun () ->
        training [] |> equals []
        training [ $"{sampling}=zero" ] |> equals [ TaskSampling.OfZeros ]
        training [ $"{sampling}=mean" ] |> equals [ TaskSampling.MeanOf [ 1..9 ] ]

        training [ $"{sampling}=mean_train"; "env.train=[2,3]" ]
        |> equals [ TaskSampling.MeanOf [ 2; 3 ] ]

        (config [ $"{sampling}=zero" ]).EvaluatedEncodings
        |> List.truncate 4
        |> List.last
        |> equals TaskSampling.Own)

    testCase "has no gradients of single tasks where all have the same θ in training" (fun () ->
        let records words =
            "env.train=[0,1,2,3,4,5,6,7,8,9]" :: words
            |> experiment
            |> MtrlFunctional.Training.Learner.recordsConflicts

        isTrue (records [])
        isFalse (records [ $"{sampling}=zero" ]))

    let reached losses =
        let list = String.concat "," losses

        let agent =
            (config [ $"agent.multitask.task_encoder_cfg.losses_to_train=[{list}]" ]).Agent

        agent.CriticTrainsTaskEncoder, agent.ActorTrainsTaskEncoder

    testCase "gives θ the gradients of the losses that are named" (fun () ->
        reached [ "task_encoder" ] |> equals (false, false)
        reached [ "critic"; "task_encoder" ] |> equals (true, false)
        reached [ "actor"; "task_encoder" ] |> equals (false, true))

    let encoder = "agent.multitask.task_encoder_cfg"

    refuses
        "refuses what the original cannot train"
        (Words.split
            "setup=hipbmdp env=dmc-walker-walk-vary-len agent=hipbmdp agent.multitask.should_use_task_encoder=True")
        [
            $"{encoder}.losses_to_train=[critic]", "a list with task_encoder"
            $"{encoder}.sampling_strategy.train=mean_train {encoder}.model_cfg.train_env_id=[]",
            "where the mean has no tasks"
            $"{encoder}.sampling_strategy.train=mean {encoder}.model_cfg.num_envs=12",
            "10, the number of tasks, with mean"
            $"{encoder}.sampling_strategy.train=zero agent.surgery.method=pcgrad",
            "embedding with agent.surgery.method"
        ]
]
