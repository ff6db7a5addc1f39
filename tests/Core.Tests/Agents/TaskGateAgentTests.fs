module MtrlFunctional.Tests.Agents.TaskGateAgentTests

open Expecto
open Expecto.Flip
open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples
open MtrlFunctional.Tests.Networks
open MtrlFunctional.Tests

/// The example of docs/guides/adding-a-network.md as an agent of a catalogue.
let ``an agent with task gates`` = [
    let added = Additions.ofAlgorithms [ TaskGates.entry ]

    let experiment =
        Experiment.resolveWith
            added
            (Words.split
                "env=metaworld-mt10 agent=gated_sac env.tasks=[reach-v3,push-v3,drawer-close-v3]
                agent.actor.hidden_dim=8 agent.critic.hidden_dim=8")
        |> ok
        |> fst

    let agent =
        let setting: AgentSetting = {
            Environment = {
                Observation = EnvironmentSpec.vector 5
                Action = ActionSpace.Box 2
                Horizon = 10
                Terminates = false
            }
            Precision = Precision.Full
            Shards = Shards.serial 1
            TaskEmbeddings = None
        }

        match Catalogue.createFrom (Additions.catalogue added) setting experiment with
        | AnyAgent.OffPolicy(agent, _) -> agent
        | AnyAgent.OnPolicy _ -> invalidOp "Soft actor-critic learns from replay."

    let gates = [
        for network in [ "actor"; "critic/q1"; "critic/q2" ] do
            for layer in 0 .. experiment.Agent.Actor.NumLayers - 1 ->
                $"{network}/{layer}/gate/embedding"
    ]

    testCase "draws its gates and lists them in the table of parameters" (fun () ->
        let text = Diagram.text agent.Description.Diagram.Value
        text |> matches "0/gate +gates of 8 units for each of 3 tasks +24 parameters"

        Diagram.svg agent.Description.Diagram.Value |> contains "0/gate: 24 parameters"

        for name in gates do
            agent.Description.ParameterTable.Value |> contains name)
]
