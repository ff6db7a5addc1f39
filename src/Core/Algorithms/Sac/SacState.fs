namespace Mtrl.Algorithms

open Mtrl.Random
open Mtrl.Surgery
open Mtrl.Tensors
open MtrlFunctional.Tensors

/// Everything that an agent has learned and remembers: flat vectors, one per network.
type SacState = {
    Actor: Trained
    /// Encoder and critics.
    Critic: Trained
    /// What follows the critic slowly; same layout.
    Target: Tensor
    /// [tasks]. Where all share one temperature, the first counts.
    LogAlpha: Trained
    /// Empty without a task encoder.
    TaskEncoder: Trained
    /// What is never trained; mostly empty.
    Fixed: Tensor
    /// What surgery of the critics' gradients remembers.
    CriticSurgery: SurgeryState
    ActorSurgery: SurgeryState
}

/// Making, owning and naming states.
module SacState =
    let owns state : seq<Tensor> =
        Seq.concat [
            Trained.owns state.Actor
            Trained.owns state.Critic
            [ state.Target ]
            Trained.owns state.LogAlpha
            Trained.owns state.TaskEncoder
            [ state.Fixed ]
        ]

    /// A state before the first update, made at `place`.
    let create (agent: SacAgent) key place : SacState =
        Tensors.scope owns (fun () ->
            let fresh purpose layout =
                Layout.initialise place (Key.forPurpose purpose key) layout

            let critic = fresh "critic" agent.CriticLayout

            {
                Actor = Trained.start (fresh "actor" agent.ActorLayout)
                Critic = Trained.start critic
                Target = Ops.Clone critic
                LogAlpha =
                    [| int64 agent.Config.Tasks |]
                    |> Draw.constant place (log agent.Config.InitTemperature)
                    |> Trained.start
                TaskEncoder = Trained.start (fresh "task_encoder" agent.TaskEncoderLayout)
                Fixed = fresh "fixed" agent.FixedLayout
                CriticSurgery = SacSurgery.start agent.Config _.OfCritic
                ActorSurgery = SacSurgery.start agent.Config _.OfActor
            })
