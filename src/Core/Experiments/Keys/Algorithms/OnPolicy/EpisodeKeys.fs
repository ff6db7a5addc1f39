/// `agent.on_policy.*`: episodes of an iteration, and who plays them.
module internal MtrlFunctional.Experiments.EpisodeKeys

open MtrlFunctional.Experiments.Schema
open MtrlFunctional.Training

let private priorities =
    Codec.oneOf [ "progress", TaskPriority.Progress; "failure", TaskPriority.Failure ]

let keys: Field<OnPolicyKeys> list = [
    key "agent.on_policy.batch_size" Codec.count (is 50_000) _.BatchSize
    |> about
        "steps of all tasks in an iteration, rounded up to whole episodes of every task, of agent=rl2 to whole trials (garage: 1024). Ours, as all keys of agent.on_policy"

    key
        "agent.on_policy.episode_length"
        (Codec.int 1 1_000_000)
        (like "env.horizon")
        _.EpisodeLength
    |> about "steps at which an episode that is learned from is cut; evaluation plays env.horizon"

    key
        "agent.on_policy.steps_after_success"
        (Codec.optional (Codec.int 0 1_000_000))
        (is None)
        _.StepsAfterSuccess
    |> about
        "steps after its first success at which an episode that is learned from is cut, with the value of what follows; null: it is not"

    key
        "agent.on_policy.min_episodes"
        (Codec.optional (Codec.int 1 1_000_000))
        (is None)
        _.MinEpisodes
    |> about
        "episodes of each task in an iteration at least; the others go to tasks by agent.on_policy.episodes_by; null: all tasks have as many"

    key
        "agent.on_policy.max_episodes"
        (Codec.optional (Codec.int 1 1_000_000))
        (is None)
        _.MaxEpisodes
    |> about
        "with agent.on_policy.min_episodes: episodes of a task in an iteration at most; null: twice the mean"

    key "agent.on_policy.episodes_by" priorities (is TaskPriority.Progress) _.Priority
    |> about
        "with agent.on_policy.min_episodes: what a task's further episodes are in proportion to, its learning progress (Kanitscheider et al. 2021) or the share of its episodes without success"

    key "agent.on_policy.noise_correlation" Codec.belowOne (is 0.0) _.NoiseCorrelation
    |> about
        "correlation of an action's exploration noise with that of the step before, as in coloured noise (Hollenstein et al. 2024); 0: none"

    key "agent.on_policy.workers" (Codec.int 1 10_000) (is 4) _.Workers
    |> about
        "with behaviour.equal_episodes_per_task=false: samplers that take turns (garage: one a core)"
]
