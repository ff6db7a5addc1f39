namespace Mtrl.Algorithms

open Mtrl.Networks
open Mtrl.Random
open Mtrl.Tensors
open MtrlFunctional.Tensors

/// A configuration with its networks built. No tensors.
type DistralAgent = {
    Config: DistralConfig
    /// All agents as one, of networks that are `PerTask`.
    Agents: SacAgent
    Distilled: Module
    DistilledLayout: Layout
}

/// Everything that a Distral agent has learned.
type DistralState = { Agents: SacState; Distilled: Trained }

module DistralAgent =
    /// Builds the networks of a valid configuration.
    let create shards (config: DistralConfig) : DistralAgent =
        let agents = config.Agents
        let widths = { Tasks = agents.Tasks; Features = agents.ObsSize; Context = 0 }
        let distilled = Network.build agents.Precision "" widths config.Distilled

        {
            Config = config
            Agents = SacAgent.create shards agents
            Distilled = distilled
            DistilledLayout = Layout.create distilled.Parameters
        }

    /// The distilled policy at observations [tasks; rows; obs].
    let propose (agent: DistralAgent) (distilled: Weights) obs : Gaussian =
        agent.Distilled.Run distilled (Signal.ofRows obs)
        |> TanhGaussian.ofOutput agent.Config.Agents.LogStdBounds

module DistralState =
    let owns (state: DistralState) : seq<Tensor> =
        Seq.append (SacState.owns state.Agents) (Trained.owns state.Distilled)

    /// A state before the first update, made at `place`.
    let create (agent: DistralAgent) key place : DistralState =
        Tensors.scope owns (fun () -> {
            Agents = SacState.create agent.Agents key place
            Distilled =
                agent.DistilledLayout
                |> Layout.initialise place (Key.forPurpose "distilled" key)
                |> Trained.start
        })
