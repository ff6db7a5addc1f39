namespace MtrlFunctional.Experiments

/// `agent.maml.*`: steps of a policy on episodes of a task, before it acts there.
type AdaptationKeys = {
    /// α of the inner steps.
    InnerRate: float
    InnerSteps: int
    /// Episodes of each task before each inner step, and of the adapted policies.
    Episodes: int
    /// Tasks with a goal of their own in an iteration.
    MetaBatch: int
}

module AdaptationKeys =
    open Schema

    /// Episodes of a task that a policy learns from before it is evaluated.
    let episodesToLearnFrom (keys: AdaptationKeys) = keys.InnerSteps * keys.Episodes

    let internal schema =
        record [
            key "agent.maml.inner_lr" Codec.notNegative (is 0.1) _.InnerRate
            <| "α: step of the policy on the episodes of a task. Ours, as all keys of agent.maml"

            key "agent.maml.inner_steps" (Codec.int 1 100) (is 1) _.InnerSteps
            <| "steps of the policy on the episodes of a task, each on new ones"

            key "agent.maml.episodes_per_step" (Codec.int 1 10_000) (is 10) _.Episodes
            <| "episodes of each task before each of these steps, and of the adapted policies after the last"

            key "agent.maml.meta_batch_size" (Codec.int 1 10_000) (is 20) _.MetaBatch
            <| "tasks with a goal of their own in an iteration, rounded up to equally many of each task of env.tasks"
        ]
