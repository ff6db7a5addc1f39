namespace MtrlFunctional.Experiments

/// Reduction of the losses of rows.
[<RequireQualifiedAccess>]
type LossReduction =
    | Mean
    /// Kept per row, as gradient combination needs it.
    | None

/// `agent.*`: everything that learns.
type Agent = {
    /// γ, per environment step.
    Discount: float
    LossReduction: LossReduction
    /// Policy whose parameters the actor starts with: a run, a file, or the name of a shipped one.
    Start: string option
    Actor: ActorNetwork
    Critic: CriticNetwork
    Encoder: Encoder
    Multitask: Multitask
    Context: ContextKeys
    Surgery: SurgeryKeys
    Optimizers: Optimizers
    Algorithm: AlgorithmKeys
}

module internal Agent =
    open Schema

    let private reduction =
        Codec.oneOf [ "mean", LossReduction.Mean; "none", LossReduction.None ]

    /// The words of the original, by which a task's description selects its experts.
    let private words = [
        "action_close", [ "close" ]
        "action_default", [ "insert"; "pick and place"; "press"; "reach" ]
        "action_open", [ "open" ]
        "action_push", [ "push" ]
        "object_default", [ "button"; "door"; "peg"; "revolving joint" ]
        "object_drawer", [ "drawer" ]
        "object_goal", [ "goal" ]
        "object_puck", [ "puck" ]
        "object_window", [ "window" ]
    ]

    /// The schema of agents with these algorithms, and with further methods of surgery and models.
    let schema algorithms surgery models =
        record<Agent> [
            ignored "agent= chooses it" "agent.name" Codec.text (by _.Agent.Name)
            <| "name of the agent"

            forOthers "agent.encoder_feature_dim" Codec.size (is 50)
            <| "width of an encoding; with the identity encoder always the size of the observation"

            forOthers "agent.num_layers" (Codec.int 0 100) (byState 0 4)
            <| "convolutions, which agent.encoder.pixel.num_layers follows"

            forOthers "agent.num_filters" (Codec.int 0 10_000) (byState 0 32)
            <| "filters, which agent.encoder.pixel.num_filters follows"

            key "agent.builder.discount" Codec.fraction (is 0.99) _.Discount
            <| "γ, per environment step"

            key
                "agent.builder.loss_reduction"
                reduction
                (by (fun c ->
                    if c.Agent.Surgery = SurgeryWord.None then
                        LossReduction.Mean
                    else
                        LossReduction.None))
                _.LossReduction
            <| "how losses of rows are joined; with surgery task by task in any case"

            orNull "agent.start" Codec.path (fun (s: Agent) -> s.Start)
            <| "policy whose parameters the actor starts with: a run, a file of `mtrl export`, or `policy:mt10`. Ours"

            part Network.actor _.Actor
            part Network.critic _.Critic
            part Encoder.schema _.Encoder
            yield! Network.headMasks "agent.mask"

            part (MultitaskKeys.schema models) _.Multitask

            part ContextKeys.schema _.Context

            part (SurgeryKeys.schema surgery) _.Surgery

            forOthers "agent.gradnorm.alpha" Codec.notNegative (is 1.0)
            <| "mtrl's name of agent.surgery.gradnorm.alpha, which follows it"

            forOthers
                "agent.task_to_encoder_cluster"
                Experts.clusters
                (is [ "mt10", [ "cluster", words ]; "mt50", [ "cluster", words ] ])
            <| "words of task descriptions that select experts"

            part Optimizers.schema _.Optimizers

            part (AlgorithmSchema.ofAll algorithms) _.Algorithm
        ]
