namespace MtrlFunctional.Networks

open System
open MtrlFunctional

/// Sizes of a network: from `agent.actor` or `agent.critic`, and its outputs for a row.
type NetworkSizes = { Layers: int; Units: int; Outputs: int }

/// A network of actor and critics, or of policy and value function, that a program adds:
/// `agent.multitask.model=own/NAME`.
[<NoEquality; NoComparison>]
type OwnNetwork = {
    Name: string
    /// Whether its parameters differ between tasks; else one-hot task columns follow each observation.
    KnowsTasks: bool
    /// A pure function.
    Create: NetworkSizes -> Spec
} with

    /// A network whose layers know the task of a row, as gates or heads for each task do.
    static member OfTasks(name: string, create: Func<NetworkSizes, Spec>) : OwnNetwork = {
        Name = name
        KnowsTasks = true
        Create = create.Invoke
    }

    /// A network that all tasks share.
    static member Shared(name: string, create: Func<NetworkSizes, Spec>) : OwnNetwork = {
        OwnNetwork.OfTasks(name, create) with
            KnowsTasks = false
    }

/// Own networks as the library builds them.
module internal OwnNetwork =
    /// The network for given sizes, with checks of its layers. Raises OwnPartException where the program's function fails or
    /// returns null.
    let create own sizes =
        OwnPart.call $"own/{own.Name}: Create" (fun () -> own.Create sizes)
        |> AddedLayer.checkedIn
