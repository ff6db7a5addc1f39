/// The parts that models add to the parts of soft actor-critic (`SacParts`).
module MtrlFunctional.Algorithms.ModelParts

let transition = PartKey.trained "transition_model"

/// The reward model.
let reward = PartKey.trained "reward_decoder"

let decoder = PartKey.trained "decoder"

/// The optimiser of the encoder in the steps of transition model and decoder. Its parameters are the first of
/// `SacParts.critic`, whose optimiser steps them, too.
let encoder = PartKey.moments "encoder"

/// The memory of surgery of the gradients of transition and reward model.
let transitionSurgery = PartKey.memory "surgery/transition_reward"

/// The memory of surgery of the decoder's gradients.
let decoderSurgery = PartKey.memory "surgery/decoder"

/// The memory of surgery of the contrastive loss's gradients.
let contrastiveSurgery = PartKey.memory "surgery/contrastive"
