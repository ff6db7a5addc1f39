/// The parts of a state of soft actor-critic. An algorithm that builds on it has keys of its own beside these.
module MtrlFunctional.Algorithms.SacParts

let actor = PartKey.trained "actor"

/// Encoder, then critics.
let critic = PartKey.trained "critic"

/// log α, [tasks]. Where all tasks share one temperature, only the first number is used.
let logAlpha = PartKey.trained "log_alpha"

/// Empty without a task encoder.
let taskEncoder = PartKey.trained "task_encoder"

/// The target network of the critics and their encoder.
let target = PartKey.plain "critic_target"

/// Fixed task embeddings and the actor's private parts of the encoder. Mostly empty.
let notTrained = PartKey.plain "fixed"

/// Encodings of tasks to act greedily with, inferred from contexts; [tasks; 1; width].
let encodings = PartKey.plain "context"

/// Encodings of tasks to explore with, inferred from contexts; [tasks; 1; width].
let exploringEncodings = PartKey.plain "exploring_context"

/// The memory of surgery of the critics' gradients.
let criticSurgery = PartKey.memory "surgery/critic"

/// The memory of surgery of the actor's gradients.
let actorSurgery = PartKey.memory "surgery/actor"
