namespace MtrlFunctional.Experiments

/// Keys of MAML-TRPO: those of MT-TRPO for the meta-update, and `agent.maml.*`.
type MamlKeys = {
    Trpo: TrpoKeys
    /// α of the inner steps.
    InnerRate: float
    InnerSteps: int
    /// Episodes of each task before each inner step, and of the adapted policies.
    Episodes: int
    /// Tasks with a goal of their own in an iteration.
    MetaBatch: int
}

module MamlKeys =
    open Schema

    /// Episodes of a task that a policy learns from before it is evaluated.
    let episodesToLearnFrom (keys: MamlKeys) = keys.InnerSteps * keys.Episodes

    let internal schema =
        schema {
            let! trpo = part TrpoKeys.schema (fun (m: MamlKeys) -> m.Trpo)

            and! rate =
                key "agent.maml.inner_lr" Codec.notNegative (is 0.1) (fun (m: MamlKeys) ->
                    m.InnerRate)
                |> about
                    "α: step of the policy on the episodes of a task. Ours, as all keys of agent.maml"

            and! steps =
                key "agent.maml.inner_steps" (Codec.int 1 100) (is 1) _.InnerSteps
                |> about "steps of the policy on the episodes of a task, each on new ones"

            and! episodes =
                key "agent.maml.episodes_per_step" (Codec.int 1 10_000) (is 10) _.Episodes
                |> about
                    "episodes of each task before each of these steps, and of the adapted policies after the last"

            and! metaBatch =
                key "agent.maml.meta_batch_size" (Codec.int 1 10_000) (is 20) _.MetaBatch
                |> about
                    "tasks with a goal of their own in an iteration, rounded up to equally many of each task of env.tasks"

            return {
                Trpo = trpo
                InnerRate = rate
                InnerSteps = steps
                Episodes = episodes
                MetaBatch = metaBatch
            }
        }
