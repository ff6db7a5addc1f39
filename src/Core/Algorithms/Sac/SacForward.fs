/// The losses of soft actor-critic's rows as an update records them, with respect to what learns from
/// them. How the rows are joined, and when their gradient is taken, is the stages' choice.
module internal Mtrl.Algorithms.SacForward

open Mtrl.Networks
open Mtrl.Tensors
open MtrlFunctional.Tensors
open Mtrl.Algorithms.SacWork

/// The critics' losses.
type CriticLosses = {
    /// Of encoder and critics.
    Leaves: Weights
    /// What the task encoder said, as a leaf.
    Context: Tensor option
    /// Of a part of the batch, [tasks; rows].
    Rows: Batch -> Tensor
}

/// The actor's losses.
type ActorLosses = { Leaves: Weights; Rows: Batch -> ActorRows }

/// Of a part of the batch, [tasks; rows] each; only the loss is recorded for gradients.
and ActorRows = { Loss: Tensor; Gap: Tensor; Entropy: Tensor }

let critic (agent: SacAgent) work : CriticLosses =
    let { State = state; Context = known } = work
    let read = Layout.views
    let actor = read agent.ActorLayout state.Actor.Values
    let critic = read agent.CriticLayout state.Critic.Values
    let target = read agent.CriticLayout state.Target
    let alpha = SacLosses.alpha agent.Config state.LogAlpha.Values
    let sight = SacAgent.sight agent critic work.Fixed
    let leaves = Gradient.leaves critic
    let context = Option.map Ops.Leaf known

    {
        Leaves = leaves
        Context = context
        Rows =
            fun part ->
                let soft =
                    Tensors.constant Seq.singleton (fun () ->
                        let price = work.Price.Ahead alpha part
                        SacLosses.target agent price actor sight target known part)

                SacLosses.critic agent leaves context soft part
    }

let actor (agent: SacAgent) work : ActorLosses =
    let { State = state; Context = context } = work
    let critic = Layout.views agent.CriticLayout state.Critic.Values
    let actor = Layout.views agent.ActorLayout state.Actor.Values
    let alpha = SacLosses.alpha agent.Config state.LogAlpha.Values
    let sight = SacAgent.sight agent critic work.Fixed
    let leaves = Gradient.leaves actor

    {
        Leaves = leaves
        Rows =
            fun part ->
                let features, seen = SacAgent.encodeBoth agent critic sight context part.Obs
                let policy = SacAgent.propose agent leaves context seen
                let draw = TanhGaussian.draw policy part.Noise
                let price = work.Price.Here alpha part

                {
                    Loss = SacLosses.actor agent price critic context features draw
                    Gap = SacLosses.entropyGap agent.Config (Ops.Detach draw.LogProb)
                    Entropy = Ops.Detach(TanhGaussian.entropy policy)
                }
    }
