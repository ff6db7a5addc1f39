namespace MtrlFunctional.Algorithms

open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.StatePart

/// Everything that models have learned. Vectors of models that an agent lacks are empty.
type internal ModelParts = {
    Transition: AdamState
    Reward: AdamState
    Decoder: AdamState
    /// The optimiser of the encoder in the steps of transition model and decoder, without values: its parameters are the
    /// first of `SacState.Critic`, whose optimiser steps them, too.
    Encoder: AdamState
    /// The memory of surgery of the gradients of transition and reward model.
    TransitionSurgery: SurgeryState
    DecoderSurgery: SurgeryState
    /// The memory of surgery of the contrastive loss's gradients.
    ContrastiveSurgery: SurgeryState
}

/// Everything that an agent with models has learned.
type ModelState = internal { Sac: SacState; Models: ModelParts }

/// Making and owning states.
module ModelState =
    let internal owns (state: ModelState) : seq<Tensor> =
        Seq.concat [
            SacState.owns state.Sac
            AdamState.owns state.Models.Transition
            AdamState.owns state.Models.Reward
            AdamState.owns state.Models.Decoder
            AdamState.owns state.Models.Encoder
        ]

    /// The memory of a loss's surgery before the first update; empty without the loss.
    let private surgery (agent: ModelAgent) hasLoss method' =
        if hasLoss then
            SacSurgery.start agent.Config.Agent method'
        else
            SurgeryState.empty

    let private transitionSurgery (agent: ModelAgent) =
        surgery agent agent.Transition.IsSome (ModelConfig.ofTransitionLoss agent.Config)

    let private decoderSurgery (agent: ModelAgent) =
        surgery agent agent.Decoder.IsSome _.OfDecoder

    let private contrastiveSurgery (agent: ModelAgent) =
        surgery agent (ModelConfig.ofContrastiveLoss agent.Config).IsSome _.OfCritic

    let private partsOfModels (agent: ModelAgent) : StatePart<ModelParts> list =
        let transition, reward = agent.TransitionLayout, agent.RewardLayout

        [
            trained "transition_model" transition _.Transition (fun x s -> {
                s with
                    Transition = x
            })
            trained "reward_decoder" reward _.Reward (fun x s -> { s with Reward = x })
            memory
                "surgery/transition_reward"
                (transitionSurgery agent)
                _.TransitionSurgery
                (fun x s -> { s with TransitionSurgery = x })
            trained "decoder" agent.DecoderLayout _.Decoder (fun x s -> { s with Decoder = x })
            memory "surgery/decoder" (decoderSurgery agent) _.DecoderSurgery (fun x s -> {
                s with
                    DecoderSurgery = x
            })
            memory "surgery/contrastive" (contrastiveSurgery agent) _.ContrastiveSurgery (fun x s -> {
                s with
                    ContrastiveSurgery = x
            })
            moments "encoder" agent.EncoderLayout _.Encoder (fun x s -> { s with Encoder = x })
        ]

    /// The parts of a state.
    let internal parts (agent: ModelAgent) : StatePart<ModelState> list =
        let sac = { Get = _.Sac; Set = fun x s -> { s with ModelState.Sac = x } }
        let models = { Get = _.Models; Set = fun x s -> { s with ModelState.Models = x } }

        List.map (inner sac) (SacState.parts agent.Agent)
        @ List.map (inner models) (partsOfModels agent)

    /// As `SacState.start`; the moments of the encoder's further optimiser are 0.
    let internal start (agent: ModelAgent) (vector: string -> Layout -> Tensor) : ModelState =
        let trained name layout = AdamState.start (vector name layout)
        let sac = SacState.start agent.Agent vector
        let options = TensorOptions.ofTensor sac.Critic.Values

        let zeros length = Draw.constant options 0.0 [| length |]

        {
            Sac = sac
            Models = {
                Transition = trained "transition_model" agent.TransitionLayout
                Reward = trained "reward_decoder" agent.RewardLayout
                Decoder = trained "decoder" agent.DecoderLayout
                Encoder = {
                    Values = zeros 0L
                    FirstMoment = zeros agent.EncoderLayout.Length
                    SecondMoment = zeros agent.EncoderLayout.Length
                    Steps = 0L
                }
                TransitionSurgery = transitionSurgery agent
                DecoderSurgery = decoderSurgery agent
                ContrastiveSurgery = contrastiveSurgery agent
            }
        }

    /// A state before the first update, made with `options`.
    let internal create (agent: ModelAgent) key options : ModelState =
        Tensors.scope owns (fun () -> start agent (SacState.initial key options))

    /// The state of named tensors (`StatePart.toNamed`); or every name that is missing or has another shape. The
    /// numbers are converted to `options`.
    let ofNamed (agent: ModelAgent) options find =
        StatePart.ofNamed owns (start agent) (parts agent) options find
