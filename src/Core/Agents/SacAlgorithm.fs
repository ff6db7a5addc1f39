/// Soft actor-critic as an agent.
module MtrlFunctional.Agents.SacAlgorithm

open MtrlFunctional.Algorithms

/// The agent of a valid configuration, which learns from rows drawn by `rows`: one without models.
[<CompiledName("Create")>]
let create shards rows (config: SacConfig) : AnyAgent =
    ModelConfig.ofAgent config |> ModelAlgorithm.create shards rows
