namespace MtrlFunctional.Algorithms

open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.StatePart

/// Everything that an agent has learned.
type SacState = internal {
    Actor: AdamState
    /// Encoder, then critics.
    Critic: AdamState
    /// log α, [tasks]. Where all tasks share one temperature, only the first number is used.
    LogAlpha: AdamState
    /// Empty without a task encoder.
    TaskEncoder: AdamState
    /// The target network of the critics and their encoder.
    Target: Tensor
    /// Fixed task embeddings and the actor's private parts of the encoder. Mostly empty.
    Fixed: Tensor
    /// Encodings of tasks to act greedily with, inferred from contexts, [tasks; 1; width]. Mostly empty, as the next.
    Encodings: Tensor
    /// Encodings of tasks to explore with, inferred from contexts.
    ExploringEncodings: Tensor
    /// The memory of surgery of the critics' gradients.
    CriticSurgery: SurgeryState
    /// The memory of surgery of the actor's gradients.
    ActorSurgery: SurgeryState
}

/// Making and owning states.
module SacState =
    let owns (state: SacState) : seq<Tensor> =
        Seq.concat [
            AdamState.owns state.Actor
            AdamState.owns state.Critic
            AdamState.owns state.LogAlpha
            AdamState.owns state.TaskEncoder
            [ state.Target; state.Fixed; state.Encodings; state.ExploringEncodings ]
        ]

    let private surgery (agent: SacAgent) method' = SacSurgery.start agent.Config method'

    /// The parts of a state.
    let internal parts (agent: SacAgent) : StatePart<SacState> list =
        let taskEncoder, encodings = agent.TaskEncoderLayout, agent.EncodingLayout

        [
            trained "actor" agent.ActorLayout _.Actor (fun x s -> { s with Actor = x })
            trained "critic" agent.CriticLayout _.Critic (fun x s -> { s with Critic = x })
            trained "task_encoder" taskEncoder _.TaskEncoder (fun x s -> { s with TaskEncoder = x })
            notTrained "fixed" agent.FixedLayout _.Fixed (fun x s -> { s with Fixed = x })
            trained "log_alpha" agent.TemperatureLayout _.LogAlpha (fun x s -> {
                s with
                    LogAlpha = x
            })
            target "critic_target" agent.CriticLayout _.Target (fun x s -> { s with Target = x })
            inferred "context" encodings _.Encodings (fun x s -> { s with Encodings = x })
            inferred "exploring_context" encodings _.ExploringEncodings (fun x s -> {
                s with
                    ExploringEncodings = x
            })
            memory "surgery/critic" (surgery agent _.OfCritic) _.CriticSurgery (fun x s -> {
                s with
                    CriticSurgery = x
            })
            memory "surgery/actor" (surgery agent _.OfActor) _.ActorSurgery (fun x s -> {
                s with
                    ActorSurgery = x
            })
        ]

    /// A state before the first update, with the parameters that `vector` gives for the name and the layout of each
    /// part.
    let internal start (agent: SacAgent) (vector: string -> Layout -> Tensor) : SacState =
        let trained name layout = AdamState.start (vector name layout)

        {
            Actor = trained "actor" agent.ActorLayout
            Critic = trained "critic" agent.CriticLayout
            LogAlpha = trained "log_alpha" agent.TemperatureLayout
            TaskEncoder = trained "task_encoder" agent.TaskEncoderLayout
            Target = vector "critic_target" agent.CriticLayout
            Fixed = vector "fixed" agent.FixedLayout
            Encodings = vector "context" agent.EncodingLayout
            ExploringEncodings = vector "exploring_context" agent.EncodingLayout
            CriticSurgery = surgery agent _.OfCritic
            ActorSurgery = surgery agent _.OfActor
        }

    /// The vectors of a state before the first update, made with `options`. Random numbers of a part are drawn from the
    /// branch of its name; the target critics use the critics' branch, so that both are equal.
    let internal initial key options name layout =
        let branch = if name = "critic_target" then "critic" else name
        Layout.initialise options (Key.forPurpose branch key) layout

    /// A state before the first update, made with `options`.
    let create (agent: SacAgent) key options : SacState =
        Tensors.scope owns (fun () -> start agent (initial key options))

    /// The state of named tensors (`StatePart.toNamed`); or every name that is missing or has another shape. The
    /// numbers are converted to `options`.
    [<CompiledName("OfNamed")>]
    let internal ofNamed (agent: SacAgent) options find =
        StatePart.ofNamed owns (start agent) (parts agent) options find
