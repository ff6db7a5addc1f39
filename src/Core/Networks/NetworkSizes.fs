namespace MtrlFunctional.Networks

/// Sizes of a network: from `agent.actor` or `agent.critic`, and its outputs for a row.
type NetworkSizes = { Layers: int; Units: int; Outputs: int }
