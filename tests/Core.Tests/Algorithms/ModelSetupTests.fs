module MtrlFunctional.Tests.Algorithms.ModelSetupTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Randomness
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Experiments.Resolving
open MtrlFunctional.Tests.Algorithms.Examples
open MtrlFunctional.Tests

/// Agents with models from words of a command, with small networks.
let ``the agent with models of an experiment`` = [
    let config words =
        let e =
            resolve (
                Words.split
                    "setup=hipbmdp env=dmc-walker-walk-vary-len agent=hipbmdp
                    agent.encoder.type_to_select=feedforward agent.actor.hidden_dim=8
                    agent.transition_model.transition_cfg.layer_width=8"
                @ words
            )

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
]
