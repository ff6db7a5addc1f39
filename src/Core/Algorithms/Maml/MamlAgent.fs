namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// Settings of MAML-TRPO (Finn et al. 2017, arXiv:1703.03400, section 5.3).
type internal MamlConfig = {
    /// The policy of all tasks, of one group of rows, and the preparation of episodes. Its value function is linear in
    /// features, and fitted anew to the episodes of each step.
    Policy: OnPolicyConfig
    /// The meta-update.
    TrustRegion: TrustRegion
    /// α of the inner steps, at least 0.
    InnerRate: float
    /// Inner steps, at least 1. An iteration has episodes before each of them and after the last.
    InnerSteps: int
    /// Rows of episodes of each task at each of these points, at least 1.
    Rows: int
}

/// Settings with their networks built.
type internal MamlAgent = {
    Config: MamlConfig
    /// The policy of all tasks.
    Meta: OnPolicyAgent
}

/// Networks and parameters of a policy for each task.
module internal MamlAgent =
    /// Builds the networks of valid settings.
    [<CompiledName("Create")>]
    let create (shards: IShards) (config: MamlConfig) = {
        Config = config
        Meta =
            OnPolicyAgent.create shards {
                config.Policy with
                    Improve = TrustRegionStep(Ratio, config.TrustRegion)
            }
    }

    /// The policy once for each task: each parameter has a leading dimension [tasks; …], in the same order. Raises
    /// ArgumentException if the network has parts of single tasks, or σ is not learned.
    let ofTasks tasks (agent: MamlAgent) : OnPolicyAgent =
        let config = agent.Meta.Config

        OnPolicyAgent.create agent.Meta.Shards {
            config with
                Tasks = tasks
                Policy =
                    match Network.separate config.Policy with
                    | Some spec -> spec
                    | None -> invalidArg (nameof agent) "Its network has parts of single tasks."
                Actions =
                    match config.Actions with
                    | PolicyKind.Gaussian { Learned = false } ->
                        invalidArg (nameof agent) "Its σ is not learned."
                    | PolicyKind.Gaussian std -> PolicyKind.Gaussian { std with PerTask = true }
                    | PolicyKind.Categorical -> PolicyKind.Categorical
        }

    /// The vector of `ofTasks` with the numbers of a vector of `agent` for each task.
    let repeat tasks (agent: MamlAgent) (vector: Tensor) =
        Tensor.flatten [|
            for slot in agent.Meta.PolicyLayout.Slots do
                let count = Parameter.count slot.Parameter
                let own = Tensor.unsqueeze 0 (Tensor.narrow 0 slot.Offset count vector)
                Tensor.contiguous (Tensor.expand [| int64 tasks; count |] own)
        |]

    /// The vector of `agent` with the sums over the tasks of a vector of `ofTasks`.
    let sum tasks (agent: MamlAgent) (vector: Tensor) =
        let tasks = int64 tasks

        Tensor.flatten [|
            for slot in agent.Meta.PolicyLayout.Slots do
                let count = Parameter.count slot.Parameter
                let all = Tensor.narrow 0 (tasks * slot.Offset) (tasks * count) vector
                Tensor.sumDim 0 (Tensor.reshape [| tasks; count |] all)
        |]
